from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from wardwise.loop.verify.docket import Docket

MIDNIGHT = datetime(2026, 3, 2, 6, tzinfo=UTC)
NOON = datetime(2026, 3, 2, 18, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def outcomes(house: Any, at: datetime, *, measure: str) -> list[Any]:
    docket = Docket([house.workflow])
    docket.add(house.log.read("demo"))
    return [dict(draft.payload) for draft in docket.measure(house.view(at)) if draft.payload["measure"] == measure]


def test_the_next_four_hours_are_judged_when_they_are_over(learnt: Any) -> None:
    learnt.usual(MIDNIGHT, NOON)
    learnt.refresh(NOON)
    learnt.usual(NOON, NOON + timedelta(hours=4))
    assert outcomes(learnt, NOON + timedelta(hours=4) - MINUTE, measure="next_4h") == []
    [found] = outcomes(learnt, NOON + timedelta(hours=4), measure="next_4h")
    assert found["value"] == str(6 + 5 + 5 + 4)
    assert found["detail"]["inside"] is True
    assert float(found["detail"]["error"]) == pytest.approx(abs(20 - float(found["expected"])))


def test_hours_nobody_told_of_are_not_judged(learnt: Any) -> None:
    learnt.usual(MIDNIGHT, NOON)
    learnt.refresh(NOON)
    learnt.silent("silent", NOON, NOON + timedelta(hours=1))
    assert outcomes(learnt, NOON + timedelta(hours=5), measure="next_4h") == []


def test_a_shift_is_judged_by_the_forecast_of_two_hours_before_it(learnt: Any) -> None:
    night = datetime(2026, 3, 3, 1, tzinfo=UTC)
    learnt.usual(MIDNIGHT, night - timedelta(hours=2))
    learnt.refresh(night - 135 * MINUTE)
    learnt.refresh(night - 120 * MINUTE)
    learnt.refresh(night - 105 * MINUTE)
    learnt.usual(night - timedelta(hours=2), night + timedelta(hours=12))
    [found] = outcomes(learnt, night + timedelta(hours=12), measure="shift_total")
    assert (found["from"], found["to"]) == ("2026-03-03T01:00:00.000000Z", "2026-03-03T13:00:00.000000Z")
    assert found["value"] == str(2 + 1 + 1 + 1 + 1 + 2 + 3 + 4 + 5 + 6 + 6 + 6)


def surge(house: Any) -> None:
    house.usual(MIDNIGHT, NOON - timedelta(hours=2))
    house.came(36, start=NOON - timedelta(hours=2), end=NOON)
    house.refresh(NOON)
    house.refresh(NOON + 15 * MINUTE)


def test_a_surge_after_which_as_many_came_as_usual_was_a_false_one(learnt: Any) -> None:
    surge(learnt)
    learnt.came(24, start=NOON + 15 * MINUTE, end=NOON + timedelta(hours=5))
    [found] = outcomes(learnt, NOON + timedelta(hours=5), measure="false_surge")
    assert (found["value"], found["expected"]) == ("1", "0")


def test_a_surge_that_went_on_was_none(learnt: Any) -> None:
    surge(learnt)
    learnt.came(80, start=NOON + 15 * MINUTE, end=NOON + timedelta(hours=5))
    [found] = outcomes(learnt, NOON + timedelta(hours=5), measure="false_surge")
    assert found["value"] == "0"


def test_surges_of_a_week_are_counted_against_the_ceiling(learnt: Any) -> None:
    surge(learnt)
    [found] = outcomes(learnt, NOON + timedelta(hours=1), measure="surges_a_week")
    assert (found["value"], found["expected"]) == ("1", "2")
