"""How well scores put those with an outcome before those without: AUC with its interval, and average precision."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from wardwise.errors import ImpossibleValue
from wardwise.learn.metrics.coverage import Interval

Floats = npt.NDArray[np.float64]
Booleans = npt.NDArray[np.bool_]
Integers = npt.NDArray[np.int64]

_DRAWS = 400


def auc(labels: Booleans, scores: Floats) -> float:
    """Share of pairs (one with the outcome, one without) in which the first has the higher score; ties count half."""
    return _auc(_steps(labels, scores), np.ones(labels.size))


def auc_interval(labels: Booleans, scores: Floats, groups: Integers, *, seed: int, draws: int = _DRAWS) -> Interval:
    """AUC with a 95% bootstrap interval that draws whole groups (Efron 1979), for rows of one patient hang together.

    `groups` numbers the patient of each row. Draws in which one class is missing are left out.
    """
    steps = _steps(labels, scores)
    _, members = np.unique(groups, return_inverse=True)
    patients = int(members.max()) + 1
    generator = np.random.default_rng(seed)
    found = []
    for _ in range(draws):
        drawn = np.bincount(generator.integers(0, patients, size=patients), minlength=patients)
        weights = drawn[members].astype(np.float64)
        if weights[labels].any() and weights[~labels].any():
            found.append(_auc(steps, weights))
    low, high = np.quantile(found, [0.025, 0.975]) if found else (0.0, 1.0)
    return Interval(_auc(steps, np.ones(labels.size)), float(low), float(high))


def average_precision(labels: Booleans, scores: Floats) -> float:
    """Mean over those with the outcome of the precision at their score; equal scores are taken in together."""
    steps = _steps(labels, scores)
    with_outcome, every = _sums(steps, np.ones(labels.size))
    hits, taken = np.cumsum(with_outcome[::-1]), np.cumsum(every[::-1])
    return float((with_outcome[::-1] * hits / taken).sum() / hits[-1])


@dataclass(frozen=True, slots=True)
class _Steps:
    """Rows in rising order of score, the first row of each score, and the labels in that order."""

    order: Integers
    begins: Integers
    labels: Booleans


def _steps(labels: Booleans, scores: Floats) -> _Steps:
    _check(labels, scores)
    order = np.argsort(scores, kind="stable")
    rising = scores[order]
    begins = np.flatnonzero(np.concatenate([[True], rising[1:] != rising[:-1]]))
    return _Steps(order, begins, labels[order])


def _sums(steps: _Steps, weights: Floats) -> tuple[Floats, Floats]:
    """Weight with the outcome, and in all, at each different score, rising."""
    ordered = weights[steps.order]
    with_outcome = np.add.reduceat(np.where(steps.labels, ordered, 0.0), steps.begins)
    return with_outcome, np.add.reduceat(ordered, steps.begins)


def _auc(steps: _Steps, weights: Floats) -> float:
    with_outcome, every = _sums(steps, weights)
    without = every - with_outcome
    below = np.cumsum(without) - without
    return float((with_outcome * (below + without / 2)).sum() / (with_outcome.sum() * without.sum()))


def _check(labels: Booleans, scores: Floats) -> None:
    if labels.shape != scores.shape or labels.ndim != 1:
        raise ImpossibleValue(
            what=f"{labels.size} labels stand against {scores.size} scores", remedy="Give one score for each label"
        )
    if not np.isfinite(scores).all():
        raise ImpossibleValue(what="a score is no finite number", remedy="Leave out rows that have no score, by name")
    if labels.all() or not labels.any():
        raise ImpossibleValue(
            what=f"of {labels.size} rows all have the same label", remedy="Give rows with the outcome and without"
        )
