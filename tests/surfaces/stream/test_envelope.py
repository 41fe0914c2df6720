"""The form of what goes out: the attributes of CloudEvents, what stands in `data`, and what never leaves."""

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.surfaces.stream.press import NINE, Press

from wardwise.loop.capture.event import Event
from wardwise.surfaces.stream.envelope import envelope, expires_at, key_of

REFERENCE = Path(__file__).parents[3] / "docs" / "reference" / "published-events.md"
REQUIRED = {"specversion", "id", "source", "type"}


def told(event: Event, mode: str = "assistive") -> dict[str, Any]:
    found: dict[str, Any] = json.loads(envelope(event, mode))
    return found


def test_advice_is_a_cloud_event_that_says_when_it_expires(press: Press) -> None:
    advice = press.advise("enc7", minutes=30, patient="pat7")
    found = told(advice)
    assert found.keys() >= REQUIRED
    assert all(re.fullmatch(r"[a-z0-9]{1,20}", name) for name in found)
    assert found["specversion"] == "1.0"
    assert (found["id"], found["source"], found["type"]) == (advice.id, "/wardwise/demo", "wardwise.advice.given.v1")
    assert found["subject"] == found["partitionkey"] == "enc7"
    assert found["expirytime"] == "2026-03-01T09:30:00.000000Z"
    assert datetime.fromisoformat(found["time"]) == NINE
    assert found["sequence"] == f"{advice.position:020d}"
    data = found["data"]
    assert (data["position"], data["tier"], data["mode"]) == (advice.position, "full", "assistive")
    assert {data["occurred_at"], data["known_at"], data["recorded_at"]} == {"2026-03-01T09:00:00.000000Z"}
    assert (data["patient"], data["encounter"], data["unit"]) == ("pat7", "enc7", "demo/4a")
    assert data["payload"]["card"]["summary"] == "NEWS2 is 7"


def test_only_advice_expires(press: Press) -> None:
    prediction = press.predict()
    assert expires_at(prediction) is None
    found = told(prediction)
    assert "expirytime" not in found
    assert (found["data"]["tier"], found["data"]["workflow"]) == ("full", "deterioration")


def test_what_a_person_typed_and_who_it_was_stay_here(press: Press) -> None:
    answer = press.respond(press.advise(), actor="J. Rivera", note="Mr Miller's family is on the way", reason="busy")
    body = envelope(answer, "assistive")
    assert b"Rivera" not in body
    assert b"Miller" not in body
    data = told(answer)["data"]
    assert data["payload"] == {"answer": "accepted", "role": "nurse", "reason": "busy"}
    assert data["caused_by"] == list(answer.caused_by)


def test_the_key_is_the_stay_else_the_patient_else_the_unit_else_the_site(press: Press) -> None:
    payload = {"workflow": "w", "mode": "off", "was": "shadow", "by": "x", "why": "y"}
    whole = {"encounter": "e", "patient": "p", "unit": "demo/4a"}
    keys = []
    for name in (None, *whole):
        whole.pop(name or "", None)
        keys.append(key_of(press.append(press.draft("mode.changed", payload, **whole))[0]))
    assert keys == ["e", "p", "demo/4a", "demo"]


def test_nothing_that_is_empty_is_sent(press: Press) -> None:
    payload = {"workflow": "w", "mode": "off", "was": "shadow", "by": "x", "why": "y"}
    data = told(press.append(press.draft("mode.changed", payload))[0], "")["data"]
    assert {"mode", "unit", "patient", "caused_by", "flags"}.isdisjoint(data)


def test_the_reference_shows_what_is_sent(press: Press) -> None:
    (block,) = re.findall(r"```json\n(.*?)```", REFERENCE.read_text(), re.DOTALL)
    shown, sent = json.loads(block), told(press.advise("enc7", patient="pat7", bed="demo/4a/12"))
    assert shown.keys() == sent.keys()
    assert shown["data"].keys() - {"caused_by"} == sent["data"].keys()
    assert shown["dataschema"] == sent["dataschema"]
    assert shown["datacontenttype"] == sent["datacontenttype"]
