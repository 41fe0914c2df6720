from datetime import UTC, datetime

import pytest

from wardwise.govern.oversight.gist import gist, numbers
from wardwise.loop.capture.event import About, Event

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
TOKEN = "v7gkdbli2y7l4jgscv2j5svhgpqpsw53b"


def event(kind: str, payload: dict, about: About | None = None) -> Event:
    return Event(
        id="e1", kind=kind, occurred_at=AT, source="adt", site="demo", position=1, recorded_at=AT, known_at=AT,
        about=about or About(), payload=payload,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ({"score": 7, "band": "high", "components": {"pulse": 2}}, "score 7; band high; components: pulse 2"),
        ({"sums": {"next_4h": {"0.1": "7", "0.5": "10", "0.9": "14"}}}, "next_4h 10 (7 to 14, 8 times in 10)"),
        (
            {"shifts": [{"name": "night", "needed": {"base": 7, "high": 8}, "rostered": 9}]},
            "shifts: name night, rostered 9, needed (base 7, high 8)",
        ),
        ({"inputs": {"pulse": {"value": "62", "event": TOKEN}}}, "pulse: value 62"),
        ({}, "no number"),
    ],
)
def test_a_predictions_numbers_are_said(output: dict, said: str) -> None:
    assert numbers(output) == said


def test_an_arrival_says_where_and_what_and_no_person() -> None:
    about = About(unit="demo/ed", bed="demo/ed/3", patient=TOKEN, encounter=TOKEN)
    said = gist(
        event("stay.arrived", {"class": "emergency", "complaint": "chest pain", "merged_patient": TOKEN}, about)
    )
    assert said == "demo/ed/3, class emergency, complaint chest pain"


def test_a_prediction_says_its_maker_and_why_it_is_not_a_better_one() -> None:
    tier = {"tier": "rule", "maker": "mean-of-eight", "says": "-", "why": "adt is silent"}
    payload = {"target": "ed-arrivals-hourly", "entity": "demo/ed", "output": {"hours": 168}, "tier": tier}
    assert gist(event("prediction.made", payload)) == (
        "ed-arrivals-hourly: hours 168 (by mean-of-eight, tier rule, adt is silent)"
    )
