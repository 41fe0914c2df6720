"""Label validity: does a label still reflect what it did? By its rate, its gaps, its delay and a second definition."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from wardwise.govern.data.finding import Finding, Sort
from wardwise.learn.drift.rate import moved
from wardwise.loop.derive.view import View
from wardwise.sites.contract import Contract
from wardwise.sites.label import Label

FALSE_ALARMS = 0.05  # of rates, per label and month, shared out over its units; the exact test keeps below it
LEAST_BEFORE, LEAST_NOW = 50, 20  # cases
LEAST_BAD = 5  # cases that must be missing, late or differ
WINDOW = timedelta(days=28)
BACK_MONTHS = 12
_SAYS = {
    "missing": ("label-missing", "cases", "have no answer"),
    "late": ("label-late", "yes", "were told late"),
    "differ": ("label-agreement", "compared", "are answered otherwise by its second definition"),
}


@dataclass(frozen=True, slots=True)
class Counted:
    """One day of a label at one unit."""

    day: datetime
    month: int  # years times twelve and months, by local time
    unit: str
    counts: Mapping[str, int]


def label_findings(view: View, contract: Contract) -> Iterator[Finding]:
    """The findings of every label of a feed; reported, for it is people who decide what to learn from."""
    for label in contract.labels:
        days = counted(view, contract, label)
        yield from _shares(view, contract, label, days)
        yield from _rates(view, contract, label, days)


def counted(view: View, contract: Contract, label: Label) -> list[Counted]:
    """Every day of a label by unit, in the order of time."""
    told = view.events("label.counted").filter((pl.col("feed") == contract.feed) & (pl.col("label") == label.name))
    zone = ZoneInfo(view.folder.site.zone)
    return [
        Counted(row["from"], _month(row["from"], zone), unit, counts)
        for row in told.iter_rows(named=True)
        for unit, counts in json.loads(row["units"]).items()
    ]


def _month(at: datetime, zone: ZoneInfo) -> int:
    local = at.astimezone(zone)
    return local.year * 12 + local.month


def _shares(view: View, contract: Contract, label: Label, days: list[Counted]) -> Iterator[Finding]:
    """Missing, late and differing, over the last 28 days that were counted, for all units together."""
    whole: Counter[str] = Counter()
    for day in days:
        if view.instant.at - day.day <= WINDOW + timedelta(hours=label.within_hours):
            whole.update(day.counts)
    for name, (rule, of, says) in _SAYS.items():
        count, total, tolerated = whole[name], whole[of], float(getattr(label, name))
        share = count / total if total else 0.0
        what = f"{label.name}: {count} of {total} of the last 28 days {says}; tolerated are {tolerated:.0%}"
        found = count >= LEAST_BAD and share > tolerated
        yield _finding(
            contract,
            rule,
            label.name,
            what,
            count=count,
            share=share,
            found=found,
            cleared=total > 0 and share <= tolerated,
        )


def _rates(view: View, contract: Contract, label: Label, days: list[Counted]) -> Iterator[Finding]:
    """The share of yes of a unit in the last whole month, against the twelve months before it."""
    last = _month(view.instant.at - timedelta(hours=label.within_hours), ZoneInfo(view.folder.site.zone)) - 1
    before: dict[str, Counter[str]] = {}
    now: dict[str, Counter[str]] = {}
    for day in days:
        if last - BACK_MONTHS <= day.month <= last:
            (now if day.month == last else before).setdefault(day.unit, Counter()).update(day.counts)
    known = [unit for unit in sorted(now) if _enough(before.get(unit, Counter()), now[unit])]
    for unit in known:
        yield _rate(contract, label, unit, (before[unit], now[unit]), alpha=FALSE_ALARMS / len(known))


def _enough(before: Counter[str], now: Counter[str]) -> bool:
    return _answered(before) >= LEAST_BEFORE and _answered(now) >= LEAST_NOW


def _answered(counts: Counter[str]) -> int:
    return counts["cases"] - counts["missing"]


def _rate(
    contract: Contract, label: Label, unit: str, stretches: tuple[Counter[str], Counter[str]], *, alpha: float
) -> Finding:
    (yes, of), (yes_now, of_now) = ((each["yes"], _answered(each)) for each in stretches)
    was, share = yes / of, yes_now / of_now
    sure = moved((yes, of), (yes_now, of_now)) <= alpha
    what = (
        f"{label.name} at {unit}: {share:.1%} of {of_now} cases in the last month, {was:.1%} of {of} in the year "
        f"before (false alarms: {FALSE_ALARMS:.0%} per label and month)"
    )
    found = sure and abs(share - was) >= float(label.moves)
    return _finding(
        contract,
        "label-rate",
        f"{label.name} at {unit}",
        what,
        count=yes_now,
        share=share,
        found=found,
        cleared=not found,
    )


def _finding(contract: Contract, rule: str, subject: str, what: str, **told: float) -> Finding:
    return Finding(
        feed=contract.feed,
        rule=rule,
        sort=Sort.SEMANTIC,
        subject=subject,
        what=f"{what}; {contract.steward} is to look into it",
        count=int(told["count"]),
        share=told["share"],
        steps_down=False,
        found=bool(told["found"]),
        cleared=bool(told["cleared"]),
    )
