import numpy as np
import pytest

from wardwise.errors import ImpossibleValue
from wardwise.learn.counts.naive import learn_errors, mean_of_last


def test_seasonal_naive_repeats_the_last_week():
    past = np.arange(14.0)
    assert mean_of_last(past, steps=3, period=7, repeats=1).tolist() == [7.0, 8.0, 9.0]


def test_the_mean_of_two_weeks_takes_the_same_weekdays():
    past = np.arange(14.0)
    assert mean_of_last(past, steps=2, period=7, repeats=2).tolist() == [3.5, 4.5]


def test_an_unreported_day_is_left_out_of_the_mean():
    past = np.array([4.0, np.nan, 8.0, 6.0])
    assert mean_of_last(past, steps=2, period=2, repeats=2).tolist() == [6.0, 6.0]


@pytest.mark.parametrize(("steps", "repeats"), [(8, 1), (7, 3)])
def test_more_than_the_past_can_tell_is_refused(steps, repeats):
    with pytest.raises(ImpossibleValue):
        mean_of_last(np.arange(14.0), steps=steps, period=7, repeats=repeats)


def test_errors_of_a_series_that_rises_by_four_each_week_lie_four_above():
    values = np.repeat([100.0, 104.0, 108.0], 7)
    found = learn_errors(values, period=7, repeats=1, levels=np.array([0.5]))
    assert found.around(np.array([100.0]))[0, 0] == pytest.approx(104.0, abs=0.1)
