"""The roll: who is away, seen by every process that maps it, also where the clock is set back."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from wardwise.loop.capture.absence import Absence, Why
from wardwise.stores.roll import Roll

AT = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
LATER = AT + timedelta(seconds=3)
TICK = timedelta(microseconds=1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "roll"


def test_nobody_is_away_at_the_beginning(path: Path) -> None:
    roll = Roll.create(path)
    assert roll.absences() == []
    assert not roll.is_away("mllp")
    assert path.stat().st_mode & 0o077 == 0


def test_an_absence_and_its_end_are_seen_through_another_mapping(path: Path) -> None:
    roll, other = Roll.create(path), Roll(path)
    roll.away("mllp", Why.SILENT, AT)
    roll.away("mllp", Why.ENDED, LATER)  # it lasts: what was said first stays
    assert other.absences() == [Absence("mllp", Why.SILENT, AT)]
    roll.back("mllp", LATER)
    roll.back("mllp", LATER + TICK)
    assert other.absences() == [Absence("mllp", Why.SILENT, AT, LATER)]
    roll.away("http", Why.ENDED, LATER)
    assert [each.process for each in other.absences()] == ["mllp", "http"]


def test_a_clock_set_back_neither_hides_an_absence_nor_its_end(path: Path) -> None:
    roll = Roll.create(path)
    roll.away("worker", Why.ENDED, LATER)
    roll.back("worker", AT)
    assert roll.absences() == [Absence("worker", Why.ENDED, LATER, LATER + TICK)]
    roll.away("worker", Why.ENDED, AT)
    assert roll.is_away("worker")


def test_signs_of_life_are_counted_by_process(path: Path) -> None:
    roll, other = Roll.create(path), Roll(path)
    for _ in range(3):
        other.sign("mllp")
    other.sign("http")
    assert [roll.signs(each) for each in ("worker", "mllp", "http")] == [0, 3, 1]


def test_a_roll_made_anew_does_not_disturb_who_maps_the_old_one(path: Path) -> None:
    old = Roll.create(path)
    old.away("mllp", Why.ENDED, AT)
    fresh = Roll.create(path)
    assert (old.is_away("mllp"), fresh.is_away("mllp")) == (True, False)
    old.close()
    fresh.close()
