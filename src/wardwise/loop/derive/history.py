"""The events a site's workflows look back on, kept as tables and topped up as the log grows."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

import polars as pl

from wardwise.loop.capture.event import Event
from wardwise.loop.capture.log import Log, Selection
from wardwise.loop.derive.frame import table

_PAGE = 10_000
_RECHUNK_EVERY = 64


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
    ) -> None:
        self._log = log
        self.site = site
        self.position = log.head(site).position
        self._since = since
        self._lookback = dict(lookback or {})
        self._tables: dict[str, pl.DataFrame] = {}
        self._fresh: dict[str, list[Event]] = {}

    def add(self, events: Iterable[Event]) -> None:
        """Take over events just appended; they must continue at `position` without a gap."""
        for event in events:
            if event.position <= self.position:
                continue
            if event.position != self.position + 1:
                raise ValueError(f"position {event.position} does not follow {self.position}")
            self.position = event.position
            if event.kind in self._tables:
                self._fresh.setdefault(event.kind, []).append(event)

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
            grown = self._tables[kind].vstack(table(kind, fresh))
            chunks = grown.n_chunks()
            self._tables[kind] = grown.rechunk() if chunks > _RECHUNK_EVERY else grown
        return self._tables[kind]

    def _load(self, kind: str) -> pl.DataFrame:
        start = None
        if self._since is not None and kind in self._lookback:
            start = self._since - self._lookback[kind]
        where = Selection(kinds=frozenset({kind}), occurred_from=start)
        pages: list[Event] = []
        after = 0
        while page := self._log.read(self.site, after=after, upto=self.position, where=where, limit=_PAGE):
            pages.extend(page)
            after = page[-1].position
        return table(kind, pages)
