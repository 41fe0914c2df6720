"""The rhythm of a feed: the longest gap between its facts by hour of the week, learnt day by day."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import polars as pl

from wardwise.loop.derive.view import View
from wardwise.sites.contract import Contract

LEAST_DAYS = 3  # profiles of the same hour of the week before anything is learnt of it
GENEROUS = 2.0  # times the longest gap that is usual at the hour
_HOUR = timedelta(hours=1)


def hour_of_week(at: datetime, zone: str) -> str:
    """`mon-08` for a local hour; the keys of a rhythm."""
    return at.astimezone(ZoneInfo(zone)).strftime("%a-%H").lower()


def rhythm(events: Iterable[pl.DataFrame], zone: str) -> dict[str, int]:
    """The longest gap in whole minutes that touched each hour of the week in these events."""
    minute = pl.col("recorded_at").dt.truncate("1m")
    moments = sorted({at for table in events for at in table.select(minute.unique())["recorded_at"].to_list()})
    longest: dict[str, int] = {}
    for before, after in pairwise(moments):
        minutes = int((after - before) / timedelta(minutes=1))
        hours = int((after - before) / _HOUR) + 1
        for at in (*(before + n * _HOUR for n in range(hours)), after):
            key = hour_of_week(at, zone)
            longest[key] = max(longest.get(key, 0), minutes)
    return longest


def silence_allowed(view: View, contract: Contract, learnt: Iterable[Mapping[str, int]]) -> timedelta:
    """How long the feed may be silent now: what is declared, or twice the longest gap usual at this hour of the week.

    What is learnt never goes below the contract's floor nor above what it declares.
    """
    zone = view.folder.site.zone
    declared = contract.silent_after(view.instant.at.astimezone(ZoneInfo(zone)))
    floor = contract.silence_floor_minutes
    key = hour_of_week(view.instant.at.astimezone(UTC), zone)
    gaps = [each[key] for each in learnt if key in each]
    if floor is None or len(gaps) < LEAST_DAYS:
        return timedelta(minutes=declared)
    return timedelta(minutes=min(max(GENEROUS * max(gaps), floor), declared))
