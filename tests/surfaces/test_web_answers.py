"""Answers on the board: who may, once each, through the inbox into the log, and never lost."""

import threading
from datetime import timedelta
from http import HTTPStatus

import pytest

from wardwise.errors import StoreUnavailable
from wardwise.loop.capture.inbox import Receipt
from wardwise.surfaces.web import answer as answering
from wardwise.surfaces.web.doorway import Doorway

HTMX = {"hx-request": "true"}


@pytest.fixture
def advice(ward, hands) -> str:
    return hands.busy(ward)[0]


def test_accepting_changes_the_card_and_the_log(ward, client, hands, advice: str) -> None:
    hands.sign_in(client)
    answer = _give(client, hands, advice, "accepted", headers=HTMX)
    assert answer.status_code == 200
    assert "Accepted by House supervisor RS, 14:12" in answer.text
    assert "Can be undone until 14:22" in answer.text
    assert ward.answers() == [{"answer": "accepted", "role": "house-supervisor", "actor": "RS"}]


def test_what_is_stored_is_one_canonical_body_from_the_board_feed(ward, client, hands, advice: str) -> None:
    hands.sign_in(client)
    form = _form(client, hands, advice, "accepted")
    client.post(f"/advice/{advice}/response", data=form)
    raw = ward.inbox.pending(ward.site, after=0)[-1]
    assert (raw.arrival.source, raw.arrival.listener, raw.arrival.control_id) == ("board", "http", form["nonce"])
    assert raw.arrival.body == (
        b'{"actor":"RS","advice":"' + advice.encode() + b'","answer":"accepted","role":"house-supervisor"}'
    )


def test_without_scripts_an_answer_leads_back_to_its_card(client, hands, advice: str) -> None:
    hands.sign_in(client)
    answer = _give(client, hands, advice, "accepted")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/#advice-{advice}")


def test_deferring_puts_it_off_for_half_an_hour(ward, client, hands, advice: str) -> None:
    hands.sign_in(client)
    answer = _give(client, hands, advice, "deferred", headers=HTMX)
    assert "Deferred to 14:42 by House supervisor RS, 14:12" in answer.text
    assert ward.answers()[0]["until"] == "2026-11-21T20:42:00.000000Z"


def test_deferred_advice_comes_back_when_its_time_has_come(ward, client, hands, advice: str) -> None:
    hands.sign_in(client)
    _give(client, hands, advice, "deferred")
    ward.clock.advance(timedelta(minutes=31))
    answer = _give(client, hands, advice, "accepted", headers=HTMX)
    assert "Accepted by House supervisor RS, 14:43" in answer.text


def test_a_form_left_lying_is_deferred_from_now_on(ward, client, hands, advice: str) -> None:
    hands.sign_in(client)
    form = _form(client, hands, advice, "deferred")
    ward.clock.advance(timedelta(minutes=45))
    client.post(f"/advice/{advice}/response", data=form)
    assert ward.answers()[0]["until"] == "2026-11-21T21:27:00.000000Z"


def test_overriding_needs_a_reason_of_the_list(ward, client, hands, advice: str) -> None:
    hands.sign_in(client)
    for reason in ("", "made-up"):
        answer = _give(client, hands, advice, "overridden", headers=HTMX, reason=reason)
        assert answer.status_code == 422
        assert "Choose a reason from the list to override." in answer.text
    assert ward.answers() == []


def test_overriding_keeps_the_reason_and_the_note(ward, client, hands, advice: str) -> None:
    hands.sign_in(client, "charge-nurse", "Anna  B")
    note = "Agency nurse\n comes at 19:00 <b>"
    answer = _give(client, hands, advice, "overridden", headers=HTMX, reason="constraint-unknown", note=note)
    assert "Overridden by Charge nurse Anna B, 14:12: A constraint not known here (isolation, leave)" in answer.text
    assert ward.answers() == [
        {
            "answer": "overridden",
            "role": "charge-nurse",
            "actor": "Anna B",
            "reason": "constraint-unknown",
            "note": "Agency nurse comes at 19:00 <b>",
        }
    ]


