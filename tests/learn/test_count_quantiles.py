import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import nbinom, poisson

from wardwise.learn.counts.negative_binomial import quantiles

LEVELS = np.array([0.05, 0.1, 0.5, 0.9, 0.95])
means = st.floats(min_value=0.01, max_value=400.0)
ratios = st.floats(min_value=1.0, max_value=4.0)


@given(st.lists(st.tuples(means, ratios), min_size=1, max_size=5))
def test_quantiles_rise_with_their_level_and_are_never_below_zero(cases):
    mean = np.array([case[0] for case in cases])
    variance = mean * np.array([case[1] for case in cases])
    found = quantiles(mean, variance, LEVELS)
    assert (np.diff(found, axis=1) >= 0).all()
    assert (found >= 0).all()


@given(means, st.floats(min_value=1.05, max_value=4.0))
def test_a_quantile_rounds_to_the_one_of_the_textbook_law(mean, ratio):
    size = mean / (ratio - 1.0)
    textbook = nbinom.ppf(LEVELS, size, size / (size + mean))
    found = quantiles(np.array([mean]), np.array([mean * ratio]), LEVELS)[0]
    assert (np.abs(found - textbook) <= 0.5 + 1e-6).all()


def test_without_overdispersion_the_law_is_poisson():
    found = quantiles(np.array([6.7]), np.array([1.0]), LEVELS)[0]
    assert (np.abs(found - poisson.ppf(LEVELS, 6.7)) <= 0.5).all()
