"""What the pages show: one snapshot, in the ward's words, with nothing that could run and nothing of the shadow."""

import re
from dataclasses import replace
from datetime import timedelta
from html import escape

import httpx
import pytest

from wardwise.loop.capture.event import About
from wardwise.loop.capture.log import Batch

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; connect-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
PAGES = ["/", "/feeds", "/governance", "/contracts", "/features", "/role"]
EVERYWHERE = [
    *PAGES,
    "/nowhere",
    "/health/live",
    "/health/ready",
    "/cds-services",
    "/static/app.css",
    "/static/nowhere.js",
]
PAYLOADS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "'-alert(1)-'",
    "{{ 7*7 }}{% raw %}",
    "</title><script>alert(1)</script>",
    "javascript:alert(1)",
    "\N{LEFT-TO-RIGHT OVERRIDE}<b>bold</b>&amp;",
]


@pytest.mark.parametrize("path", EVERYWHERE)
def test_every_answer_carries_the_security_headers(still, path: str) -> None:
    headers = still.client.get(path).headers
    assert headers["content-security-policy"] == CSP
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cache-control"] == ("no-cache" if path.startswith("/static") else "no-store")


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json"])
def test_there_are_no_api_pages_that_would_load_from_elsewhere(still, path: str) -> None:
    assert still.client.get(path).status_code == 404


@pytest.mark.parametrize("path", PAGES)
def test_a_page_has_nothing_inline_and_nothing_from_elsewhere(still, path: str) -> None:
    page = still.client.get(path).text
    assert re.findall(r"<script(?![^>]*\bsrc=\"/static/)", page) == []
    assert re.search(r"<style|\sstyle=|\son[a-z]+=", page) is None
    assert [link for link in re.findall(r'(?:src|href|action)="([^"]*)"', page) if link[:1] not in {"/", "#", ""}] == []


def test_the_board_shows_the_census_the_forecast_and_the_nurses(still) -> None:
    text = _text(still.client.get("/").text)
    assert "94 of 100 staffed beds" in text
    assert "97 once 3 admitted in ED have a bed" in text
    assert "21 in department, 24 bays" in text
    assert "38 expected" in text
    assert "80% range 31 to 46" in text
    assert "12% above a usual Saturday" in text
    assert "36 rostered, 35 needed" in text
    assert "31 rostered, 34 needed" in text
    assert "3 short: 5 West 2, Ward 4B 1" in text
    assert "5 West 28 / 28 Escalate 7 of 7 short if busier 5 of 7 2 short" in text


def test_the_numbers_of_the_wards_add_up_to_the_tile(still) -> None:
    page = still.client.get("/").text
    rows = [(int(a), int(b)) for a, b in re.findall(r'<span class="num">(\d+) / (\d+)</span>', page)]
    assert sum(present for present, _ in rows) == 94
    assert sum(beds for _, beds in rows) == 100


@pytest.mark.parametrize("path", PAGES)
def test_a_page_says_as_of_when_and_which_position_it_is(still, path: str) -> None:
    position = still.ward.log.head(still.ward.site).position
    assert f"as of Sat 21 Nov 14:12:05, log position {position:,}" in _text(still.client.get(path).text)


def test_the_table_and_the_curve_have_the_same_48_hours(still) -> None:
    page = still.client.get("/").text
    assert len(re.findall(r'<tr data-at="[^"]+" data-n="\d+"', page)) == 24
    assert len(re.findall(r'<tr data-at="[^"]+" data-q="[^"]+"', page)) == 24
    assert "Sun 22 Nov 00:00" in page


def test_a_card_says_all_that_the_card_schema_asks_for(ward, client, hands) -> None:
    advice = hands.busy(ward)[0]
    text = _text(_card(_fresh(client, advice), advice))
    for said in (
        "Act by 15:00 House supervisor given 14:08, 4 min ago expires in 4 h",
        "Move 1 float nurse to 5 West",
        "5 West needs 7 nurses for the night, 5 are rostered (ratio 1:4 rule).",
        "How sure The gap closes in 92 of 100 nights like this one.",
        "When to ignore it The charge nurse has already filled the shift.",
        "Made by Staffing grid of the site, 4 min ago",
        "May override House supervisor, Charge nurse",
        "Accountable Chief nursing officer",
        "Said again since and held back: 1",
        "Accept Defer 30 min Override",
    ):
        assert said in text, said