def test_an_answer_can_be_taken_back_for_ten_minutes(ward, client, hands, advice: str) -> None:
    hands.sign_in(client)
    _give(client, hands, advice, "accepted")
    undo = _form(client, hands, advice, "withdrawn")
    answer = client.post(f"/advice/{advice}/response", data=undo, headers=HTMX)
    assert "Answer taken back by House supervisor RS, 14:12" in answer.text
    assert "Defer 30 min" in answer.text
    assert [given["answer"] for given in ward.answers()] == ["accepted", "withdrawn"]
    again = _give(client, hands, advice, "accepted", headers=HTMX)
    assert "Accepted by" in again.text


def test_after_ten_minutes_nothing_is_taken_back(ward, client, hands, advice: str) -> None:
    hands.sign_in(client)
    _give(client, hands, advice, "accepted")
    undo = _form(client, hands, advice, "withdrawn")
    ward.clock.advance(timedelta(minutes=10, seconds=1))
    answer = client.post(f"/advice/{advice}/response", data=undo, headers=HTMX)
    assert answer.status_code == 409
    assert "older than 10 minutes" in answer.text
    assert len(ward.answers()) == 1


def test_a_double_click_is_applied_once(ward, client, hands, advice: str) -> None:
    hands.sign_in(client)
    form = _form(client, hands, advice, "deferred")
    answers = [client.post(f"/advice/{advice}/response", data=form, headers=HTMX) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert len(ward.answers()) == 1
    assert ward.inbox.counts(ward.site).duplicate == 2


def test_two_clicks_at_once_are_applied_once(ward, client, hands, advice: str) -> None:
    hands.sign_in(client)
    form = _form(client, hands, advice, "accepted")
    clicks = [threading.Thread(target=_click, args=(client, advice, form)) for _ in range(4)]
    for click in clicks:
        click.start()
    for click in clicks:
        click.join()
    assert len(ward.answers()) == 1


def test_a_form_from_before_somebody_elses_answer_is_not_applied(ward, client, hands, advice: str) -> None:
    hands.sign_in(client)
    early = _form(client, hands, advice, "accepted")
    hands.sign_in(client, "charge-nurse", "AB")
    _give(client, hands, advice, "overridden", reason="will-monitor")
    hands.sign_in(client)
    answer = client.post(f"/advice/{advice}/response", data=early, headers=HTMX)
    assert answer.status_code == 409
    assert "Somebody answered in the meantime: Overridden by Charge nurse AB" in answer.text
    assert [given["answer"] for given in ward.answers()] == ["overridden"]


def test_a_number_nobody_was_given_is_refused(ward, client, hands, advice: str) -> None:
    hands.sign_in(client)
    for nonce in ("", "x", "A" * 32, "A" * 65):
        answer = client.post(f"/advice/{advice}/response", data={"answer": "accepted", "nonce": nonce}, headers=HTMX)
        assert answer.status_code in {400, 409}
    assert ward.answers() == []
    assert ward.inbox.counts(ward.site).received == 2  # the messages of the feeds alone


@pytest.mark.parametrize("answer", ["ignored", "", "deleted"])
def test_only_the_four_answers_of_people_are_taken(ward, client, hands, advice: str, answer: str) -> None:
    hands.sign_in(client)
    form = _form(client, hands, advice, "accepted") | {"answer": answer}
    assert client.post(f"/advice/{advice}/response", data=form).status_code == 400
    assert ward.answers() == []


ROLES = ["house-supervisor", "charge-nurse", "bed-manager", "staffing-coordinator", "nurse", "physician", "engineer"]


@pytest.mark.parametrize("role", ROLES)
def test_only_the_owner_and_those_who_may_override_can_answer(ward, client, hands, advice: str, role: str) -> None:
    hands.sign_in(client, role)
    may = role in {"house-supervisor", "charge-nurse"}
    for answer in ("accepted", "deferred", "overridden"):
        other = hands.give(ward, hands.card(f"To be {answer}"), state=answer)
        given = _give(client, hands, other, answer, headers=HTMX, reason="will-monitor")
        assert given.status_code == (200 if may else 403)
        assert may or "may not answer this. It is for: House supervisor, Charge nurse." in given.text
    assert [each["role"] for each in ward.answers()] == ([role] * 3 if may else [])


def test_without_a_role_one_is_asked_for_first(ward, client, hands, advice: str) -> None:
    form = _form(client, hands, advice, "accepted")
    plain = client.post(f"/advice/{advice}/response", data=form)
    assert (plain.status_code, plain.headers["location"]) == (303, "/role?back=/")
    assert client.post(f"/advice/{advice}/response", data=form, headers=HTMX).headers["hx-redirect"] == "/role"
    assert ward.answers() == []


def test_a_post_from_another_page_changes_nothing(ward, client, hands, advice: str) -> None:
    hands.sign_in(client)
    form = _form(client, hands, advice, "accepted")
    foreign = [{"origin": origin} for origin in ("https://evil.example", "null", "", "http://127.0.0.1:1")]
    foreign += [{"origin": f"{client.base_url}.evil.example"}, {"origin": "", "sec-fetch-site": "cross-site"}]
    for path in (f"/advice/{advice}/response", "/role", "/role/leave", "/theme"):
        for headers in foreign:
            answer = client.post(path, data=form, headers=headers)
            assert (answer.status_code, "set-cookie" in answer.headers) == (403, False), (path, headers)
    assert ward.answers() == []


def test_a_browser_that_names_no_origin_must_say_it_is_the_same(ward, client, hands, advice: str) -> None:
    hands.sign_in(client)
    form = _form(client, hands, advice, "accepted")
    del client.headers["origin"]
    assert client.post(f"/advice/{advice}/response", data=form).status_code == 403
    same = {"sec-fetch-site": "same-origin"}
    assert client.post(f"/advice/{advice}/response", data=form, headers=same).status_code == 303


def test_a_forged_badge_is_nobody(ward, client, hands, advice: str) -> None:
    hands.sign_in(client)
    said, _, _ = client.cookies["role"].partition(".")
    client.cookies.set("role", f"{said}.{'A' * 43}")
    assert _give(client, hands, advice, "accepted").headers["location"].startswith("/role")


def test_the_badge_is_out_of_reach_of_scripts_and_of_other_sites(client) -> None:
    cookie = client.post("/role", data={"role": "nurse", "actor": "RS"}).headers["set-cookie"]
    assert cookie.startswith("role=")
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= set(cookie.split("; "))
    assert "Domain" not in cookie


def test_over_https_the_badge_has_the_host_name_and_is_secure(ward, hands) -> None:
    with hands.opened(ward, Doorway(secure=True)) as client:
        cookie = client.post("/role", data={"role": "nurse", "actor": "RS"}).headers["set-cookie"]
    assert cookie.startswith("__Host-role=")
    assert "Secure" in cookie


def test_a_role_that_is_none_or_a_name_too_long_is_not_kept(client) -> None:
    for fields in [{"role": "king"}, {"actor": ""}, {"actor": "x" * 61}, {"actor": "a\x00b"}]:
        answer = client.post("/role", data={"role": "nurse", "actor": "RS"} | fields)
        assert "set-cookie" not in answer.headers
        assert "Choose a role and write initials" in answer.text


@pytest.mark.parametrize(
    "back", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "/\nx"]
)
def test_choosing_a_role_never_leads_away(client, back: str) -> None:
    answer = client.post("/role", data={"role": "nurse", "actor": "RS", "back": back})
    assert answer.headers["location"] == "/"


