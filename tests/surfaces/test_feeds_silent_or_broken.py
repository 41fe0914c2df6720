"""A feed that is silent or breaks its contract is said on every surface: each page, CDS Hooks, the API."""

from dataclasses import replace
from datetime import timedelta

import pytest

from wardwise.surfaces.web.board.severity import Severity, unsure

PAGES = ["/", "/feeds", "/governance", "/role"]
CALL = {
    "hook": "patient-view",
    "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
    "context": {"userId": "Practitioner/1", "patientId": "123"},
}
BANNER = "CONTRACT BROKEN: vitals."


def break_contract(ward, state: str = "broken", **more: object) -> None:
    payload = {
        "feed": "vitals",
        "rule": "range",
        "subject": "sign.measured value [pulse]",
        "what": "sign.measured value [pulse]: 8 of 9 in the last hour are outside the range the contract gives",
        "state": state,
        "drift": "values",
        "steps_down": True,
    }
    ward.append(ward.draft("contract.breached", ward.clock.now(), payload | more))


def feed(client, name: str) -> dict[str, object]:
    return next(each for each in client.get("/api/advice/open").json()["feeds"] if each["name"] == name)


def cards(client) -> list[str]:
    return [card["summary"] for card in client.post("/cds-services/deterioration", json=CALL).json()["cards"]]


def test_a_feed_that_is_well_is_not_mentioned(still) -> None:
    assert all("CONTRACT BROKEN" not in still.client.get(path).text for path in PAGES)
    assert cards(still.client) == []
    assert feed(still.client, "vitals")["freshness"] == "stream"
    assert (feed(still.client, "vitals")["stale"], feed(still.client, "vitals")["breaks"]) == (False, [])


def test_a_broken_contract_is_said_on_every_surface(ward, hands) -> None:
    break_contract(ward)
    with hands.opened(ward) as client:
        pages = {path: client.get(path).text for path in PAGES}
        assert all(BANNER in text for text in pages.values())
        assert "8 of 9 in the last hour are outside the range" in pages["/feeds"]
        assert cards(client) == ["Contract broken: vitals. Advice may be wrong. Look at the patient."]
        assert [breach["rule"] for breach in feed(client, "vitals")["breaks"]] == ["range"]


def test_a_kept_contract_is_no_longer_mentioned(ward, hands) -> None:
    break_contract(ward)
    break_contract(ward, state="kept")
    with hands.opened(ward) as client:
        assert BANNER not in client.get("/").text
        assert cards(client) == []


def test_what_is_only_reported_stands_on_the_feeds_page_alone(ward, hands) -> None:
    break_contract(ward, steps_down=False)
    with hands.opened(ward) as client:
        assert BANNER not in client.get("/").text
        assert "reported only" in client.get("/feeds").text
        assert cards(client) == []


@pytest.mark.parametrize("path", PAGES)
def test_a_silent_feed_is_said_on_every_surface(ward, hands, path: str) -> None:
    ward.clock.advance(timedelta(minutes=31))
    hands.hear(ward, "adt")
    with hands.opened(ward) as client:
        assert "STALE. Silent: vitals." in client.get(path).text
        assert cards(client) == ["Silent: vitals. Advice may be old. Look at the patient."]
        assert feed(client, "vitals")["stale"] is True


def test_a_message_set_aside_names_the_steward_who_is_to_look_at_it(ward, hands) -> None:
    payload = {"code": "bad-time", "why": "a time cannot be read", "remedy": "Ask the sender."}
    aside = ward.draft("message.quarantined", ward.clock.now(), payload)
    ward.append(replace(aside, source="vitals"))
    with hands.opened(ward) as client:
        row = client.get("/feeds").text.split("bad-time")[1].split("</tr>")[0]
        assert "HIM" in row


def census(page: str) -> str:
    """The tile of the house and the rows of the wards: both rest on the same feed."""
    tile = page[page.index('aria-labelledby="tile-census"') :]
    wards = page[page.index('id="wards-title"') :]
    return tile[: tile.index("</article>")] + wards[: wards.index("</section>")]


def test_nothing_is_on_plan_by_what_a_silent_feed_last_said(hands) -> None:
    ward = hands.make_ward()  # nobody is here: on plan
    hands.hear(ward, "adt", "vitals")
    with hands.opened(ward) as client:
        assert "sev-plan" in census(client.get("/").text)
    ward.clock.advance(timedelta(minutes=31))
    hands.hear(ward, "vitals")
    with hands.opened(ward) as client:
        page = client.get("/").text
    assert "Silent: adt" in page
    assert "sev-plan" not in census(page)
    assert "May be old" in census(page)


@pytest.mark.parametrize(
    ("severity", "stale", "shown"),
    [("plan", True, "old"), ("plan", False, "plan"), ("escalate", True, "escalate"), ("unknown", True, "unknown")],
)
def test_only_what_was_on_plan_is_no_longer_so(*, severity: str, stale: bool, shown: str) -> None:
    assert unsure(Severity(severity), stale=stale) == shown
