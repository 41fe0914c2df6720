"""Errors of a single predicted number, in the unit of what was counted."""

import numpy as np
import numpy.typing as npt

from wardwise.errors import ImpossibleValue

Floats = npt.NDArray[np.float64]


def mae(observed: Floats, predicted: Floats) -> float:
    """Mean absolute error; both arrays of the same shape, not empty."""
    return float(np.abs(errors(observed, predicted)).mean())


def rmse(observed: Floats, predicted: Floats) -> float:
    """Square root of the mean squared error."""
    return float(np.sqrt(np.square(errors(observed, predicted)).mean()))


def mape(observed: Floats, predicted: Floats) -> float:
    """Mean absolute error as a share of what was observed, in percent; zero observations are left out."""
    difference = errors(observed, predicted)
    known = observed != 0
    if not known.any():
        raise ImpossibleValue(what="every observation is zero", remedy="A percentage error needs values above zero")
    return float(100.0 * np.abs(difference[known] / observed[known]).mean())


def errors(observed: Floats, predicted: Floats) -> Floats:
    """Observed minus predicted, refused where the shapes differ or nothing is there."""
    if observed.shape != predicted.shape or observed.size == 0:
        raise ImpossibleValue(
            what=f"{observed.size} observations stand against {predicted.size} predictions",
            remedy="Give one prediction for each observation",
        )
    return observed - predicted