def test_a_time_to_act_that_has_passed_reads_as_overdue_until_somebody_answers(ward, client, hands) -> None:
    advice = hands.busy(ward)[0]
    _fresh(client, advice)
    ward.clock.advance(timedelta(minutes=49))
    hands.hear(ward, "adt", "vitals")
    assert "Overdue since 15:00" in _text(_card(_until(client, "Overdue since"), advice))
    hands.sign_in(client)
    form = hands.form_of(client.get("/").text, advice, "accepted")
    client.post(f"/advice/{advice}/response", data=form)
    assert "Act by 15:00" in _text(_card(_fresh(client, advice), advice))


def test_advice_for_information_says_by_when_too(ward, client, hands) -> None:
    advice = hands.busy(ward)[2]
    assert "For information. Act by 15:00" in _text(_card(_fresh(client, advice), advice))


def test_the_counts_of_open_and_held_back_are_in_sight(ward, client, hands) -> None:
    advice = hands.busy(ward)[0]
    assert "3 open, 1 held back as repeats" in _text(_fresh(client, advice))


def test_a_lower_tier_says_why(ward, client, hands) -> None:
    advice = hands.busy(ward)[1]
    assert "Same hour of the last 8 weeks, 4 min ago (feed vitals silent)" in _text(
        _card(_fresh(client, advice), advice)
    )


def test_shadow_advice_stands_under_governance_only_and_watermarked(ward, client, hands) -> None:
    advice = hands.busy(ward)[0]
    board = _fresh(client, advice)
    assert "NEWS2" not in board
    governance = _until(client, "NEWS2", path="/governance")
    assert "NEWS2" not in client.get("/").text
    assert "SHADOW - not for use" in governance
    hidden = re.search(r'href="/advice/([a-z0-9]+)">Bed 7', governance)
    assert hidden
    assert "SHADOW - not for use" in client.get(f"/advice/{hidden[1]}").text
    assert "SHADOW" not in client.get(f"/advice/{advice}").text


def test_a_forecast_of_a_workflow_in_shadow_is_not_on_the_board(hands) -> None:
    ward = hands.make_ward(hands.site_of(mode="shadow"))
    hands.fill(ward)
    with hands.opened(ward) as client:
        text = _text(client.get("/").text)
    assert "no forecast to show" in text
    assert "80% range 31" not in text
    assert "no roster told" in text
    assert "needed" not in text.replace("need not", "")


def test_an_empty_log_gives_a_board_without_numbers_that_were_never_there(hands) -> None:
    ward = hands.make_ward()
    with hands.opened(ward) as client:
        text = _text(client.get("/").text)
    assert "0 of 100 staffed beds" in text
    assert "Nothing to advise now." in text
    assert "never heard" in text
    assert "Stale: adt, vitals silent" in text or "Stale: adt silent" in text


def test_the_tier_that_makes_no_forecast_says_so_aloud(ward, client) -> None:
    payload = {
        "workflow": "ed_demand",
        "entity": ward.unit("ed"),
        "target": "ed-arrivals-hourly",
        "output": {},
        "seen": {},
        "versions": {},
        "tier": {
            "tier": "none",
            "says": "There is no forecast. That does not mean a quiet day.",
            "why": "feed adt silent",
        },
    }
    ward.append(ward.draft("prediction.made", ward.clock.now(), payload, about=About(unit=ward.unit("ed"))))
    text = _text(_until(client, "That does not mean a quiet day. (feed adt silent)"))
    assert "no forecast to show" in text
    assert "80% range 31" not in text


def test_a_shift_nobody_tells_of_is_not_a_shift_without_nurses(ward, client) -> None:
    shift = {"shift": "2026-11-21/night", "needed": {"base": 7, "high": 8, "surge": 9}}
    payload = {
        "workflow": "staffing",
        "entity": ward.unit("4a"),
        "target": "nurses-needed",
        "output": {"shifts": [shift]},
        "seen": {},
        "versions": {},
        "tier": {"tier": "rule", "says": "Grid", "why": ""},
    }
    ward.append(ward.draft("prediction.made", ward.clock.now(), payload, about=About(unit=ward.unit("4a"))))
    text = _text(_until(client, "no roster told, 7 needed"))
    assert "night shift from 19:00, need known for 4 of 5 units" in text


def test_a_closed_bed_is_not_counted_as_staffed(ward, client) -> None:
    about = About(unit=ward.unit("4a"), bed=ward.unit("4a/1"))
    ward.append(ward.draft("bed.changed", ward.clock.now(), {"state": "closed"}, about=about))
    assert "94 of 99 staffed beds" in _text(_until(client, "of 99 staffed"))


