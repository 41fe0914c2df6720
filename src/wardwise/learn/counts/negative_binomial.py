"""Quantiles of negative binomial counts from their mean and variance."""

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln

Floats = npt.NDArray[np.float64]

_TINY_MEAN = 1e-9
_LARGEST_SIZE = 1e7
_TAIL_SPREADS = 9.0


def quantiles(mean: Floats, variance: Floats, levels: Floats) -> Floats:
    """One row per mean, one column per level; a variance not above the mean gives the Poisson law.

    Counts are spread over the unit around them (the cumulative share is drawn straight through k + 1/2), so
    that a quantile rises smoothly with its level and rounds to the whole-number quantile.
    """
    mean = np.maximum(mean, _TINY_MEAN)
    spread = np.sqrt(np.maximum(variance, mean))
    lowest = max(0, int(np.floor((mean - _TAIL_SPREADS * spread).min())))
    highest = int(np.ceil((mean + _TAIL_SPREADS * spread).max())) + 12
    counts = np.arange(lowest, highest + 1, dtype=np.float64)
    cumulative = np.cumsum(_mass(mean[:, None], variance[:, None], counts), axis=1)
    position = (cumulative[:, None, :] < levels[None, :, None]).sum(axis=2)
    position = np.minimum(position, counts.size - 1)
    padded = np.concatenate([np.zeros((mean.size, 1)), cumulative], axis=1)
    below = np.take_along_axis(padded, position, axis=1)
    step = np.take_along_axis(cumulative, position, axis=1) - below
    share = (levels[None, :] - below) / np.maximum(step, _TINY_MEAN)
    return np.asarray(np.maximum(counts[position] - 0.5 + np.clip(share, 0.0, 1.0), 0.0), dtype=np.float64)


def _mass(mean: Floats, variance: Floats, counts: Floats) -> Floats:
    """Probability of each count; the size parameter is mean squared over the variance beyond Poisson."""
    beyond = np.maximum(variance - mean, mean * mean / _LARGEST_SIZE)
    size = mean * mean / beyond
    log_mass = (
        gammaln(counts + size)
        - gammaln(size)
        - gammaln(counts + 1.0)
        + size * np.log(size / (size + mean))
        + counts * np.log(mean / (size + mean))
    )
    return np.asarray(np.exp(log_mass), dtype=np.float64)
