from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from wardwise.learn.counts.series import HourlySeries
from wardwise.workflows.ed_demand.local_hours import number_of
from wardwise.workflows.ed_demand.mean_of_eight import mean_outlook
from wardwise.workflows.ed_demand.outlook import stretch
from wardwise.workflows.ed_demand.place import Place

UTC_PLACE = Place("UTC", "XX")
CHICAGO = Place("America/Chicago", "XX")
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_a_stretch_counts_cut_hours_by_their_part() -> None:
    part = stretch(NOON + timedelta(minutes=45), NOON + timedelta(minutes=165))
    assert part.first == number_of(NOON)
    assert part.weights.tolist() == [0.25, 1.0, 0.75]


def test_a_stretch_of_whole_hours_touches_no_hour_more() -> None:
    assert stretch(NOON, NOON + timedelta(hours=4)).weights.tolist() == [1.0, 1.0, 1.0, 1.0]


def test_a_stretch_within_one_hour_is_a_part_of_it() -> None:
    assert stretch(NOON + timedelta(minutes=15), NOON + timedelta(minutes=30)).weights.tolist() == [0.25]


def weekly(values: list[float], *, end: int) -> HourlySeries:
    """The same count in all hours of a week, one value per week, oldest first."""
    counts = np.repeat(np.array(values), 168)
    return HourlySeries(end - counts.size, counts)


def test_the_rule_is_the_mean_of_the_last_eight_same_hours_and_leaves_older_ones_out() -> None:
    end = number_of(NOON)
    outlook = mean_outlook(weekly([99, 1, 2, 3, 4, 5, 6, 7, 8], end=end), UTC_PLACE, first=end, hours=168)
    assert outlook is not None
    assert outlook.means.tolist() == [4.5] * 168


def test_hours_nobody_told_of_are_passed_over_for_older_ones() -> None:
    end = number_of(NOON)
    outlook = mean_outlook(weekly([50, 2, 2, 2, 2, 2, 2, 2, np.nan], end=end), UTC_PLACE, first=end, hours=1)
    assert outlook is not None
    assert outlook.means.tolist() == [8.0]  # (7 x 2 + 50) / 8


def test_two_weeks_are_too_few_to_know_how_far_the_rule_lies_off() -> None:
    end = number_of(NOON)
    assert mean_outlook(weekly([3, 3], end=end), UTC_PLACE, first=end, hours=168) is None
    assert mean_outlook(weekly([3, 3, 3], end=end), UTC_PLACE, first=end, hours=168) is not None


def test_ranges_come_from_past_errors_and_a_series_without_any_has_none() -> None:
    end = number_of(NOON)
    outlook = mean_outlook(weekly([4] * 6, end=end), UTC_PLACE, first=end, hours=8)
    assert outlook is not None
    assert outlook.over(stretch(NOON, NOON + timedelta(hours=4)), (0.1, 0.5, 0.9)).tolist() == [16.0, 16.0, 16.0]


def test_ranges_are_never_below_zero() -> None:
    end = number_of(NOON)
    outlook = mean_outlook(weekly([1, 9, 0, 8, 0, 1], end=end), UTC_PLACE, first=end, hours=2)
    assert outlook is not None
    assert outlook.hourly((0.025,)).min() >= 0.0


def test_after_the_clocks_changed_the_rule_still_compares_equal_local_hours() -> None:
    first = datetime(2026, 3, 9, 13, tzinfo=UTC)  # 08:00 in Chicago, which was 14:00 UTC the week before
    end = number_of(first)
    start = end - 8 * 168
    local_eight = np.array([9.0 if hour % 24 == 14 else 1.0 for hour in range(start, end)])
    outlook = mean_outlook(HourlySeries(start, local_eight), CHICAGO, first=end, hours=2)
    assert outlook is not None
    assert outlook.means.tolist() == [9.0, 1.0]


@pytest.mark.parametrize("later", [5.0, 500.0])
def test_the_rule_reads_nothing_from_its_first_hour_on(later: float) -> None:
    end = number_of(NOON)
    series = HourlySeries(end - 168 * 5, np.append(np.full(168 * 5, 3.0), [later] * 24))
    outlook = mean_outlook(series, UTC_PLACE, first=end, hours=30)
    assert outlook is not None
    assert outlook.means.tolist() == [3.0] * 30
