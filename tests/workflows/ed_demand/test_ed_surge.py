from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

ED = "demo/ed"
MIDNIGHT = datetime(2026, 3, 2, 6, tzinfo=UTC)
NOON = datetime(2026, 3, 2, 18, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def said(events: list[Any]) -> dict[str, Any]:
    made = next(event for event in events if event.kind == "prediction.made")
    return dict(made.payload["output"]["surge"])


def advice(events: list[Any]) -> list[str]:
    return [event.payload["state"] for event in events if event.kind == "advice.given"]


@pytest.fixture
def surging(learnt: Any) -> Any:
    """Twelve usual hours, the last two with three times the patients."""
    learnt.usual(MIDNIGHT, NOON - timedelta(hours=2))
    learnt.came(36, start=NOON - timedelta(hours=2), end=NOON)
    return learnt


def test_the_first_refresh_above_the_margin_is_not_a_surge_yet(surging: Any) -> None:
    events = surging.refresh(NOON)
    assert (said(events)["above"], said(events)["is_surge"]) == (True, False)
    assert said(events)["observed"] == 48
    assert advice(events) == []


def test_the_second_refresh_running_is_a_surge(surging: Any) -> None:
    surging.refresh(NOON)
    events = surging.refresh(NOON + 15 * MINUTE)
    assert said(events)["is_surge"]
    assert advice(events) == ["surge-1"]


def test_two_refreshes_within_a_moment_are_one(surging: Any) -> None:
    surging.refresh(NOON)
    events = surging.refresh(NOON + 4 * MINUTE)
    assert (said(events)["above"], said(events)["is_surge"]) == (True, False)


def test_refreshes_too_far_apart_do_not_run(surging: Any) -> None:
    surging.refresh(NOON)
    assert said(surging.refresh(NOON + 40 * MINUTE))["is_surge"] is False


def wakes(house: Any, at: datetime) -> bool:
    events = house.came(1, start=at - MINUTE, end=at)
    return bool(house.workflow.triggers[0].wakes(house.view(at), events))


def test_an_arrival_wakes_it_only_where_it_makes_a_surge_nobody_was_told_of(surging: Any) -> None:
    assert not wakes(surging, NOON)  # no refresh before
    surging.refresh(NOON)
    assert not wakes(surging, NOON + 3 * MINUTE)  # the same refresh still
    assert wakes(surging, NOON + 6 * MINUTE)
    surging.refresh(NOON + 6 * MINUTE)
    assert not wakes(surging, NOON + 12 * MINUTE)  # told


def test_an_arrival_on_a_quiet_day_wakes_nothing(learnt: Any) -> None:
    learnt.usual(MIDNIGHT, NOON)
    learnt.refresh(NOON)
    assert not wakes(learnt, NOON + 6 * MINUTE)


def test_arrivals_told_twice_are_one_and_cancelled_ones_none(learnt: Any) -> None:
    learnt.usual(MIDNIGHT, NOON)
    before = said(learnt.turn(NOON + MINUTE))["observed"]
    came = learnt.came(1, start=NOON - MINUTE, end=NOON)
    cancel = learnt.draft("stay.cancelled", NOON, came[0].about, {"target": "stay.arrived", "target_occurred_at": None})
    learnt.told([cancel], NOON)
    assert said(learnt.turn(NOON + MINUTE))["observed"] == before


def test_a_surge_advises_the_house_supervisor_with_reasons_that_can_be_traced(surging: Any) -> None:
    first = surging.refresh(NOON)
    events = surging.refresh(NOON + 15 * MINUTE)
    given = next(event for event in events if event.kind == "advice.given")
    card = given.payload["card"]
    assert card["owner"] == "house-supervisor"
    assert len(card["summary"]) < 140
    assert [row["label"] for row in card["detail"]] == ["Last 4 h", "Against the month", "Next 4 h"]
    known = {event.id for event in surging.log.read("demo")}
    assert all(set(reason["traces"]) <= known for reason in card["reasons"])
    assert card["reasons"][2]["traces"] == [first[0].id]
    assert card["when_to_ignore"] == list(surging.workflow.card.when_to_ignore)


def test_the_day_the_model_was_learnt_it_says_nothing_of_hours_before_its_end(learnt: Any) -> None:
    learnt.usual(MIDNIGHT, MIDNIGHT + timedelta(hours=2))
    made = learnt.turn(MIDNIGHT + timedelta(hours=2))[0]
    assert made.payload["tier"]["tier"] == "full"
    assert "surge" not in made.payload["output"]
    assert "shift:2026-03-01/night" in made.payload["output"]["sums"]
