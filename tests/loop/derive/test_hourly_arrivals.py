from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from wardwise.hospital.moment import iso
from wardwise.loop.capture.event import About, Draft
from wardwise.loop.capture.ids import event_id
from wardwise.loop.capture.instant import Instant
from wardwise.loop.capture.log import Batch
from wardwise.loop.capture.two_sources import marked
from wardwise.loop.derive.history import History
from wardwise.loop.derive.state.arrivals import arrivals_between, hourly_arrivals
from wardwise.loop.derive.view import View
from wardwise.sites.load import load_site
from wardwise.sites.two_sources import TwoSources
from wardwise.stores.memory.log import MemoryLog

ED = "demo/ed"
HOUR = timedelta(hours=1)
EIGHT = datetime(2026, 3, 2, 8, tzinfo=UTC)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Door:
    """What is told of arrivals; everything is known when it happened."""

    def __init__(self) -> None:
        self.folder = load_site(Path(__file__).parents[3] / "sites" / "demo")
        self.log = MemoryLog()
        self.lease = self.log.lease("demo", "test")
        self.count = 0

    def tell(self, letter: str, kind: str, at: datetime, about: About, payload: dict[str, Any]) -> None:
        self.count += 1
        identifier = event_id(letter, raw="test", index=self.count, mapping="test@1")
        draft = Draft(
            id=identifier, kind=kind, occurred_at=at, source="test", about=about, payload=payload, known_at=at
        )
        self.log.append(self.lease, Batch([draft]), EIGHT)

    def arrived(self, *at: datetime) -> None:
        for each in at:
            about = About(unit=ED, encounter=f"e{self.count}")
            self.tell("s", "stay.arrived", each, about, {"class": "emergency"})

    def counted(self, hour: datetime, count: int) -> None:
        self.tell("b", "arrivals.counted", hour, About(unit=ED), {"hour": iso(hour), "count": count})

    def silence(self, since: datetime, told: datetime, until: datetime | None = None, *, feed: str = "adt") -> None:
        self.tell("g", "feed.silent", told, About(), {"feed": feed, "state": "silent", "last_at": iso(since)})
        if until:
            self.tell("g", "feed.silent", until, About(), {"feed": feed, "state": "speaking", "last_at": iso(until)})

    def view(self, at: datetime = NOON) -> View:
        instant = Instant(at, self.log.head("demo").position)
        return View(self.folder, instant, History(self.log, "demo"), None)  # type: ignore[arg-type]


@pytest.fixture
def door() -> Door:
    return Door()


def counts(door: Door, at: datetime = NOON) -> tuple[int | None, ...]:
    return hourly_arrivals(door.view(at), ED, back=timedelta(days=1)).counts


def test_nobody_has_told_of_anything(door: Door) -> None:
    told = hourly_arrivals(door.view(), ED, back=timedelta(days=1))
    assert (told.start, told.counts, told.running, told.sources) == (NOON, (), 0, ())


def test_an_hour_in_which_nobody_came_is_zero_once_arrivals_are_told(door: Door) -> None:
    door.arrived(EIGHT, EIGHT + 3 * HOUR)
    assert counts(door) == (1, 0, 0, 1)


def test_an_hour_before_the_first_arrival_that_nobody_counted_is_not_zero(door: Door) -> None:
    door.counted(EIGHT, 5)
    door.arrived(EIGHT + 2 * HOUR)
    assert counts(door) == (5, None, 1, 0)


def test_a_counted_hour_wins_over_its_stays(door: Door) -> None:
    door.arrived(EIGHT, EIGHT + HOUR)
    door.counted(EIGHT, 3)
    assert counts(door, EIGHT + 2 * HOUR) == (3, 1)


def test_hours_of_a_silence_in_which_nobody_came_are_not_zero(door: Door) -> None:
    door.arrived(EIGHT, EIGHT + 3 * HOUR + timedelta(minutes=30))
    door.silence(EIGHT + timedelta(minutes=10), EIGHT + HOUR, EIGHT + 3 * HOUR)
    assert counts(door) == (1, None, None, 1)


