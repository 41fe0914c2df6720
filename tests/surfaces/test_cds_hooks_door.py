"""CDS Hooks 2.0: what the EHR gets, held against the specification's rules; what it sends, refused or stored."""

import asyncio
import contextlib
import json
import time
from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wardwise.errors import StoreUnavailable
from wardwise.loop.capture.event import About
from wardwise.surfaces.cds_hooks import router
from wardwise.surfaces.cds_hooks.body import NotJson, read_object
from wardwise.surfaces.cds_hooks.cards import NOT_LOADED, OLD, plain
from wardwise.surfaces.web.app import create_app
from wardwise.surfaces.web.doorway import Doorway

EHR = "https://ehr.example"
SERVICE = "/cds-services/deterioration"
INSTANCE = "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea"


def _call(patient: str = "123", **more: object) -> dict[str, object]:
    context = {"userId": "Practitioner/1", "patientId": patient}
    return {"hook": "patient-view", "hookInstance": INSTANCE, "context": context} | more


@pytest.fixture
def advice(ward, hands) -> str:
    about = About(unit=ward.unit("4a"), encounter="e1", patient=hands.patient_token("123"))
    made = hands.card(
        "Ward 4A bed 12: NEWS2 7, rising. Look within 30 min.",
        indicator="critical",
        owner="charge-nurse",
        may_override=["charge-nurse", "nurse"],
        suggestions=[{"code": "look", "label": "Look at the patient within 30 min"}],
    )
    return hands.give(ward, made, flow="deterioration", about=about, state="high")


def test_discovery_lists_the_sites_services(client) -> None:
    (service,) = client.get("/cds-services").json()["services"]
    assert (service["id"], service["hook"], service["title"]) == ("deterioration", "patient-view", "Deterioration")
    assert service["description"] == "Deterioration for the wards."
    _full(service)


def test_open_advice_about_the_patient_comes_as_a_card(client, advice: str) -> None:
    (card,) = _cards(client)
    assert card["summary"] == "Ward 4A bed 12: NEWS2 7, rising. Look within 30 min."
    assert card["indicator"] == "critical"
    assert card["source"] == {"label": "wardwise: Staffing"}
    assert card["selectionBehavior"] == "at-most-one"
    assert [each["label"] for each in card["suggestions"]] == ["Look at the patient within 30 min"]
    assert [each["code"] for each in card["overrideReasons"]][-1] == "other"
    assert "5 West needs 7 nurses" in card["detail"]
    assert "**Act by**: 15:00" in card["detail"]


def test_the_response_keeps_the_rules_of_the_specification(client, advice: str) -> None:
    _cards(client)
    answer = client.post(SERVICE, json=_call())
    assert answer.headers["content-type"] == "application/json"
    content = answer.json()
    _full(content, empty_allowed={"cards"})
    assert content["cards"]
    for card in content["cards"]:
        assert 0 < len(card["summary"]) < 140
        assert card["indicator"] in {"info", "warning", "critical"}
        assert card["source"]["label"].strip()
        assert str(UUID(card["uuid"])) == card["uuid"]
        if "suggestions" in card:  # cds-resp-1 and cds-resp-6
            assert card["selectionBehavior"] in {"at-most-one", "any"}
        for suggestion in card.get("suggestions", ()):
            assert suggestion["label"].strip()
            assert UUID(suggestion["uuid"])
            assert all(action["description"] for action in suggestion.get("actions", ()))  # cds-resp-5
        for reason in card["overrideReasons"]:  # cds-resp-4
            assert reason["display"].strip()
            assert reason["system"].strip()
        assert "links" not in card


def test_the_same_advice_is_the_same_card_each_time(client, advice: str) -> None:
    assert _cards(client)[0]["uuid"] == _cards(client)[0]["uuid"]


def test_a_patient_without_advice_gets_an_empty_list(client, advice: str) -> None:
    _cards(client)
    assert client.post(SERVICE, json=_call("124")).json() == {"cards": []}


def test_advice_in_shadow_never_reaches_the_ehr(ward, client, hands, advice: str) -> None:
    about = About(unit=ward.unit("icu"), patient=hands.patient_token("555"))
    made = hands.card("Hidden", owner="charge-nurse")
    hands.give(ward, made, flow="deterioration", about=about, status="withheld", reason="shadow mode", mode="shadow")
    _cards(client)
    assert client.post(SERVICE, json=_call("555")).json() == {"cards": []}


