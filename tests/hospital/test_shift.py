from datetime import UTC, date, datetime, time

from wardwise.hospital.shift import ShiftPattern, shifts_from

DAY, NIGHT = ShiftPattern("day", time(7), 12), ShiftPattern("night", time(19), 12)
CHICAGO = "America/Chicago"


def test_at_three_in_the_morning_the_night_of_the_day_before_is_running() -> None:
    shifts = shifts_from(datetime(2026, 3, 1, 9, 0, tzinfo=UTC), (DAY, NIGHT), CHICAGO, count=3)
    assert [shift.key for shift in shifts] == ["2026-02-28/night", "2026-03-01/day", "2026-03-01/night"]


def test_a_shift_that_ends_now_is_over() -> None:
    seven = DAY.on(date(2026, 3, 1), CHICAGO).start
    assert shifts_from(seven, (DAY, NIGHT), CHICAGO, count=1)[0].key == "2026-03-01/day"


def test_the_night_the_clocks_change_is_still_twelve_hours_of_work() -> None:
    night = NIGHT.on(date(2026, 3, 7), CHICAGO)
    assert (night.end - night.start).total_seconds() == 12 * 3600
