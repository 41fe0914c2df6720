"""Profiles: once a local day, how often each value of a feed's watched fields was seen, kept in the log.

They are the reference that drift is measured against: small, free of people, and the same for every replay.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from wardwise.govern.data.rhythm import rhythm
from wardwise.govern.data.signal import Counted, Signal, as_json, watched
from wardwise.govern.data.slices import recorded
from wardwise.govern.data.spans import of_span
from wardwise.hospital.moment import EPOCH
from wardwise.loop.capture.canonical import Json
from wardwise.loop.capture.event import Draft
from wardwise.loop.derive.view import View
from wardwise.sites.contract import Contract

LATEST = timedelta(hours=48)  # facts told later than this are history, and no sample of how the feed speaks
KEPT = timedelta(days=29)  # how far back a reference reaches


@dataclass(frozen=True, slots=True)
class Profile:
    """The counts of one feed by signal between two instants; the first is not included."""

    start: datetime
    end: datetime
    signals: Mapping[Signal, Counted]
    rhythm: Mapping[str, int] = field(default_factory=dict)


def profile_drafts(view: View) -> Iterator[Draft]:
    """A `feed.profiled` for each watched feed whose local day has ended since its last."""
    midnight = last_midnight(view)
    for contract in view.folder.contracts.values():
        if not contract.watches and contract.silence_floor_minutes is None:
            continue
        earlier = profiles(view, contract.feed)
        start = earlier[-1].end if earlier else EPOCH
        if start < midnight:
            signals = profile(contract, tables(view, contract, start, midnight))
            told = _rhythm(view, contract, start, midnight)
            if signals or told or earlier:
                counted: dict[str, Json] = {"feed": contract.feed, "signals": signals, "rhythm": told}
                yield of_span("feed.profiled", (start, midnight), counted, by="drift", entity=contract.feed)


def profile(contract: Contract, events: Mapping[str, pl.DataFrame]) -> list[Json]:
    """The counts of every signal in these events, as the log keeps them."""
    return [as_json(seen.signal, seen.now) for seen in watched(contract, events)]


def profiles(view: View, feed: str) -> list[Profile]:
    """The profiles of a feed in the order of time, as far back as a reference reaches."""

    def read(seen: View) -> list[Profile]:
        told = seen.events("feed.profiled").filter(pl.col("feed") == feed).sort("position")
        return [
            profile_of(row["from"], row["to"], json.loads(row["signals"]), json.loads(row["rhythm"] or "{}"))
            for row in told.iter_rows(named=True)
        ]

    kept = view.keep(f"profiles of {feed}", read, kinds=("feed.profiled",))
    return [each for each in kept if each.end > view.instant.at - KEPT]


def profile_of(
    start: datetime, end: datetime, signals: list[dict[str, object]], told: Mapping[str, int] | None = None
) -> Profile:
    """A profile as read back from the log."""
    found = {}
    for one in signals:
        signal = Signal(
            str(one["event"]), str(one["field"]), str(one["read"]), str(one["group"]), one["stated"] is True
        )
        values, people, pairs = one["values"], one["people"], one["pairs"]
        if isinstance(values, dict) and isinstance(people, int) and isinstance(pairs, int):
            found[signal] = Counted(values, people, pairs)
    return Profile(start, end, found, told or {})


def tables(view: View, contract: Contract, start: datetime, end: datetime) -> dict[str, pl.DataFrame]:
    """The events of a feed's watched kinds recorded in (start, end], told at most 48 hours after they happened."""
    found = {}
    for kind in {watch.kind for watch in contract.watches}:
        events = recorded(view, kind, start, feed=contract.feed)
        fresh = pl.col("occurred_at") > pl.col("recorded_at") - LATEST
        found[kind] = events.filter((pl.col("recorded_at") <= end) & fresh)
    return found


def _rhythm(view: View, contract: Contract, start: datetime, end: datetime) -> dict[str, int]:
    if contract.silence_floor_minutes is None:
        return {}
    since = max(start, end - timedelta(days=1))
    kinds = {each.kind for each in contract.provides}
    events = (recorded(view, kind, since, feed=contract.feed) for kind in sorted(kinds))
    return rhythm((table.filter(pl.col("recorded_at") <= end) for table in events), view.folder.site.zone)


def last_midnight(view: View) -> datetime:
    """The beginning of the view's local day, aware UTC."""
    local = view.instant.at.astimezone(ZoneInfo(view.folder.site.zone))
    return local.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
