"""Whether probabilities mean what they say: Brier score, calibration slope and intercept, reliability curve."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.special import expit, logit

from wardwise.errors import ImpossibleValue
from wardwise.learn.metrics.coverage import Interval
from wardwise.learn.metrics.proportion import wilson

Floats = npt.NDArray[np.float64]
Booleans = npt.NDArray[np.bool_]

_NEAREST = 1e-6  # to 0 or 1: what has no logit
_STEPS, _SMALL = 100, 1e-10
_WIDEST = 30.0  # on the logit


@dataclass(frozen=True, slots=True)
class Calibration:
    """Slope of a logistic refit on the logit (1 is right, below it the probabilities are too far apart), and the shift
    on the logit that would make their mean right with the slope kept at 1 (0 is right; Cox 1958).
    """

    slope: float
    intercept: float


@dataclass(frozen=True, slots=True)
class Band:
    """Rows whose probabilities are alike: how many, what was said on average, and what came with its 95% interval."""

    n: int
    said: float
    came: Interval


def brier(labels: Booleans, probabilities: Floats) -> float:
    """Mean squared difference between what was said and what came (Brier 1950)."""
    _check(labels, probabilities)
    return float(np.square(probabilities - labels).mean())


def calibration(labels: Booleans, probabilities: Floats) -> Calibration:
    """Slope and intercept; raises ImpossibleValue where all labels are the same."""
    _check(labels, probabilities)
    if labels.all() or not labels.any():
        raise ImpossibleValue(what="all labels are the same", remedy="Give rows with the outcome and without")
    told = np.asarray(logit(np.clip(probabilities, _NEAREST, 1 - _NEAREST)), dtype=np.float64)
    return Calibration(_slope(labels, told), _intercept(labels, told))


def reliability(labels: Booleans, probabilities: Floats, *, bands: int = 10) -> tuple[Band, ...]:
    """Bands of about equally many rows in rising order of probability; equal probabilities stay together."""
    _check(labels, probabilities)
    ends = np.unique(np.quantile(probabilities, np.linspace(0.0, 1.0, bands + 1)))[1:-1]
    band_of = np.searchsorted(ends, probabilities, side="left")
    found = []
    for number in np.unique(band_of):
        chosen = band_of == number
        came = wilson(int(labels[chosen].sum()), int(chosen.sum()))
        found.append(Band(int(chosen.sum()), float(probabilities[chosen].mean()), came))
    return tuple(found)


def _slope(labels: Booleans, told: Floats) -> float:
    """Newton's method for the two coefficients of a logistic regression."""
    design = np.column_stack([np.ones(told.size), told])
    found = np.array([0.0, 1.0])
    for _ in range(_STEPS):
        expected = np.asarray(expit(design @ found))
        weights = expected * (1 - expected)
        curvature = design.T @ (design * weights[:, None])
        try:
            step = np.linalg.solve(curvature, design.T @ (labels - expected))
        except np.linalg.LinAlgError:
            return float("nan")  # every probability is the same: there is no slope
        found = found + step
        if np.abs(step).max() < _SMALL:
            return float(found[1])
        if np.abs(found).max() > _WIDEST:
            break
    return float("inf") if found[1] > 0 else float("-inf")  # the labels are told apart without an error


def _intercept(labels: Booleans, told: Floats) -> float:
    def missing(shift: float) -> float:
        return float((expit(told + shift) - labels).mean())

    return float(brentq(missing, -_WIDEST * 2, _WIDEST * 2))


def _check(labels: Booleans, probabilities: Floats) -> None:
    if labels.shape != probabilities.shape or labels.size == 0:
        raise ImpossibleValue(
            what=f"{labels.size} labels stand against {probabilities.size} probabilities",
            remedy="Give one probability for each label",
        )
    if not ((probabilities >= 0) & (probabilities <= 1)).all():
        raise ImpossibleValue(what="a probability is outside 0 to 1", remedy="Give probabilities, not scores")