def test_a_silent_feed_marks_every_number_that_rests_on_it(ward, hands) -> None:
    ward.clock.advance(timedelta(minutes=31))
    hands.hear(ward, "vitals")
    with hands.opened(ward) as client:
        pages = {path: _text(client.get(path).text) for path in PAGES}
    assert all("STALE. Silent: adt." in text for text in pages.values())
    assert pages["/"].count("Stale: adt") == 5  # three tiles, the curve, the wards
    assert "Silent" in pages["/feeds"]


def test_the_feeds_page_accounts_for_every_message(still) -> None:
    text = _text(still.client.get("/feeds").text)
    assert "Received 2" in text
    assert "Applied 2" in text
    assert "Pending 0" in text
    assert "Nothing is missing" in text
    assert "adt hl7v2 Speaking 14:12, 0 s ago 5 min 30 min stream EHR team HIM" in text


@pytest.mark.unbalanced
def test_the_feeds_page_says_when_a_message_is_unaccounted_for(hands) -> None:
    ward = hands.make_ward()
    (raw,) = hands.leave(ward, "adt")
    ward.log.append(ward.log.lease(ward.site, "w"), Batch([], [], {"intake": raw.sequence}), hands.NOW)
    with hands.opened(ward) as client:
        assert "The counts do not add up" in _text(client.get("/feeds").text)


def test_the_rows_of_a_card_are_told_apart_and_say_nothing_twice(ward, client, hands) -> None:
    made = hands.card(
        "Look at bed 12",
        when_to_ignore=["The patient has agreed limits", "A measurement is known to be wrong"],
        detail=[
            {"label": "Air or oxygen", "says": "Air or oxygen oxygen: 2 points"},
            {"label": "Temperature", "says": "Temperature last measured 04:10"},
        ],
        tier={"tier": "rule", "says": "NEWS2 from the vital signs as charted.", "why": ""},
    )
    advice = hands.give(ward, made)
    card = _card(_until(client, "Look at bed 12"), advice)
    assert "<li>The patient has agreed limits</li>" in card
    assert "<li>A measurement is known to be wrong</li>" in card
    assert "<dt>Air or oxygen</dt><dd>oxygen: 2 points</dd>" in card
    assert "<dt>Temperature</dt><dd>last measured 04:10</dd>" in card
    assert "NEWS2 from the vital signs as charted, 4 min ago" in card


def test_governance_tells_modes_tiers_overrides_and_outcomes(ward, client, hands) -> None:
    advice = hands.busy(ward)[0]
    now = ward.clock.now()
    given = {"answer": "overridden", "role": "charge-nurse", "actor": "RS", "reason": "data-wrong"}
    ward.append(
        ward.draft("response.given", now, given, caused_by=(advice,)),
        *(_outcome(ward, inside=inside) for inside in (True, True, True, False)),
    )
    _until(client, "Overridden by Charge nurse RS")
    text = _text(client.get("/governance").text)
    assert "Deterioration deterioration Assistive Intensive care: Shadow" in text
    assert "Data wrong or stale 1" in text
    assert "The 80% range held the true number in 75% of 4 windows of the last 28 days." in text


def test_shares_are_rounded_and_not_cut(ward, client, hands) -> None:
    now = ward.clock.now()
    for advice, reason in zip(hands.busy(ward)[:3], ("data-wrong", "data-wrong", "will-monitor"), strict=True):
        given = {"answer": "overridden", "role": "charge-nurse", "actor": "RS", "reason": reason}
        ward.append(ward.draft("response.given", now, given, caused_by=(advice,)))
    _until(client, "Overridden by Charge nurse RS")
    text = _text(client.get("/governance").text)
    assert "Data wrong or stale 2 67%" in text
    assert "Will monitor 1 33%" in text


def test_governance_lists_records_that_do_not_fit_with_their_steward(ward, client, hands) -> None:
    now, unit = ward.clock.now(), ward.unit("4a")
    assert "Nothing in the records of patients and staff contradicts" in _until(
        client, "contradicts", path="/governance"
    )
    told = {"class": "inpatient"}
    lying = [About(unit=unit, bed=f"{unit}/12", encounter=who) for who in ("v1", "v2")]
    ward.append(*(replace(ward.draft("stay.admitted", now, told, about=each), source="adt") for each in lying))
    text = _text(_until(client, "Two patients in one bed", path="/governance"))
    assert f"Two patients in one bed {unit}/12 Ward 4A" in text
    assert "HIM" in text


