from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from wardwise.hospital.moment import iso
from wardwise.loop.capture.event import About, Draft
from wardwise.loop.derive.state.arrivals import hourly_arrivals
from wardwise.loop.derive.view import View

EIGHT = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
ED = About(unit="demo/ed")
Look = Callable[..., View]


def arrives(minute: int, encounter: str) -> Draft:
    at = EIGHT + timedelta(minutes=minute)
    about = About(unit="demo/ed", encounter=encounter)
    return Draft(
        id=encounter, kind="stay.arrived", occurred_at=at, source="adt", about=about, payload={"class": "emergency"}
    )


def counted(hour: datetime, count: int) -> Draft:
    told = {"hour": iso(hour), "count": count}
    return Draft(
        id=f"c{hour}", kind="arrivals.counted", occurred_at=hour, source="h", about=ED, payload=told, known_at=hour
    )


def test_counted_hours_come_first_and_patients_seen_since_follow(seen: Look) -> None:
    #  06   07   08      09     10 (now 10:20)
    #  4    7    2 came  none   1 so far
    before = [counted(EIGHT - timedelta(hours=2), 4), counted(EIGHT - timedelta(hours=1), 7)]
    came = [arrives(5, "a"), arrives(50, "b"), arrives(130, "c")]
    found = hourly_arrivals(seen(before + came, EIGHT + timedelta(minutes=140)), "demo/ed", back=timedelta(days=2))
    assert (found.start, found.counts, found.running) == (EIGHT - timedelta(hours=2), (4, 7, 2, 0), 1)


def test_a_cancelled_arrival_is_not_counted(seen: Look) -> None:
    gone = Draft(
        id="x",
        kind="stay.cancelled",
        occurred_at=EIGHT + timedelta(minutes=9),
        source="adt",
        about=About(encounter="a"),
        payload={"target": "stay.arrived"},
    )
    view = seen([arrives(5, "a"), arrives(6, "b"), gone], EIGHT + timedelta(hours=1))
    assert hourly_arrivals(view, "demo/ed", back=timedelta(days=1)).counts == (1,)


def cancelled(minute: int, target: datetime | None) -> Draft:
    told = {"target": "stay.arrived"} | ({"target_occurred_at": iso(target)} if target else {})
    at = EIGHT + timedelta(minutes=minute)
    about = About(encounter="a")
    return Draft(id="x", kind="stay.cancelled", occurred_at=at, source="adt", about=about, payload=told)


def again(minute: int) -> Draft:
    return replace(arrives(minute, "a"), id=f"again{minute}")


def test_a_cancel_that_names_an_arrival_takes_that_one_alone(seen: Look) -> None:
    gone = cancelled(70, EIGHT + timedelta(minutes=5))
    view = seen([arrives(5, "a"), again(65), gone, arrives(1, "b")], EIGHT + timedelta(hours=2))
    assert hourly_arrivals(view, "demo/ed", back=timedelta(days=1)).counts == (1, 1)


def test_a_cancel_that_names_no_arrival_of_the_stay_takes_none(seen: Look) -> None:
    view = seen([arrives(5, "a"), cancelled(9, EIGHT)], EIGHT + timedelta(hours=1))
    assert hourly_arrivals(view, "demo/ed", back=timedelta(days=1)).counts == (1,)


def test_a_cancel_without_a_time_takes_none_of_two_arrivals(seen: Look) -> None:
    elsewhere = replace(again(6), about=About(unit="demo/4a", encounter="a"))
    view = seen([arrives(5, "a"), elsewhere, cancelled(9, None)], EIGHT + timedelta(hours=1))
    assert hourly_arrivals(view, "demo/ed", back=timedelta(days=1)).counts == (1,)


def test_another_unit_is_another_count(seen: Look) -> None:
    view = seen([arrives(5, "a")], EIGHT + timedelta(hours=1))
    assert hourly_arrivals(view, "demo/4a", back=timedelta(days=1)).counts == ()
