"""Codes that have drifted: a new one, one gone, a share that has moved, a measure stated for the first time."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import polars as pl

from wardwise.govern.data.finding import Finding
from wardwise.govern.data.signal import Counted, Seen
from wardwise.learn.drift.usage import LEAST_NEW, Change, Usage, usage
from wardwise.learn.drift.verdict import NOTHING, Verdict
from wardwise.sites.watch import Drift, Reading

_DRIFTS = {Change.NEW: Drift.NEW, Change.GONE: Drift.GONE}
_SAYS = {
    Drift.NEW: "is new: {now:.1%} of the last 24 h, {before:.2%} before",
    Drift.GONE: "has gone: {before:.1%} before, {now:.2%} of the last 24 h",
    Drift.MOVED: "{code} is used otherwise, {before:.1%} before, {now:.1%} of the last 24 h",
    Drift.MEASURE: "is stated as the measure for the first time: {now:.1%} of the last 24 h",
}
MIX_ALPHA = 0.12  # of the rate of the other tests: shares swing by themselves more than codes come and go


def code_findings(seen: Seen, *, days: Sequence[Counted], alpha: float) -> Iterator[Finding]:
    """The findings of one signal of codes; a measure stated anew is one of its own kind."""
    heads = dict(seen.rows.group_by("value").agg(pl.col("who").n_unique()).iter_rows())
    if seen.codes:
        yield from _undeclared(seen, heads)
    every = list(_used(seen, days, heads, alpha))
    if seen.signal.read == Reading.MEASURE:
        yield from (_finding(seen, Drift.MEASURE, used) for used in every if used.change is Change.NEW)
        return
    for used in every:
        for change, drift in _DRIFTS.items():
            if change is used.change and not (seen.codes and drift is Drift.NEW):
                yield _finding(seen, drift, used)
            elif change is Change.GONE:  # a code that is back is no longer gone, whatever else it is
                yield seen.finding(drift, "", NOTHING, code=used.code)
    yield from _mix(seen, _used(seen, days, heads, alpha * MIX_ALPHA))


def _used(seen: Seen, days: Sequence[Counted], heads: Mapping[str, int], alpha: float) -> Iterator[Usage]:
    codes = {code for day in days for code in day.values} | set(heads)
    return usage([day.independent for day in days], seen.now.independent, heads, alpha=alpha / max(len(codes), 1))


def _mix(seen: Seen, every: Iterable[Usage]) -> Iterator[Finding]:
    """One finding for all codes whose shares have moved: where one gains, others lose."""
    moved = [used for used in every if used.change is Change.MOVED]
    if moved:
        most = max(moved, key=lambda used: used.verdict.strength)
        says = _SAYS[Drift.MOVED].format(code=most.code, now=most.now, before=most.before)
        yield seen.finding(Drift.MOVED, says, most.verdict)


def _undeclared(seen: Seen, heads: Mapping[str, int]) -> Iterator[Finding]:
    """A code the contract does not list, in use by more than a slip of the hand; no reference is needed for that."""
    for code in sorted(heads.keys() - set(seen.codes)):
        verdict = Verdict(heads[code], 1.0, heads[code] / LEAST_NEW)
        says = f"is not among the codes of the contract: {heads[code]} people in the last 24 h"
        yield seen.finding(Drift.NEW, says, verdict, code=code, where=pl.col("value") == code)


def _finding(seen: Seen, drift: Drift, used: Usage) -> Finding:
    says = _SAYS[drift].format(now=used.now, before=used.before)
    return seen.finding(drift, says, used.verdict, code=used.code, where=pl.col("value") == used.code)