def test_a_silence_that_lasts_goes_on_to_now(door: Door) -> None:
    door.arrived(EIGHT, EIGHT + HOUR)
    door.silence(EIGHT + HOUR + timedelta(minutes=50), EIGHT + 3 * HOUR)
    assert counts(door) == (1, 1, None, None)


def test_what_was_told_late_of_a_silence_counts(door: Door) -> None:
    door.arrived(EIGHT, EIGHT + HOUR, EIGHT + HOUR + timedelta(minutes=1), EIGHT + 3 * HOUR)
    door.silence(EIGHT + timedelta(minutes=10), EIGHT + HOUR, EIGHT + 3 * HOUR)
    assert counts(door) == (1, 2, None, 1)


def test_the_hour_going_on_is_counted_apart(door: Door) -> None:
    door.arrived(EIGHT, NOON + timedelta(minutes=5))
    assert hourly_arrivals(door.view(NOON + timedelta(minutes=10)), ED, back=timedelta(days=1)).running == 1


def test_arrivals_between_two_instants_count_by_their_instant(door: Door) -> None:
    door.arrived(EIGHT, EIGHT + timedelta(minutes=30), EIGHT + HOUR, EIGHT + timedelta(minutes=90))
    half = timedelta(minutes=30)
    assert arrivals_between(door.view(), ED, EIGHT + half, EIGHT + 3 * half) == 2
    assert arrivals_between(door.view(), ED, EIGHT, EIGHT + half) == 1


def test_a_part_of_a_counted_hour_counts_by_its_share(door: Door) -> None:
    door.counted(EIGHT, 8)
    door.counted(EIGHT + HOUR, 4)
    assert arrivals_between(door.view(), ED, EIGHT + timedelta(minutes=45), EIGHT + 2 * HOUR) == 6


def test_hours_nobody_told_of_make_the_count_unknown(door: Door) -> None:
    door.counted(EIGHT, 8)
    assert arrivals_between(door.view(), ED, EIGHT, EIGHT + 2 * HOUR) is None


def with_beds(door: Door) -> None:
    """Bed management tells of arrivals as well."""
    pair = TwoSources.model_validate({"kind": "stays", "feeds": ["adt", "beds"]})
    contract = door.folder.contracts["adt"].model_copy(update={"feed": "beds"})
    site = door.folder.site.model_copy(update={"two_sources": (pair,)})
    door.folder = replace(door.folder, site=site, contracts={**door.folder.contracts, "beds": contract})


def test_of_two_feeds_that_tell_of_arrivals_hours_are_unknown_only_where_both_were_silent(door: Door) -> None:
    with_beds(door)
    door.arrived(EIGHT, EIGHT + 3 * HOUR)
    door.silence(EIGHT + timedelta(minutes=10), EIGHT + HOUR, EIGHT + 3 * HOUR)
    assert counts(door) == (1, 0, 0, 1)
    within, after = EIGHT + 2 * HOUR + timedelta(minutes=20), EIGHT + 3 * HOUR
    door.silence(within, after, feed="beds")
    assert counts(door) == (1, 0, None, 1)


def test_two_silences_of_one_hour_that_do_not_meet_leave_nothing_unknown(door: Door) -> None:
    with_beds(door)
    door.arrived(EIGHT, EIGHT + 3 * HOUR)
    for feed, minute in (("beds", 10), ("adt", 40)):
        since = EIGHT + HOUR + timedelta(minutes=minute)
        door.silence(since, since + timedelta(minutes=9), since + timedelta(minutes=10), feed=feed)
    assert counts(door) == (1, 0, 0, 1)


def test_arrivals_of_a_second_source_that_stands_by_are_not_counted(door: Door) -> None:
    with_beds(door)
    door.arrived(EIGHT)
    about = About(unit=ED, encounter="by beds alone")
    second = Draft(
        id="s1", kind="stay.arrived", occurred_at=EIGHT, source="beds", about=about, payload={"class": "emergency"}
    )
    door.log.append(door.lease, Batch([marked(second)]), EIGHT)
    assert counts(door)[0] == 1
