"""The dull forecasts every model is measured against."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from wardwise.errors import ImpossibleValue

Floats = npt.NDArray[np.float64]


def mean_of_last(past: Floats, *, steps: int, period: int, repeats: int) -> Floats:
    """Mean of the last `repeats` values at the same place in the period; one repeat is the seasonal naive.

    Unreported values (NaN) are left out. At most one period ahead, since only then all values are past.
    """
    if steps > period or past.size < period * repeats:
        raise ImpossibleValue(
            what=f"{steps} steps from {past.size} values with {repeats} periods of {period}",
            remedy="Ask for at most one period, and give a longer past",
        )
    same_place = past[past.size - period * repeats :].reshape(repeats, period)[:, :steps]
    reported = np.isfinite(same_place)
    sums = np.where(reported, same_place, 0.0).sum(axis=0)
    return np.asarray(sums / np.maximum(reported.sum(axis=0), 1), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class ErrorQuantiles:
    """Quantiles of past errors in units of the square root of the forecast."""

    scaled: tuple[float, ...]

    def around(self, points: Floats) -> Floats:
        """One row of quantiles per point, never below zero."""
        spread = np.sqrt(np.maximum(points, 1.0))[:, None]
        ranges = points[:, None] + spread * np.asarray(self.scaled)
        return np.asarray(np.maximum(ranges, 0.0), dtype=np.float64)


def learn_errors(values: Floats, *, period: int, repeats: int, levels: Floats) -> ErrorQuantiles:
    """Errors one period ahead over a whole training series."""
    forecasts = [
        mean_of_last(values[:start], steps=min(period, values.size - start), period=period, repeats=repeats)
        for start in range(period * repeats, values.size, period)
    ]
    points = np.concatenate(forecasts)
    errors = (values[period * repeats :] - points) / np.sqrt(np.maximum(points, 1.0))
    return ErrorQuantiles(tuple(np.nanquantile(errors, levels).tolist()))