def test_advice_of_another_workflow_is_not_shown_by_this_service(ward, client, hands, advice: str) -> None:
    about = About(unit=ward.unit("4a"), patient=hands.patient_token("777"))
    hands.give(ward, hands.card("Staffing"), flow="staffing", about=about)
    _cards(client)
    assert client.post(SERVICE, json=_call("777")).json() == {"cards": []}


def test_advice_that_has_run_out_is_not_shown(ward, client, advice: str) -> None:
    _cards(client)
    ward.clock.advance(timedelta(hours=5))
    for _ in range(60):
        if not client.post(SERVICE, json=_call()).json()["cards"]:
            return
        time.sleep(0.05)
    raise AssertionError("still shown")


def test_advice_runs_out_by_the_clock_and_not_by_the_last_look(ward, client, advice: str) -> None:
    _cards(client)
    ward.log.read = lambda *_, **__: 1 / 0
    time.sleep(1.2)  # no look succeeds any more, and the last is not old yet
    ward.clock.advance(timedelta(hours=5))
    assert client.post(SERVICE, json=_call()).json() == {"cards": []}


def test_an_answer_from_an_old_look_is_not_given_and_the_card_says_so(ward, client, advice: str) -> None:
    _cards(client)
    ward.log.read = lambda *_, **__: 1 / 0
    time.sleep(1.2)
    ward.clock.lapse(5.5)
    (card,) = client.post(SERVICE, json=_call()).json()["cards"]
    assert card["summary"] == OLD
    assert "suggestions" not in card
    _full(card)


def test_feedback_before_anything_was_read_asks_to_be_sent_again(ward) -> None:
    answer = asyncio.run(_unread(ward, f"{SERVICE}/feedback", {"feedback": [_overridden({"uuid": INSTANCE})]}))
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "5")
    assert answer.json()["issue"][0]["code"] == "throttled"
    asked = asyncio.run(_unread(ward, SERVICE, _call()))
    assert [card["summary"] for card in asked.json()["cards"]] == [NOT_LOADED]


async def _unread(ward, path: str, body: dict) -> httpx.Response:
    """The answer of a server that has not read the log yet."""
    through = httpx.ASGITransport(app=create_app(ward.house))
    async with httpx.AsyncClient(transport=through, base_url="http://127.0.0.1") as client:
        return await client.post(path, json=body)


def test_the_lines_of_a_card_are_told_apart_and_say_nothing_twice(ward, client, hands) -> None:
    about = About(unit=ward.unit("4a"), patient=hands.patient_token("123"))
    made = hands.card(
        "Look",
        when_to_ignore=["Agreed limits", "Known to be wrong; corrected."],
        detail=[{"label": "Air or oxygen", "says": "Air or oxygen oxygen: 2 points"}],
        tier={"tier": "reduced", "says": "NEWS2 as charted.", "why": "feed silent"},
    )
    hands.give(ward, made, flow="deterioration", about=about, state="high")
    lines = _cards(client)[0]["detail"].splitlines()
    assert "- Air or oxygen: oxygen: 2 points" in lines
    start = lines.index("**When to ignore it**:")
    assert lines[start + 1 : start + 5] == ["", r"- Agreed limits", "- Known to be wrong; corrected.", ""]
    assert "**Made by**: NEWS2 as charted \\(feed silent\\)  " in lines


