"""The events a site's workflows look back on, kept as tables and topped up as the log grows."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

import numpy as np
import polars as pl

from wardwise.hospital.moment import micros
from wardwise.loop.capture.event import Event
from wardwise.loop.capture.instant import Instant
from wardwise.loop.capture.log import Log, Selection
from wardwise.loop.derive.frame import table
from wardwise.loop.derive.visible import visible_part

_PAGE = 10_000
_RECHUNK_EVERY = 64
_STAMPS_KEPT = 3
_NAMES_KEPT = 128
_SLACK = timedelta(days=1)  # features and projections look back from the full hour or the local day below
_MEMO_KEPT = 50_000


class Follower(Protocol):
    """What is kept up event by event beside the tables."""

    def add(self, event: Event) -> None:
        """Take the next event over."""
        ...

    def forget(self, instant: Instant) -> None:
        """Let go of what is out of sight at an instant."""
        ...


class Snapshots(Protocol):
    """Where followers keep themselves, so that a start reads little. A cache: losing it costs time alone."""

    def put(self, name: str, position: int, data: bytes) -> None:
        """Keep data that hold for a position of the log, in the place of older ones of this name."""
        ...

    def newest(self, name: str) -> Iterator[tuple[int, bytes]]:
        """What is kept under a name with its position, the newest first."""
        ...


F = TypeVar("F", bound=Follower)


class History:
    """Tables of events by kind, up to `position`. Not safe for threads; one per worker.

    `lookback` bounds how far back a kind is loaded from `since`; a kind that is not named is loaded whole.
    """

    def __init__(
        self,
        log: Log,
        site: str,
        *,
        since: datetime | None = None,
        lookback: Mapping[str, timedelta] | None = None,
        snapshots: Snapshots | None = None,
    ) -> None:
        self._log = log
        self.site = site
        head = log.head(site)
        self.position = head.position
        self.recorded_at = head.recorded_at
        self.since = since
        self.snapshots = snapshots
        self._lookback = dict(lookback or {})
        self._tables: dict[str, pl.DataFrame] = {}
        self._fresh: dict[str, list[Event]] = {}
        self._known: dict[str, tuple[np.ndarray, np.ndarray]] = {}
        self._kept: dict[str, dict[tuple[int, ...], Any]] = {}
        self._memos: dict[str, dict[Any, Any]] = {}
        self._followers: dict[str, Follower] = {}

    def add(self, events: Iterable[Event]) -> None:
        """Take over events just appended; they must continue at `position` without a gap."""
        for event in events:
            if event.position <= self.position:
                continue
            if event.position != self.position + 1:
                raise ValueError(f"position {event.position} does not follow {self.position}")
            self.position = event.position
            self.recorded_at = event.recorded_at
            self._take(event)

    def follow(self, name: str, make: "Callable[[History], F]", *, anew: bool = False) -> F:
        """What `make(history)` gave for the log up to `position`, fed with every event since; `anew` makes it again."""
        if anew or name not in self._followers:
            self._followers[name] = make(self)
        return self._followers[name]  # type: ignore[return-value]  # a name stands for one type

    def read(self, where: Selection, *, after: int = 0, upto: int | None = None) -> Iterator[Event]:
        """Events of the log up to `position` at most, in its order, a page at a time."""
        last = self.position if upto is None else min(upto, self.position)
        while page := self._log.read(self.site, after=after, upto=last, where=where, limit=_PAGE):
            yield from page
            after = page[-1].position

    def catch_up(self) -> list[Event]:
        """Read what the log has gained, take it over, and return it."""
        gained: list[Event] = []
        while page := self._log.read(self.site, after=self.position, limit=_PAGE):
            self.add(page)
            gained.extend(page)
        return gained

    def table(self, kind: str) -> pl.DataFrame:
        """Every loaded event of a kind up to `position`, in order of position."""
        if kind not in self._tables:
            self._tables[kind] = self._load(kind)
        fresh = self._fresh.pop(kind, None)
        if fresh:
            self._known.pop(kind, None)
            grown = self._tables[kind].vstack(table(kind, fresh))
            chunks = grown.n_chunks()
            self._tables[kind] = grown.rechunk() if chunks > _RECHUNK_EVERY else grown
        return self._tables[kind]

    def newest(self, kind: str) -> int:
        """The position of the newest event of a kind; 0 when there is none."""
        events = self.table(kind)
        return int(events["position"][-1]) if events.height else 0

    def upto(self, kind: str, position: int) -> pl.DataFrame:
        """The events of a kind up to a position, in its order; no copy is made."""
        return self.table(kind).head(self._rows(kind, position))

    def visible(self, kind: str, instant: Instant) -> pl.DataFrame:
        """Events of a kind visible at an instant, superseded ones left out, by (occurred_at, sequence, tie)."""
        rows, whole = self._seen(kind, instant)
        if not whole:
            return visible_part(self.table(kind).head(rows), instant.at)
        kept: pl.DataFrame = self._once(
            f"visible {kind}", (rows,), lambda: visible_part(self.table(kind).head(rows), instant.at)
        )
        return kept

    def keep(self, name: str, kinds: tuple[str, ...], instant: Instant, make: Callable[[], Any]) -> Any:
        """What `make()` gives, kept while the visible events of these kinds stay the same.

        `make` must look at nothing but those events and what `name` tells apart.
        """
        seen = [self._seen(kind, instant) for kind in kinds]
        if not all(whole for _, whole in seen):
            return make()
        return self._once(name, tuple(rows for rows, _ in seen), make)

    def memo(self, name: str) -> dict[Any, Any]:
        """A place to keep what is a pure function of its key, over views; emptied when it grows too large."""
        kept: dict[Any, Any] = self._memos.setdefault(name, {})
        if len(kept) > _MEMO_KEPT:
            kept.clear()
        return kept

    def forget(self, now: datetime) -> None:
        """Drop what lies a day and more beyond the lookback of its kind; kinds that declare none are kept whole."""
        for kind, back in self._lookback.items():
            if kind not in self._tables:
                continue
            kept = self.table(kind).filter(pl.col("occurred_at") >= now - back - _SLACK)
            if kept.height < self._tables[kind].height:
                self._tables[kind] = kept.rechunk()
                self._known.pop(kind, None)
        self._kept.clear()
        for follower in self._followers.values():
            follower.forget(Instant(max(now, self.recorded_at), self.position))

    def _once(self, name: str, stamp: tuple[int, ...], make: Callable[[], Any]) -> Any:
        """The value made for a stamp; of each name the last few are kept, and of names the last used."""
        stamps = self._kept.pop(name, {})
        self._kept[name] = stamps
        if stamp not in stamps:
            if len(stamps) >= _STAMPS_KEPT:
                stamps.pop(next(iter(stamps)))
            stamps[stamp] = make()
        if len(self._kept) > _NAMES_KEPT:
            self._kept.pop(next(iter(self._kept)))
        return stamps[stamp]

    def _seen(self, kind: str, instant: Instant) -> tuple[int, bool]:
        """How many rows lie at or before the position, and whether all of them were known by then."""
        rows = self._rows(kind, instant.position)
        latest = self._known[kind][1]
        return rows, rows == 0 or bool(latest[rows - 1] <= micros(instant.at))

    def _rows(self, kind: str, position: int) -> int:
        events = self.table(kind)
        if kind not in self._known:
            known = events["known_at"].to_physical().to_numpy()
            self._known[kind] = events["position"].to_numpy(), np.maximum.accumulate(known)
        return int(np.searchsorted(self._known[kind][0], position, side="right"))

    def _load(self, kind: str) -> pl.DataFrame:
        start = None
        if self.since is not None and kind in self._lookback:
            start = self.since - self._lookback[kind] - _SLACK
        where = Selection(kinds=frozenset({kind}), occurred_from=start)
        return table(kind, list(self.read(where)))

    def _take(self, event: Event) -> None:
        if event.kind in self._tables:
            self._fresh.setdefault(event.kind, []).append(event)
        for follower in self._followers.values():
            follower.add(event)