def test_the_chain_runs_from_prediction_to_outcome(ward, client, hands) -> None:
    advice = hands.busy(ward)[0]
    now = ward.clock.now()
    given = {"answer": "accepted", "role": "charge-nurse", "actor": "RS"}
    ward.append(
        ward.draft("response.given", now, given, caused_by=(advice,)), _outcome(ward, inside=True, caused_by=(advice,))
    )
    _until(client, "Accepted by Charge nurse RS")
    page = client.get(f"/advice/{advice}").text
    assert re.findall(r"<h2>(\w+)</h2>", page) == ["Prediction", "Advice", "Delivery", "Response", "Outcome"]
    text = _text(page)
    for said in ("Made by Staffing grid of the site", "Status sent", "Status Accepted For Charge nurse RS", "Found 34"):
        assert said in text, said


def test_advice_of_another_site_or_no_site_is_not_found(ward, client, hands) -> None:
    other = hands.make_ward(hands.site_of(slug="other"))
    foreign = hands.give(other, hands.card("CANARY advice of another site"))
    for identifier in (foreign, "azzzzzzzzzzzz", "%2e%2e", "p"):
        answer = client.get(f"/advice/{identifier}")
        assert answer.status_code == 404
        assert "CANARY" not in answer.text


def test_hostile_text_of_units_and_advice_stays_text(hands) -> None:
    every = " ".join(PAYLOADS)
    site = hands.site_of(title=every)
    units = [unit.model_copy(update={"title": every}) for unit in site.units]
    ward = hands.make_ward(site.model_copy(update={"units": tuple(units)}))
    hands.fill(ward)
    made = [hands.card(text, reasons=[{"says": text, "traces": ["z1"]}], uncertainty=text) for text in PAYLOADS]
    advice = [hands.give(ward, card, state=str(index)) for index, card in enumerate(made)]
    with hands.opened(ward) as client:
        pages = {path: client.get(path).text for path in (*PAGES, *(f"/advice/{each}" for each in advice))}
    for path, page in pages.items():
        assert re.search(r"<(script(?! src=)|img|svg onload|b>)", page) is None, path
    shown = pages["/"].replace("&#34;", '"').replace("&#39;", "'")
    assert all(str(escape(payload, quote=False)) in shown for payload in PAYLOADS)


def test_a_name_that_is_not_ours_is_refused(still) -> None:
    answer = still.client.get("/", headers={"host": "evil.example"})
    assert answer.status_code == 400
    assert answer.headers["content-security-policy"] == CSP


@pytest.mark.parametrize(
    ("kind", "size", "status"),
    [
        ("application/x-www-form-urlencoded", 64 * 1024 + 1, 413),
        ("application/json", 2 * 1024 * 1024 + 1, 413),
        ("application/x-www-form-urlencoded", 64 * 1024, 200),
    ],
)
def test_a_body_over_the_limit_is_refused_declared_or_not(still, kind: str, size: int, status: int) -> None:
    def chunks():
        for start in range(0, size, 65_536):
            yield b"a" * min(65_536, size - start)

    path = "/cds-services/deterioration" if kind.endswith("json") else "/role"
    declared = still.client.post(path, content=b"a" * size, headers={"content-type": kind})
    streamed = still.client.post(path, content=chunks(), headers={"content-type": kind})
    assert (declared.status_code, streamed.status_code) == (status, status)


def test_looking_at_pages_writes_nothing(still) -> None:
    before = still.ward.log.head(still.ward.site).position, still.ward.inbox.counts(still.ward.site)
    for path in EVERYWHERE:
        still.client.get(path)
    assert (still.ward.log.head(still.ward.site).position, still.ward.inbox.counts(still.ward.site)) == before


def _outcome(ward, *, inside: bool, caused_by: tuple[str, ...] = ("z1",)):
    now = ward.clock.now()
    payload = {
        "measure": "next_4h",
        "definition": 1,
        "value": "34",
        "expected": "38",
        "from": "2026-11-21T12:00:00.000000Z",
        "to": "2026-11-21T16:00:00.000000Z",
        "detail": {"inside": inside},
    }
    return ward.draft("outcome.measured", now, payload, caused_by=caused_by)


def _fresh(client: httpx.Client, advice: str) -> str:
    """The board once it shows the advice and what came after it."""
    page = _until(client, "1 held back as repeats")
    assert f'id="advice-{advice}"' in page
    return page


def _until(client: httpx.Client, said: str, path: str = "/") -> str:
    """The page once it says so: the snapshot follows the log within a second."""
    for _ in range(200):
        page = client.get(path).text
        if said in " ".join(page.split()):
            return page
    raise AssertionError(said)


def _card(page: str, advice: str) -> str:
    start = page.index(f'id="advice-{advice}"')
    return "<" + page[start : page.index("</article>", start)]


def _text(page: str) -> str:
    bare = re.sub(r"<noscript>.*?</noscript>|<svg.*?</svg>", " ", page, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", bare).replace("&#39;", "'").replace("&amp;", "&").split())