def test_no_patient_id_of_the_ehr_is_kept_or_sent_back(ward, client, advice: str) -> None:
    answer = client.post(SERVICE, json=_call("ZZPHI-999"))
    assert "ZZPHI" not in answer.text
    assert all(b"ZZPHI" not in raw.arrival.body for raw in ward.inbox.pending(ward.site, after=0))


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"[]", 400),
        (b"{", 400),
        (b'{"hook":"patient-view","hook":"patient-view"}', 400),
        (b'{"a":NaN}', 400),
        (b'{"a":1e999}', 400),
        (b"[" * 100_000, 400),
        (b'{"a":' * 70 + b"1" + b"}" * 70, 400),
        (b'{"a":' + b"1" * 5_000 + b"}", 400),
        (b"\xff\xfe{}", 400),
        (json.dumps(_call(hook="order-sign")).encode(), 400),
        (json.dumps(_call(hookInstance=None)).encode(), 400),
        (json.dumps(_call(context="x")).encode(), 400),
        (json.dumps(_call(context={"userId": "x"})).encode(), 412),
        (json.dumps(_call(" ")).encode(), 412),
        (json.dumps(_call(prefetch={"patient": {"id": "other"}})).encode(), 412),
        (json.dumps(_call(prefetch={"patient": {"id": "123"}})).encode(), 200),
        (json.dumps(_call(prefetch="x", fhirServer="https://127.0.0.1:1/fhir")).encode(), 200),
    ],
)
def test_a_body_that_is_wrong_is_refused_with_an_operation_outcome(client, body: bytes, status: int) -> None:
    answer = client.post(SERVICE, content=body, headers={"content-type": "application/json"})
    assert answer.status_code == status
    if status != 200:
        assert answer.json()["resourceType"] == "OperationOutcome"
        _full(answer.json())


def test_a_service_that_is_not_there_is_404(client) -> None:
    assert client.post("/cds-services/nothing", json=_call()).status_code == 404
    assert client.post("/cds-services/nothing/feedback", json={}).status_code == 404


@given(
    st.binary(max_size=300)
    | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(lambda v: json.dumps(v).encode())
)
def test_no_body_does_anything_but_be_read_or_refused(body: bytes) -> None:
    with contextlib.suppress(NotJson):
        assert isinstance(read_object(body), dict)


def test_too_late_is_said_on_a_card_within_the_deadline(ward, client, advice: str, monkeypatch) -> None:
    _cards(client)
    monkeypatch.setattr(router, "cards_of", lambda *_: time.sleep(2))
    answer = client.post(SERVICE, json=_call())
    assert answer.elapsed.total_seconds() < 0.6
    assert [card["summary"] for card in answer.json()["cards"]] == [router.LATE]
    _full(answer.json())


def test_a_fault_is_said_on_a_card_and_never_a_5xx(client, advice: str, monkeypatch) -> None:
    _cards(client)

    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(router, "cards_of", broken)
    answer = client.post(SERVICE, json=_call())
    assert answer.status_code == 200
    assert [card["summary"] for card in answer.json()["cards"]] == [router.FAILED]


def test_feedback_becomes_an_answer_in_the_log(ward, client, advice: str) -> None:
    (card,) = _cards(client)
    answer = client.post(f"{SERVICE}/feedback", json={"feedback": [_accepted(card)]})
    assert (answer.status_code, answer.json()) == (200, {})
    assert _logged(ward, 1) == [{"answer": "accepted", "role": "charge-nurse", "actor": "EHR user"}]
    assert ward.inbox.pending(ward.site, after=0)[-1].arrival.source == "ehr"


def test_an_override_keeps_its_reason_and_comment(ward, client, advice: str) -> None:
    (card,) = _cards(client)
    reason = {"reason": {"code": "will-monitor", "system": "urn:x"}, "userComment": "seen at 14:00"}
    client.post(f"{SERVICE}/feedback", json={"feedback": [_overridden(card, overrideReason=reason)]})
    (given_answer,) = _logged(ward, 1)
    assert (given_answer["answer"], given_answer["reason"], given_answer["note"]) == (
        "overridden",
        "will-monitor",
        "seen at 14:00",
    )


def test_a_reason_of_the_ehr_itself_is_kept_as_other(ward, client, advice: str) -> None:
    (card,) = _cards(client)
    reason = {"reason": {"code": "ehr-own", "system": "urn:ehr"}}
    client.post(f"{SERVICE}/feedback", json={"feedback": [_overridden(card, overrideReason=reason)]})
    (given_answer,) = _logged(ward, 1)
    assert (given_answer["reason"], given_answer["note"]) == ("other", "ehr-own")


def test_feedback_sent_twice_is_applied_once(ward, client, advice: str) -> None:
    (card,) = _cards(client)
    for _ in range(3):
        assert client.post(f"{SERVICE}/feedback", json={"feedback": [_overridden(card)]}).status_code == 200
        ward.clock.advance(timedelta(seconds=1))
    assert len(_logged(ward, 1)) == 1
    assert ward.inbox.counts(ward.site).duplicate == 2