def test_an_expired_advice_cannot_be_answered(ward, client, hands, advice: str) -> None:
    hands.sign_in(client)
    form = _form(client, hands, advice, "accepted")
    ward.clock.advance(timedelta(hours=5))
    answer = client.post(f"/advice/{advice}/response", data=form)
    assert answer.status_code == 409
    assert "This advice has run out; nothing was recorded." in answer.text
    assert ward.answers() == []


def test_shadow_advice_cannot_be_answered(ward, client, hands) -> None:
    hidden = hands.give(ward, hands.card("Hidden"), status="withheld", reason="shadow mode", mode="shadow")
    shown = hands.give(ward, hands.card("Shown"), state="other")
    hands.sign_in(client)
    form = _form(client, hands, shown, "accepted")
    assert client.post(f"/advice/{hidden}/response", data=form).status_code == 404
    assert ward.answers() == []


def test_an_answer_the_worker_has_not_read_yet_is_stored_and_said_so(hands, monkeypatch) -> None:
    monkeypatch.setattr(answering, "WAIT_SECONDS", 0.3)
    ward = hands.make_ward()
    hands.fill(ward)
    advice = hands.busy(ward)[0]
    with hands.opened(ward) as client:
        hands.sign_in(client)
        form = _form(client, hands, advice, "accepted")
        slow = client.post(f"/advice/{advice}/response", data=form, headers=HTMX)
        assert (slow.status_code, ward.answers()) == (HTTPStatus.ACCEPTED, [])
        assert "Stored, not yet applied." in slow.text
        assert ward.inbox.pending(ward.site, after=0)[-1].receipt is Receipt.STORED
        with hands.working(ward):
            again = client.post(f"/advice/{advice}/response", data=form, headers=HTMX)
        assert "Accepted by House supervisor RS" in again.text
    assert len(ward.answers()) == 1


