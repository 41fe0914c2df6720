"""Scores of one forecaster over all origins, under the names `wardwise evaluate` prints."""

import numpy as np
import numpy.typing as npt

from wardwise.learn.metrics.coverage import block_bootstrap, coverage, inside
from wardwise.learn.metrics.point import mae, rmse
from wardwise.learn.metrics.quantile import crps
from wardwise.rehearse.backtest.origins import DAY_LEVELS, WEEK_DAYS, Judged

Floats = npt.NDArray[np.float64]
Scores = dict[str, dict[str, float | int]]

_DIGITS = 6
_LOW, _MIDDLE, _HIGH = (int(np.flatnonzero(np.isclose(DAY_LEVELS, level))[0]) for level in (0.1, 0.5, 0.9))


def scores(judged: list[Judged], *, seed: int) -> Scores:
    """Daily, hourly and 10-h scores; the seed draws the blocks of the coverage interval."""
    return {"daily": _daily(judged, seed), "hourly": _hourly(judged), "sum10h": _sums(judged)}


def _daily(judged: list[Judged], seed: int) -> dict[str, float | int]:
    """Days at horizons 1 to 7; the point is the median."""
    observed = np.concatenate([one.days for one in judged])
    ranges = np.concatenate([one.forecast.daily for one in judged])
    hits = [inside(one.days, one.forecast.daily[:, _LOW], one.forecast.daily[:, _HIGH]) for one in judged]
    interval = block_bootstrap(
        np.array([float(one.sum()) for one in hits]),
        np.array([float(one.size) for one in hits]),
        block=WEEK_DAYS,
        seed=seed,
    )
    return {
        "mae": round(mae(observed, ranges[:, _MIDDLE]), _DIGITS),
        "rmse": round(rmse(observed, ranges[:, _MIDDLE]), _DIGITS),
        "crps": round(crps(observed, ranges), _DIGITS),
        "coverage80": round(interval.point, _DIGITS),
        "coverage80_low": round(interval.low, _DIGITS),
        "coverage80_high": round(interval.high, _DIGITS),
        "n": int(observed.size),
    }


def _hourly(judged: list[Judged]) -> dict[str, float | int]:
    """Hours 1 to 168."""
    observed = np.concatenate([one.hours for one in judged])
    ranges = np.concatenate([one.forecast.hourly for one in judged])
    return {
        "mae": round(mae(observed, ranges[:, 1]), _DIGITS),
        "coverage80": round(coverage(observed, ranges[:, 0], ranges[:, 2]), _DIGITS),
        "n": int(observed.size),
    }


def _sums(judged: list[Judged]) -> dict[str, float | int]:
    """Every run of ten hours within the week ahead."""
    observed = np.concatenate([one.sums for one in judged])
    predicted = np.concatenate([one.forecast.sums for one in judged])
    return {"mae": round(mae(observed, predicted), _DIGITS), "n": int(observed.size)}
