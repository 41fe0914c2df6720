"""Numbers that have drifted: their level, their outliers, their digits, each in words of its own."""

from collections.abc import Iterator, Mapping, Sequence
from math import log

import polars as pl

from wardwise.govern.data.finding import Finding
from wardwise.govern.data.measures import CHANGES
from wardwise.govern.data.signal import Counted, Seen, Signal
from wardwise.learn.drift.digits import finer, rounded
from wardwise.learn.drift.level import explained, fences, outlying, shifted
from wardwise.learn.drift.weighted import Weighted
from wardwise.sites.watch import Drift

LEAST_PEOPLE = 15  # in the reference of a signal
LEAST_READINGS = 30
CLOSE = 0.8  # robust standard deviations within which a known change of measure explains a shift
Levels = Mapping[Signal, Sequence[Counted]]


def number_findings(seen: Seen, *, levels: Levels, alpha: float) -> Iterator[Finding]:
    """The findings of one signal of numbers; none while its reference is too small."""
    reference = _reference(levels[seen.signal])
    if reference is None:
        return
    yield from (_of_digits if seen.signal.stated else _of_level)(seen, reference, levels, alpha)


def _of_digits(seen: Seen, reference: Weighted, _levels: Levels, alpha: float) -> Iterator[Finding]:
    window, people = _weighted([seen.now]), seen.now.people
    cut, step = rounded(reference, window, people=people, alpha=alpha)
    yield seen.finding(Drift.ROUNDED, f"values come in steps of {step:g} where they did not before", cut)
    added = finer(reference, window, people=people, alpha=alpha)
    yield seen.finding(Drift.FINER, "values have digits they did not have before", added)


def _of_level(seen: Seen, reference: Weighted, levels: Levels, alpha: float) -> Iterator[Finding]:
    window, people = _weighted([seen.now]), seen.now.people
    moved = shifted(reference, window, people=people, alpha=alpha)
    says = _meaning(seen.signal, reference, window, levels) if moved.found else ""
    yield seen.finding(Drift.LEVEL, says, moved)
    low, high = fences(reference)
    outside = (pl.col("value") < low) | (pl.col("value") > high)
    beyond = seen.rows.filter(outside)["who"].n_unique()
    found = outlying(reference, beyond=beyond, people=people, alpha=alpha)
    says = f"{beyond} of {people} people have values where hardly anybody had one before"
    yield seen.finding(Drift.OUTLYING, says, found, where=outside)


def _reference(days: Sequence[Counted]) -> Weighted | None:
    whole = _weighted(days)
    enough = sum(day.people for day in days) >= LEAST_PEOPLE and whole.total >= LEAST_READINGS
    return whole if enough else None


def _weighted(days: Sequence[Counted]) -> Weighted:
    counts: dict[float, float] = {}
    for day in days:
        for value, count in day.values.items():
            number = float(value)
            counts[number] = counts.get(number, 0.0) + count
    return Weighted.of(counts)


def _meaning(signal: Signal, reference: Weighted, window: Weighted, levels: Levels) -> str:
    """What may lie behind a moved level: a change of measure, another code's values, or just the move."""
    code = signal.group
    changes = [each for each in CHANGES if not each.codes or code in each.codes]
    fits = [
        (explained(reference, window, factor=c.factor, offset=c.offset), not c.codes, n, c)
        for n, c in enumerate(changes)
    ]
    distance, _, _, change = min(fits, key=lambda fit: (fit[1], fit[0]) if fit[0] < CLOSE else (2, fit[0]))
    if distance < CLOSE:
        return f"the level has moved as if {change.source} were sent as {change.target}"
    twin = _twin(signal, window, levels)
    if twin:
        return f"the level has moved to where {twin} was: a code may have been remapped"
    times = window.middle / reference.middle if reference.middle else 0.0
    if times > 0 and abs(log(times)) > log(1.5):
        return f"the level has moved to {times:.3g} times what it was"
    return f"the level has moved by {(window.middle - reference.middle) / reference.scale:+.1f} standard deviations"


def _twin(signal: Signal, window: Weighted, levels: Levels) -> str:
    others = {}
    for other, days in levels.items():
        alike = (other.event, other.field, other.stated) == (signal.event, signal.field, False)
        reference = _reference(days) if alike and other != signal else None
        if reference is not None:
            others[other.group] = abs(window.middle - reference.middle) / reference.scale
    nearest = min(others, key=lambda group: others[group], default="")
    return nearest if nearest and others[nearest] < CLOSE else ""
