"""Scores of predicted quantiles: pinball loss, and the CRPS built from it."""

import numpy as np
import numpy.typing as npt

from wardwise.errors import ImpossibleValue

Floats = npt.NDArray[np.float64]

CRPS_LEVELS: tuple[float, ...] = tuple(round(0.05 * step, 2) for step in range(1, 20))


def pinball(observed: Floats, predicted: Floats, level: float) -> float:
    """Mean pinball loss of one quantile (Koenker and Bassett 1978)."""
    if not 0.0 < level < 1.0:
        raise ImpossibleValue(what=f"quantile level {level} is not inside 0 to 1", remedy="Give for example 0.9")
    over = observed - predicted
    return float(np.maximum(level * over, (level - 1.0) * over).mean())


def crps(observed: Floats, quantiles: Floats) -> float:
    """Twice the mean pinball loss over .05, .10 ... .95; one row of quantiles per observation."""
    if quantiles.shape != (observed.size, len(CRPS_LEVELS)):
        raise ImpossibleValue(
            what=f"quantiles of shape {quantiles.shape} for {observed.size} observations",
            remedy=f"Give {len(CRPS_LEVELS)} quantiles, .05 to .95, for each observation",
        )
    losses = [pinball(observed, quantiles[:, k], level) for k, level in enumerate(CRPS_LEVELS)]
    return 2.0 * float(np.mean(losses))
