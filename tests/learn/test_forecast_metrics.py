import numpy as np
import pytest

from wardwise.errors import ImpossibleValue
from wardwise.learn.metrics.coverage import block_bootstrap, coverage
from wardwise.learn.metrics.point import mae, mape, rmse
from wardwise.learn.metrics.quantile import CRPS_LEVELS, crps, pinball

OBSERVED = np.array([10.0, 20.0, 30.0])
PREDICTED = np.array([12.0, 20.0, 26.0])


def test_point_errors_of_three_days_are_those_done_by_hand():
    assert mae(OBSERVED, PREDICTED) == 2.0
    assert rmse(OBSERVED, PREDICTED) == pytest.approx(np.sqrt(20 / 3))
    assert mape(OBSERVED, PREDICTED) == pytest.approx(100 * (0.2 + 0 + 4 / 30) / 3)


@pytest.mark.parametrize("predicted", [np.array([1.0]), np.array([1.0, 2.0, 3.0, 4.0])])
def test_observations_without_a_prediction_are_refused(predicted):
    with pytest.raises(ImpossibleValue, match="one prediction for each"):
        mae(OBSERVED, predicted)


def test_a_percentage_error_of_zeros_alone_is_refused():
    with pytest.raises(ImpossibleValue, match="every observation is zero"):
        mape(np.zeros(2), np.ones(2))


@pytest.mark.parametrize(("observed", "loss"), [(12.0, 1.8), (8.0, 0.2), (10.0, 0.0)])
def test_a_high_quantile_costs_nine_times_more_below_what_came_than_above_it(observed, loss):
    assert pinball(np.array([observed]), np.array([10.0]), 0.9) == pytest.approx(loss)


def test_a_level_outside_zero_to_one_is_refused():
    with pytest.raises(ImpossibleValue, match="inside 0 to 1"):
        pinball(OBSERVED, PREDICTED, 1.0)


def test_the_crps_of_a_certain_forecast_is_its_absolute_error():
    certain = np.repeat(PREDICTED[:, None], len(CRPS_LEVELS), axis=1)
    assert crps(OBSERVED, certain) == pytest.approx(mae(OBSERVED, PREDICTED))


def test_quantiles_of_another_shape_are_refused():
    with pytest.raises(ImpossibleValue, match="19 quantiles"):
        crps(OBSERVED, np.zeros((3, 5)))


def test_both_ends_of_a_range_belong_to_it():
    assert coverage(np.array([1.0, 2.0, 3.0]), np.array([1.0, 0.0, 0.0]), np.array([5.0, 2.0, 1.0])) == 2 / 3


def test_days_that_miss_together_make_the_interval_wider_than_days_that_miss_apart():
    together = np.repeat([1.0, 0.0, 1.0, 1.0], 28)
    apart = np.tile([1.0, 0.0, 1.0, 1.0], 28)
    wide = block_bootstrap(together, np.ones(112), block=7, seed=1)
    narrow = block_bootstrap(apart, np.ones(112), block=7, seed=1)
    assert wide.point == narrow.point == 0.75
    assert wide.high - wide.low > 2 * (narrow.high - narrow.low)


def test_the_same_seed_draws_the_same_interval():
    hits = np.tile([1.0, 1.0, 0.0, 1.0, 1.0], 20)
    one = block_bootstrap(hits, np.ones(100), block=7, seed=3)
    assert one == block_bootstrap(hits, np.ones(100), block=7, seed=3)
    assert one != block_bootstrap(hits, np.ones(100), block=7, seed=4)


def test_a_bootstrap_of_no_days_is_refused():
    with pytest.raises(ImpossibleValue):
        block_bootstrap(np.array([]), np.array([]), block=7, seed=1)
