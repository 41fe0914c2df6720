"""The utility of the PhysioNet/CinC Challenge 2019: what an alert hour is worth by its distance from the onset.

Reyna et al., Crit Care Med 2020;48:210. Labels begin six hours before the onset.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from wardwise.errors import ImpossibleValue

Floats = npt.NDArray[np.float64]
Booleans = npt.NDArray[np.bool_]
Integers = npt.NDArray[np.int64]

_LABEL_LEAD = 6  # hours between the first label and the onset
_EARLIEST, _BEST, _LATEST = -12, -6, 3  # hours from the onset
_FALSE_ALARM = -0.05
_MISSED = -2.0


def worths(labels: Booleans, patients: Integers) -> tuple[Floats, Floats]:
    """What predicting 1 and predicting 0 is worth at each hour; rows of a patient follow one another in time."""
    if labels.shape != patients.shape:
        raise ImpossibleValue(what="labels and patients differ in number", remedy="Give both for each hour")
    alarm, silence = np.full(labels.size, _FALSE_ALARM), np.zeros(labels.size)
    for first, last in _stays(patients):
        positive = np.flatnonzero(labels[first:last])
        if positive.size:
            hours = np.arange(last - first) - (int(positive[0]) + _LABEL_LEAD)
            alarm[first:last], silence[first:last] = _alarm(hours), _silence(hours)
    return alarm, silence


def utility(labels: Booleans, predicted: Booleans, patients: Integers) -> float:
    """1 for the best that can be predicted hour by hour, 0 for never an alert; below 0 is worse than none."""
    alarm, silence = worths(labels, patients)
    best, never = np.maximum(alarm, silence).sum(), silence.sum()
    if best == never:
        raise ImpossibleValue(what="no patient becomes septic", remedy="Give patients who do and who do not")
    return float((np.where(predicted, alarm, silence).sum() - never) / (best - never))


def _alarm(hours: Integers) -> Floats:
    rising = np.maximum((hours - _EARLIEST) / (_BEST - _EARLIEST), _FALSE_ALARM)
    falling = (_LATEST - hours) / (_LATEST - _BEST)
    return np.where(hours <= _BEST, rising, np.where(hours <= _LATEST, falling, 0.0))


def _silence(hours: Integers) -> Floats:
    missed = _MISSED * (hours - _BEST) / (_LATEST - _BEST)
    return np.where((hours > _BEST) & (hours <= _LATEST), missed, 0.0)


def _stays(patients: Integers) -> Iterator[tuple[int, int]]:
    begins = np.flatnonzero(np.concatenate([[True], patients[1:] != patients[:-1]])) if patients.size else patients
    if np.unique(patients[begins]).size != begins.size:
        raise ImpossibleValue(what="hours of a patient stand apart", remedy="Sort the rows by patient and hour")
    return zip(map(int, begins), [*map(int, begins[1:]), patients.size], strict=True)
