"""Has a share moved? Counts of two stretches, exactly: given both totals, how likely is a split so uneven."""


def moved(before: tuple[int, int], now: tuple[int, int]) -> float:
    """The two-sided p-value (Fisher) that (yes, of) of two stretches have one share; 1 where either is empty."""
    from scipy.stats import fisher_exact  # noqa: PLC0415 - it takes a second to come, and a service must start in three

    if not before[1] or not now[1]:
        return 1.0
    table = [[before[0], before[1] - before[0]], [now[0], now[1] - now[0]]]
    return float(fisher_exact(table)[1])
