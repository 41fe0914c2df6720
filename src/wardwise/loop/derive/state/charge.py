"""Which of two sources is in charge of a kind of fact: the preferred one, but for the stretches in which it was out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from wardwise.loop.derive.view import View
from wardwise.sites.two_sources import STAYS, TwoSources, tells

_KINDS = ("feed.silent", "contract.breached", "drift.accepted")
SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Outage:
    """A feed was silent or broke its contract between `start` and `end` (None: still); neither instant counts."""

    start: datetime
    end: datetime | None
    why: str

    def holds(self, at: datetime, *, within: timedelta = timedelta(0)) -> bool:
        """Whether an instant lies in it, or so near to it."""
        return self.start - within < at and (self.end is None or at < self.end + within)


def outages(view: View, feed: str, kind: str) -> tuple[Outage, ...]:
    """When a feed could not be relied on for a kind, or for `stays`, in the order it ended."""
    return view.keep(f"outages of {feed} {kind}", lambda seen: tuple(_outages(seen, feed, kind)), kinds=_KINDS)


def in_charge(view: View, pair: TwoSources, at: datetime) -> str:
    """The feed whose facts of an instant count: the first that was not out, the preferred one where both were."""
    well = (feed for feed in pair.feeds if not any(out.holds(at) for out in outages(view, feed, pair.kind)))
    return next(well, pair.feeds[0])


def fills_in(view: View, pair: TwoSources, at: datetime) -> bool:
    """Whether what the second source tells of a stay at an instant is to count where the first tells nothing of it.

    It is when the first was out, or so near to that as the clocks of the two may differ; not while the second broke
    its own contract. A silence of the second's own does not matter: nobody else told what it tells late.
    """
    first, second = pair.feeds
    within = timedelta(minutes=pair.agrees.within_minutes)
    broken = any(out.holds(at) and out.why != SILENT for out in outages(view, second, pair.kind))
    return not broken and any(out.holds(at, within=within) for out in outages(view, first, pair.kind))


def is_out(view: View, feed: str, kind: str) -> bool:
    """Whether a feed cannot be relied on for a kind now."""
    return any(out.end is None for out in outages(view, feed, kind))


def why_out(view: View, feed: str, kind: str) -> str:
    """Why a feed cannot be relied on for a kind now; empty when it can."""
    return next((out.why for out in outages(view, feed, kind) if out.end is None), "")


def covered_for(view: View, feed: str, kinds: Sequence[str]) -> bool:
    """Whether another source stands in now for every one of these kinds of a feed, and can be relied on."""
    pairs = [pair for pair in view.folder.site.two_sources if feed in pair.feeds]
    return bool(kinds) and all(any(_stands_in(view, pair, feed, kind) for pair in pairs) for kind in kinds)


def _stands_in(view: View, pair: TwoSources, feed: str, kind: str) -> bool:
    chief = in_charge(view, pair, view.instant.at)
    if not pair.tells(kind) or chief == feed or is_out(view, chief, pair.kind):
        return False
    return pair.kind != STAYS or (_promises(view, chief, kind) and not (chief == pair.second and _breaks(view, feed)))


def _promises(view: View, feed: str, kind: str) -> bool:
    contract = view.folder.contracts.get(feed)
    return contract is not None and contract.provided(kind) is not None


def _breaks(view: View, feed: str) -> bool:
    """Whether it goes on to tell of stays against its contract: its word counts, so nobody stands in for it."""
    return any(out.end is None and out.why != SILENT for out in outages(view, feed, STAYS))


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
        return SILENT, (row["last_at"] if row["state"] == "silent" else None), SILENT
    key = f"{row['rule']} {row['subject'] or ''}"
    event = row.get("event")
    touched = row.get("steps_down") is not False and (event is None or tells(kind, event))
    if "breach" in row:  # a drift taken for the new normal ends its outage; the word taken back does not renew it
        return key, None, ""
    broken = row["state"] != "kept" and touched
    return key, (row["occurred_at"] if broken else None), f"contract broken ({row['rule']})"
