import numpy as np
import pytest

from wardwise.learn.counts.hour_shares import hours_followed
from wardwise.learn.counts.learn_spread import ForecastWeeks, learn_spread
from wardwise.learn.counts.series import Calendar
from wardwise.learn.counts.spread import DailyNoise, Spread, window_sums


def test_the_variance_of_a_window_over_midnight_is_the_one_done_by_hand():
    """Hours 10 | 10, 10: one before midnight, two after.

    30 (Poisson) + .01 x 300 (hours) + .02 x 100 + .03 x 400 (days) + .001 x 900 (level) = 47.9
    """
    noise = DailyNoise(day=np.array([1, 2, 2]), variance=np.array([0.02, 0.03, 0.03]))
    sums = window_sums(np.full(3, 10.0), noise, starts=np.array([0]), stops=np.array([3]))
    assert Spread(0.01, 0.02, 0.001).variance(sums)[0] == pytest.approx(47.9)


def test_the_noise_of_days_is_greater_in_winter_where_the_wave_says_so():
    spread = Spread(0.0, 0.002, 0.0, day_cosine=0.003)
    january, july = spread.of_days(np.array([1, 183]))
    assert january == pytest.approx(0.005, rel=0.01)
    assert july == 0.0


def test_the_three_sources_of_noise_are_told_apart():
    generator = np.random.default_rng(11)
    expected = np.full((1500, 7, 24), 50.0)
    level = 1 + 0.05 * generator.standard_normal((1500, 1, 1))
    day = 1 + 0.08 * generator.standard_normal((1500, 7, 1))
    hour = 1 + 0.10 * generator.standard_normal((1500, 7, 24))
    observed = generator.poisson(expected * level * day * hour).astype(np.float64)
    found = learn_spread(ForecastWeeks(expected, observed, np.tile(np.arange(1, 8), (1500, 1))))
    assert found.hour == pytest.approx(0.10**2, rel=0.15)
    assert found.day == pytest.approx(0.08**2, rel=0.15)
    assert found.level == pytest.approx(0.05**2, rel=0.15)


def test_a_rest_day_takes_the_hours_of_a_sunday():
    monday = np.arange(24)
    rest = Calendar(0, monday, np.ones(24, int), np.zeros(24, int), {"holiday": np.ones(24, bool)})
    plain = Calendar(0, monday, np.ones(24, int), np.zeros(24, int))
    assert hours_followed(rest, "holiday").tolist() == list(range(144, 168))
    assert hours_followed(plain, "holiday").tolist() == list(range(24))
