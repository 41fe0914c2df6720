"""Which of two sources is in charge of a kind of fact: the preferred one, but for the stretches in which it was out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from wardwise.loop.derive.view import View
from wardwise.sites.two_sources import TwoSources

_KINDS = ("feed.silent", "contract.breached", "drift.accepted")


@dataclass(frozen=True, slots=True)
class Outage:
    """A feed was silent or broke its contract between `start` and `end` (None: still); neither instant counts."""

    start: datetime
    end: datetime | None
    why: str

    def holds(self, at: datetime) -> bool:
        """Whether an instant lies in it."""
        return self.start < at and (self.end is None or at < self.end)


def outages(view: View, feed: str, kind: str) -> tuple[Outage, ...]:
    """When a feed could not be relied on for a kind, in the order it ended."""
    return view.keep(f"outages of {feed} {kind}", lambda seen: tuple(_outages(seen, feed, kind)), kinds=_KINDS)


def in_charge(view: View, pair: TwoSources, at: datetime) -> str:
    """The feed whose facts of an instant count: the first that was not out, the preferred one where both were."""
    well = (feed for feed in pair.feeds if not any(out.holds(at) for out in outages(view, feed, pair.kind)))
    return next(well, pair.feeds[0])


def is_out(view: View, feed: str, kind: str) -> bool:
    """Whether a feed cannot be relied on for a kind now."""
    return any(out.end is None for out in outages(view, feed, kind))


def why_out(view: View, feed: str, kind: str) -> str:
    """Why a feed cannot be relied on for a kind now; empty when it can."""
    return next((out.why for out in outages(view, feed, kind) if out.end is None), "")


def covered_for(view: View, feed: str, kinds: Sequence[str]) -> bool:
    """Whether another source stands in now for every one of these kinds of a feed, and can be relied on."""
    pairs = {pair.kind: pair for pair in view.folder.site.two_sources if feed in pair.feeds}
    return bool(kinds) and all(kind in pairs and _stands_in(view, pairs[kind], feed) for kind in kinds)


def _stands_in(view: View, pair: TwoSources, feed: str) -> bool:
    chief = in_charge(view, pair, view.instant.at)
    return chief != feed and not is_out(view, chief, pair.kind)


def _outages(view: View, feed: str, kind: str) -> Iterator[Outage]:
    rows = [(row["position"], row) for name in _KINDS for row in view.events(name).iter_rows(named=True)]
    began: dict[str, tuple[datetime, str]] = {}
    for _, row in sorted(rows, key=lambda each: each[0]):
        if row["feed"] != feed:
            continue
        key, start, why = _read(row, kind)
        if start is not None:
            began.setdefault(key, (start, why))
        elif key in began:
            since, reason = began.pop(key)
            # A silence ends with the word that broke it, which is older than the event that says so: it counts.
            yield Outage(since, row.get("last_at", row["occurred_at"]), reason)
    yield from (Outage(start, None, why) for start, why in began.values())


def _read(row: dict[str, Any], kind: str) -> tuple[str, datetime | None, str]:
    """What an event begins, with its start and reason, or ends, without."""
    if "last_at" in row:
        return "silent", (row["last_at"] if row["state"] == "silent" else None), "silent"
    key = f"{row['rule']} {row['subject'] or ''}"
    touched = row.get("steps_down") is not False and row.get("event") in {None, kind}
    if "breach" in row:  # a drift taken for the new normal ends its outage; the word taken back does not renew it
        return key, None, ""
    broken = row["state"] != "kept" and touched
    return key, (row["occurred_at"] if broken else None), f"contract broken ({row['rule']})"
