import numpy as np
import pytest

from wardwise.errors import ImpossibleValue
from wardwise.learn.metrics.sepsis_utility import utility, worths

# One patient of 20 hours with labels from hour 8 on (onset at hour 14), one of 4 hours who never becomes septic.
LABELS = np.array([False] * 8 + [True] * 12 + [False] * 4)
PATIENTS = np.array([7] * 20 + [3] * 4)


def test_each_hour_is_worth_what_the_challenge_says() -> None:
    alarm, silence = worths(LABELS, PATIENTS)
    assert alarm[[0, 1, 2, 5, 8]] == pytest.approx([-0.05, -0.05, 0, 0.5, 1.0])  # 14, 13, 12, 9 and 6 h before onset
    assert alarm[[11, 14, 17, 18, 19]] == pytest.approx([6 / 9, 3 / 9, 0, 0, 0])
    assert silence[[0, 8, 9, 14, 17, 18]] == pytest.approx([0, 0, -2 / 9, -12 / 9, -2, 0])
    assert list(alarm[20:]) == [-0.05] * 4
    assert list(silence[20:]) == [0] * 4


def test_the_best_is_one_and_never_an_alert_is_nothing() -> None:
    alarm, silence = worths(LABELS, PATIENTS)
    assert utility(LABELS, alarm > silence, PATIENTS) == pytest.approx(1.0)
    assert utility(LABELS, np.zeros(24, bool), PATIENTS) == 0.0
    assert utility(LABELS, np.ones(24, bool), PATIENTS) < 1.0


def test_what_has_no_utility_is_refused() -> None:
    with pytest.raises(ImpossibleValue, match="no patient becomes septic"):
        utility(np.zeros(3, bool), np.zeros(3, bool), np.array([1, 1, 1]))
    with pytest.raises(ImpossibleValue, match="stand apart"):
        worths(LABELS[:3], np.array([1, 2, 1]))
