"""A card names times of the clock; the ages beside them are those of the moment it is looked at."""

import re
from datetime import timedelta

from wardwise.hospital.moment import iso
from wardwise.loop.capture.event import About

CALL = {
    "hook": "patient-view",
    "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
    "context": {"userId": "Practitioner/1", "patientId": "123"},
}


def test_one_card_at_two_instants_shows_two_ages_on_the_board_and_in_the_ehr(ward, client, hands) -> None:
    reason = {"says": "Pulse 112 /min: 2 points, measured 13:45.", "traces": ["z1"]}
    card = hands.card(
        "Bed 4a-12: NEWS2 7", reasons=[reason | {"at": iso(hands.NOW - timedelta(minutes=27, seconds=5))}]
    )
    about = About(unit=ward.unit("4a"), encounter="e1", patient=hands.patient_token("123"))
    hands.give(ward, card, flow="deterioration", about=about, state="high")
    assert ages(client, "27 min") == ["27 min", "27 min"]
    ward.clock.advance(timedelta(hours=3))
    hands.hear(ward, "adt", "vitals")
    assert ages(client, "3 h 27 min") == ["3 h 27 min", "3 h 27 min"]


def ages(client, awaited: str) -> list[str]:
    """The age of the pulse on the board, once the snapshot has followed the clock, and on the card of the EHR."""
    client.get("/api/advice/open")
    pages = (client.get("/").text for _ in range(200))
    board = next((page for page in pages if f"({awaited} ago)" in page), "")
    ehr = client.post("/cds-services/deterioration", json=CALL).json()["cards"][0]["detail"]
    found = [re.search(r"measured 13:45 \W*([0-9][0-9a-z ]* min) ago", text) for text in (board, ehr)]
    return [each[1] if each else "none" for each in found]


def test_no_text_of_a_news2_card_holds_an_age() -> None:
    from importlib.resources import files  # noqa: PLC0415

    for workflow in ("deterioration", "staffing"):
        strings = (files("wardwise.workflows") / workflow / "strings.yaml").read_text(encoding="utf-8")
        told = [
            line for line in strings.splitlines() if line.startswith(("reason", "uncertainty", "missing", "summary"))
        ]
        assert told
        assert not [line for line in told if " ago" in line or "since {" in line]