def test_feedback_that_breaks_the_rules_stores_nothing_at_all(ward, client, advice: str) -> None:
    (card,) = _cards(client)
    good = _overridden(card)
    for bad in (
        good | {"card": INSTANCE},
        good | {"card": None},
        good | {"outcome": "ignored"},  # cds-fb-1
        good | {"outcomeTimestamp": "2026-11-21T20:12:05"},
        good | {"outcomeTimestamp": "yesterday"},
        _accepted(card) | {"acceptedSuggestions": []},  # cds-fb-2
        _accepted(card) | {"acceptedSuggestions": [{"id": INSTANCE}]},
        "text",
    ):
        answer = client.post(f"{SERVICE}/feedback", json={"feedback": [good, bad]})
        assert answer.status_code == 400, bad
    for whole in ({}, {"feedback": []}, {"feedback": "x"}, {"feedback": [good] * 101}):
        assert client.post(f"{SERVICE}/feedback", json=whole).status_code == 400
    assert ward.answers() == []


def test_feedback_that_cannot_be_stored_asks_to_be_sent_again(ward, client, advice: str) -> None:
    (card,) = _cards(client)

    def full(_: object) -> None:
        raise StoreUnavailable(store="inbox", what="the disk is full", remedy="Free some room.")

    ward.inbox.receive = full
    assert client.post(f"{SERVICE}/feedback", json={"feedback": [_overridden(card)]}).status_code == 429


def test_only_listed_origins_may_call_from_a_browser(ward, hands, advice: str) -> None:
    with hands.opened(ward, Doorway(origins=frozenset({EHR}))) as client:
        allowed = client.options(SERVICE, headers={"origin": EHR, "access-control-request-method": "POST"})
        assert allowed.headers["access-control-allow-origin"] == EHR
        assert allowed.headers["access-control-allow-methods"] == "GET, POST, OPTIONS"
        assert client.post(SERVICE, json=_call(), headers={"origin": EHR}).headers["access-control-allow-origin"] == EHR
        for origin in ("https://evil.example", "https://ehr.example.evil.example", "null", f"{EHR}:444"):
            for answer in (
                client.options(SERVICE, headers={"origin": origin}),
                client.get("/cds-services", headers={"origin": origin}),
            ):
                assert "access-control-allow-origin" not in answer.headers
        assert "access-control-allow-origin" not in client.get("/", headers={"origin": EHR}).headers


@pytest.mark.parametrize(
    "payload",
    ["<script>alert(1)</script>", "[x](javascript:alert(1))", "![x](http://e/x.png)", "# x", "http://evil.example"],
)
def test_hostile_text_stays_text_in_markdown(payload: str) -> None:
    shown = plain(payload)
    assert "<" not in shown
    assert "](" not in shown
    assert "://" not in shown
    assert not shown.startswith("#")


def _cards(client) -> list[dict]:
    for _ in range(100):
        cards = client.post(SERVICE, json=_call()).json()["cards"]
        if cards:
            return cards
        time.sleep(0.02)
    raise AssertionError("no card came")


def _accepted(card: dict) -> dict[str, object]:
    chosen = [{"id": card["suggestions"][0]["uuid"]}]
    return _overridden(card) | {"outcome": "accepted", "acceptedSuggestions": chosen}


def _overridden(card: dict, **more: object) -> dict[str, object]:
    return {"card": card["uuid"], "outcome": "overridden", "outcomeTimestamp": "2026-11-21T20:12:05Z"} | more


def _logged(ward, count: int) -> list[dict]:
    for _ in range(100):
        if len(ward.answers()) >= count:
            break
        time.sleep(0.02)
    return [dict(given_answer) for given_answer in ward.answers()]


def _full(value: object, empty_allowed: frozenset[str] | set[str] = frozenset()) -> None:
    """No null and nothing empty anywhere: the specification forbids both."""
    assert value not in (None, "", [], {}), value
    if isinstance(value, dict):
        for key, inner in value.items():
            if key not in empty_allowed or inner:
                _full(inner)
    elif isinstance(value, list):
        for inner in value:
            _full(inner)
