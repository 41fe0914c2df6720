import numpy as np
import pytest
from scipy.special import expit, logit

from wardwise.errors import ImpossibleValue
from wardwise.learn.metrics.probability import brier, calibration, reliability

CHANCE = np.random.default_rng(11)
TRUE = expit(CHANCE.normal(-1, 1.2, 40_000))
CAME = CHANCE.random(TRUE.size) < TRUE


def test_true_probabilities_have_slope_one_and_no_shift() -> None:
    found = calibration(CAME, TRUE)
    assert found.slope == pytest.approx(1.0, abs=0.04)
    assert found.intercept == pytest.approx(0.0, abs=0.04)


def test_probabilities_too_far_apart_and_too_high_are_told() -> None:
    found = calibration(CAME, expit(2 * logit(TRUE) + 0.5))
    assert found.slope == pytest.approx(0.5, abs=0.02)
    assert calibration(CAME, expit(logit(TRUE) + 0.5)).intercept == pytest.approx(-0.5, abs=0.04)


def test_labels_told_apart_without_an_error_have_no_finite_slope_and_one_probability_none() -> None:
    labels = np.array([False, False, True, True])
    assert calibration(labels, np.array([0.1, 0.2, 0.8, 0.9])).slope == float("inf")
    assert np.isnan(calibration(labels, np.full(4, 0.5)).slope)


def test_brier_is_the_mean_square() -> None:
    assert brier(np.array([True, False]), np.array([0.8, 0.4])) == pytest.approx((0.04 + 0.16) / 2)


def test_the_reliability_curve_of_true_probabilities_lies_on_the_diagonal() -> None:
    bands = reliability(CAME, TRUE)
    assert sum(band.n for band in bands) == TRUE.size
    assert len(bands) == 10
    assert max(band.n for band in bands) - min(band.n for band in bands) <= 1
    assert max(abs(band.said - band.came.point) for band in bands) < 0.025
    assert all(band.came.low < band.came.point < band.came.high for band in bands)
    assert [band.said for band in bands] == sorted(band.said for band in bands)


def test_equal_probabilities_stay_in_one_band() -> None:
    bands = reliability(np.array([True, False] * 50), np.array([0.2, 0.7] * 50))
    assert [(band.n, round(band.said, 6), band.came.point) for band in bands] == [(50, 0.2, 1.0), (50, 0.7, 0.0)]


@pytest.mark.parametrize("wrong", [[0.2], [0.2, 1.2], [0.2, float("nan")]])
def test_what_is_no_probability_is_refused(wrong: list[float]) -> None:
    with pytest.raises(ImpossibleValue):
        brier(np.array([True, False]), np.array(wrong))
