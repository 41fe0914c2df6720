"""Has a share moved? Counts of two stretches, exactly: given both totals, how likely is a split so uneven."""

from scipy.stats import fisher_exact


def moved(before: tuple[int, int], now: tuple[int, int]) -> float:
    """The two-sided p-value (Fisher) that (yes, of) of two stretches have one share; 1 where either is empty."""
    if not before[1] or not now[1]:
        return 1.0
    table = [[before[0], before[1] - before[0]], [now[0], now[1] - now[0]]]
    return float(fisher_exact(table)[1])
