from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wardwise.errors import ImpossibleValue
from wardwise.learn.metrics.ranking import auc, auc_interval, average_precision

ROWS = st.lists(st.tuples(st.booleans(), st.integers(0, 6)), min_size=2, max_size=40).filter(
    lambda rows: len({label for label, _ in rows}) == 2
)


def arrays(rows: list[tuple[bool, int]]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([label for label, _ in rows]), np.array([float(score) for _, score in rows])


@given(ROWS)
def test_auc_is_the_share_of_pairs_in_the_right_order(rows: list[tuple[bool, int]]) -> None:
    having, lacking = [s for label, s in rows if label], [s for label, s in rows if not label]
    pairs = [1.0 if one > other else 0.5 if one == other else 0.0 for one, other in product(having, lacking)]
    assert auc(*arrays(rows)) == pytest.approx(sum(pairs) / len(pairs))


@given(ROWS)
def test_average_precision_is_the_mean_precision_at_those_with_the_outcome(rows: list[tuple[bool, int]]) -> None:
    at_least = {s: [label for label, score in rows if score >= s] for s in {score for _, score in rows}}
    precisions = [sum(at_least[score]) / len(at_least[score]) for label, score in rows if label]
    assert average_precision(*arrays(rows)) == pytest.approx(sum(precisions) / len(precisions))


def test_rows_of_one_patient_hang_together_and_widen_the_interval() -> None:
    chance = np.random.default_rng(3)
    labels = chance.random(60) < 0.4
    scores = labels + chance.normal(0, 1.2, 60)
    many = np.repeat(labels, 20), np.repeat(scores, 20)
    alone = auc_interval(*many, np.arange(1200), seed=1)
    grouped = auc_interval(*many, np.repeat(np.arange(60), 20), seed=1)
    assert alone.point == grouped.point == pytest.approx(auc(labels, scores))
    assert grouped.low < alone.low < alone.point < alone.high < grouped.high
    assert grouped == auc_interval(*many, np.repeat(np.arange(60), 20), seed=1)


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 1000))
def test_the_interval_holds_the_truth_about_as_often_as_it_says(seed: int) -> None:
    chance = np.random.default_rng(seed)
    held = 0
    for _ in range(60):
        labels = chance.random(200) < 0.3
        found = auc_interval(labels, labels + chance.normal(0, 1, 200), np.arange(200), seed=1, draws=150)
        held += found.low <= 0.7602 <= found.high  # P(N(1, 2) > 0)
    assert held >= 48  # of 60 at 95%: one in 10,000 by chance


@pytest.mark.parametrize(
    ("labels", "scores", "why"),
    [
        ([True, True], [0.1, 0.2], "same label"),
        ([True], [0.1, 0.2], "1 labels stand against 2"),
        ([True, False], [0.1, float("nan")], "no finite number"),
    ],
)
def test_what_has_no_ranking_is_refused(labels: list[bool], scores: list[float], why: str) -> None:
    with pytest.raises(ImpossibleValue, match=why):
        auc(np.array(labels), np.array(scores))
