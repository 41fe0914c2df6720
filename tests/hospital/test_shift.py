from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wardwise.hospital.shift import ShiftPattern, shifts_from

DAY, NIGHT = ShiftPattern("day", time(7), 12), ShiftPattern("night", time(19), 12)
CHICAGO, LONDON = "America/Chicago", "Europe/London"


def test_at_three_in_the_morning_the_night_of_the_day_before_is_running() -> None:
    shifts = shifts_from(datetime(2026, 3, 1, 9, 0, tzinfo=UTC), (DAY, NIGHT), CHICAGO, count=3)
    assert [shift.key for shift in shifts] == ["2026-02-28/night", "2026-03-01/day", "2026-03-01/night"]


def test_a_shift_that_ends_now_is_over() -> None:
    seven = DAY.on(date(2026, 3, 1), CHICAGO).start
    assert shifts_from(seven, (DAY, NIGHT), CHICAGO, count=1)[0].key == "2026-03-01/day"


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        (CHICAGO, date(2026, 3, 7), 11),
        (CHICAGO, date(2026, 10, 31), 13),
        (LONDON, date(2026, 3, 28), 11),
        (LONDON, date(2026, 10, 24), 13),
        (CHICAGO, date(2026, 3, 6), 12),
    ],
)
def test_the_night_the_clocks_change_ends_when_the_day_begins(zone: str, day: date, hours: int) -> None:
    night = NIGHT.on(day, zone)
    assert night.end == DAY.on(day + timedelta(days=1), zone).start
    assert (night.end - night.start) / timedelta(hours=1) == hours
    assert night.end.astimezone(ZoneInfo(zone)).time() == time(7)


EIGHTS = (ShiftPattern("early", time(6, 30), 8), ShiftPattern("late", time(14, 30), 8))
NIGHT_OF_EIGHT = ShiftPattern("night", time(22, 30), 8)
AT_THE_CHANGE = (ShiftPattern("first", time(1, 30), 12), ShiftPattern("second", time(13, 30), 12))


@pytest.mark.parametrize("zone", [CHICAGO, LONDON])
@pytest.mark.parametrize("patterns", [(DAY, NIGHT), (*EIGHTS, NIGHT_OF_EIGHT), AT_THE_CHANGE])
@given(start=st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)))
@example(start=datetime(2026, 3, 8, 7, tzinfo=UTC))
@example(start=datetime(2026, 11, 1, 6, tzinfo=UTC))
@example(start=datetime(2026, 3, 29, tzinfo=UTC))
@example(start=datetime(2026, 10, 25, tzinfo=UTC))
def test_at_any_instant_of_a_year_one_shift_runs_and_the_next_begins_where_it_ends(
    patterns: tuple[ShiftPattern, ...], zone: str, start: datetime
) -> None:
    running, following, after = shifts_from(start, patterns, zone, count=3)
    assert running.start <= start < running.end
    assert (running.end, following.end) == (following.start, after.start)


@pytest.mark.parametrize("zone", [CHICAGO, LONDON])
def test_the_shifts_of_a_year_meet_without_a_gap(zone: str) -> None:
    shifts = shifts_from(datetime(2026, 1, 1, 12, tzinfo=UTC), (DAY, NIGHT), zone, count=2 * 366)
    assert all(one.end == other.start for one, other in pairwise(shifts))