def test_other_pages_go_on_while_an_answer_waits(hands, monkeypatch) -> None:
    monkeypatch.setattr(answering, "WAIT_SECONDS", 1.0)
    ward = hands.make_ward()
    advice = hands.busy(ward)[0]
    with hands.opened(ward) as client:
        hands.sign_in(client)
        form = _form(client, hands, advice, "accepted")
        waiting = threading.Thread(target=_click, args=(client, advice, form))
        waiting.start()
        took = [client.get("/health/live").elapsed.total_seconds() for _ in range(10)]
        waiting.join()
    assert max(took) < 0.5


def test_a_store_that_cannot_be_written_is_told_and_nothing_pretends(ward, client, hands, advice: str) -> None:
    hands.sign_in(client)
    form = _form(client, hands, advice, "accepted")

    def full(_):
        raise StoreUnavailable(store="inbox", what="the disk is full", remedy="Free some room.")

    ward.inbox.receive = full
    answer = client.post(f"/advice/{advice}/response", data=form, headers=HTMX)
    assert answer.status_code == 503
    assert "Nothing was recorded; try again in a moment." in answer.text


def test_a_site_without_a_board_feed_says_what_to_add(hands) -> None:
    site = hands.site_of()
    feeds = tuple(feed for feed in site.feeds if feed.name != "board")
    ward = hands.make_ward(site.model_copy(update={"feeds": feeds}))
    advice = hands.busy(ward)[0]
    with hands.opened(ward) as client:
        hands.sign_in(client)
        answer = _give(client, hands, advice, "accepted", headers=HTMX)
    assert answer.status_code == 409
    assert "Add a feed of kind board to site.yaml." in answer.text


def test_the_theme_is_kept_for_every_page(client) -> None:
    client.post("/theme")
    assert '<html lang="en" data-theme="dark">' in client.get("/feeds").text
    client.post("/theme")
    assert 'data-theme="light"' in client.get("/").text


def test_leaving_forgets_the_role(client, hands) -> None:
    hands.sign_in(client)
    assert "House supervisor RS" in client.get("/").text
    client.post("/role/leave")
    assert "No role chosen" in client.get("/").text


def _form(client, hands, advice: str, answer: str) -> dict[str, str]:
    for _ in range(100):
        page = client.get("/").text
        if f'id="advice-{advice}"' in page and f'value="{answer}"' in page[page.index(f'id="advice-{advice}"') :]:
            return dict(hands.form_of(page, advice, answer))
    raise AssertionError(f"no form to answer {answer}")


def _give(client, hands, advice: str, answer: str, headers=None, **fields: str):
    form = _form(client, hands, advice, answer) | fields
    return client.post(f"/advice/{advice}/response", data=form, headers=headers)


def _click(client, advice: str, form: dict[str, str]) -> None:
    client.post(f"/advice/{advice}/response", data=form, headers=HTMX)
