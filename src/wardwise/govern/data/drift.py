"""Semantic drift: what a feed's watched fields say in the last 24 hours against the days before.

Each look holds every signal against its reference (`feed.profiled`), with one rate of false alarms for the whole feed
and week shared out over all tests and looks. Days on which a signal was found to have drifted are no reference; once a
steward has taken a drift for the new normal, the reference starts anew with the first whole day after it was found.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import polars as pl

from wardwise.govern.data.finding import Finding
from wardwise.govern.data.profile import Profile, profiles, tables
from wardwise.govern.data.signal import Counted, Seen, Signal, watched
from wardwise.govern.data.signal_codes import code_findings
from wardwise.govern.data.signal_numbers import number_findings
from wardwise.hospital.moment import EPOCH
from wardwise.loop.derive.state.acceptances import Acceptance, accepted
from wardwise.loop.derive.view import View
from wardwise.sites.contract import Contract
from wardwise.sites.watch import Reading

WINDOW = timedelta(hours=24)
LOOK_EVERY = timedelta(hours=1)
LOOKS_A_WEEK = 28  # looks an hour apart share 23 of 24 hours: as many as if they were six hours apart
FALSE_ALARMS = 0.3  # per feed and week; measured by `python -m benches.drift`
Times = tuple[datetime, datetime]
Drifted = Mapping[str, Sequence[Times]]  # by subject: from when to when a signal was not as it should be


@dataclass(frozen=True, slots=True)
class Look:
    """What one look is given: the feed's contract, its window by kind, its profiles, when its signals had drifted.

    `normal` are the drifts of the feed that a steward took for the new normal.
    """

    contract: Contract
    since: datetime
    window: Mapping[str, pl.DataFrame]
    profiles: Sequence[Profile]
    drifted: Drifted
    normal: Sequence[Acceptance] = ()

    def reference(self, signal: Signal) -> list[Counted]:
        """The days of a signal before the window on which nothing was wrong with it, since its last new normal."""
        bad = self.drifted.get(signal.subject, ())
        starts = max((each.since for each in self.normal if each.signal == signal.subject), default=EPOCH)
        known = [each for each in self.profiles if each.start >= starts and each.end <= self.since]
        days = [each for each in known if not any(_meet(each, times) for times in bad)]
        return [each.signals[signal] for each in days if signal in each.signals]

    def seen(self) -> Iterator[Seen]:
        """Each signal of the window; codes that were taken for normal count as codes of the contract."""
        for each in watched(self.contract, self.window):
            subject = each.signal.subject
            codes = tuple(known.code for known in self.normal if known.signal == subject and known.code)
            yield replace(each, codes=(*each.codes, *codes)) if each.codes and codes else each

    def alpha(self, signals: int) -> float:
        """The rate of false alarms of one test of one look."""
        return FALSE_ALARMS / (LOOKS_A_WEEK * 2 * max(signals, 1))


def drift_findings(view: View, contract: Contract) -> Iterator[Finding]:
    """Every finding of one look at a feed; before it has a reference, only of codes its contract does not list."""
    if not contract.watches:
        return
    every, at = profiles(view, contract.feed), view.instant.at
    since = window_start(at, every)
    bad = drifted(view, contract.feed, every)
    normal = tuple(each for each in accepted(view) if each.feed == contract.feed)
    yield from look(Look(contract, since, tables(view, contract, since, at), every, bad, normal))


def window_start(at: datetime, every: Sequence[Profile]) -> datetime:
    """Where the window of a look begins: a day back, but not before the end of the first profile."""
    return max(at - WINDOW, every[0].end) if every else at - WINDOW


def look(found: Look) -> Iterator[Finding]:
    """Hold each signal of the window against its reference."""
    every = list(found.seen())
    alpha = found.alpha(len(every))
    levels = {seen.signal: found.reference(seen.signal) for seen in every}
    for seen in every:
        if seen.signal.read == Reading.NUMBER:
            yield from number_findings(seen, levels=levels, alpha=alpha)
        else:
            yield from code_findings(seen, days=levels[seen.signal], alpha=alpha)


def drifted(view: View, feed: str, every: Sequence[Profile]) -> Drifted:
    """By subject, the stretches in which a finding of drift stood, each from the window in which it was made.

    A drift that was taken for the new normal is none.
    """
    normal = {each.breach for each in accepted(view)}
    told = view.events("contract.breached").filter((pl.col("feed") == feed) & (pl.col("drift") == "semantic"))
    stretches: dict[str, list[Times]] = {}
    began: dict[tuple[str, str], datetime] = {}
    for row in told.sort("position").iter_rows(named=True):
        subject = str(row["subject"] or "").partition(": ")[0]
        key = row["rule"], row["subject"]
        if row["id"] in normal:
            continue
        if row["state"] == "broken":
            began[key] = window_start(row["occurred_at"], every)
        elif key in began:
            stretches.setdefault(subject, []).append((began.pop(key), row["occurred_at"]))
    for (_, named), start in began.items():
        stretches.setdefault(str(named or "").partition(": ")[0], []).append((start, view.instant.at))
    return stretches


def _meet(profile: Profile, times: Times) -> bool:
    return profile.start < times[1] and times[0] < profile.end
