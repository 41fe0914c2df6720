"""Samples of feeds: which events were drawn for people to look at, and what they said of each."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from wardwise.loop.derive.view import View

COUNTED = 4  # the newest samples of a feed that its share of wrong rests on
WAITS = timedelta(days=28)  # an event nobody has judged by then leaves the queue: the chart is closed
_KINDS = ("sample.drawn", "review.given")


@dataclass(frozen=True, slots=True)
class Said:
    """What a person said of a sampled event; `id` is the review's own."""

    id: str
    judgement: str
    reason: str | None
    role: str
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Item:
    """One sampled event, and the last that was said of it."""

    event: str
    said: Said | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Events of a feed drawn from those recorded in (start, end]; `of` is how many there were."""

    id: str
    feed: str
    start: datetime
    end: datetime
    of: int
    items: tuple[Item, ...]

    def item(self, event: str) -> Item | None:
        """The item of an event."""
        return next((item for item in self.items if item.event == event), None)


@dataclass(frozen=True, slots=True)
class Waiting:
    """An item of the queue: nobody has judged it yet."""

    sample: Sample
    event: str


def samples(view: View, feed: str) -> tuple[Sample, ...]:
    """The samples of a feed in the order they were drawn."""
    return view.keep("samples", _read, kinds=_KINDS).get(feed, ())


def counted(view: View, feed: str) -> tuple[Sample, ...]:
    """The newest samples of a feed: what its share of wrong events rests on."""
    return samples(view, feed)[-COUNTED:]


def queue(view: View, feed: str) -> tuple[Waiting, ...]:
    """What waits for a judgement, the oldest first."""
    fresh = (sample for sample in samples(view, feed) if view.instant.at - sample.end <= WAITS)
    return tuple(Waiting(sample, item.event) for sample in fresh for item in sample.items if item.said is None)


def _read(view: View) -> dict[str, tuple[Sample, ...]]:
    said: dict[tuple[str | None, str], Said] = {}
    for row in view.events("review.given").sort("position").iter_rows(named=True):
        word = (row["id"], row["judgement"], row["reason"], row["role"], row["actor"], row["occurred_at"])
        said[row["cause"], row["event"]] = Said(*word)
    found: dict[str, list[Sample]] = {}
    for row in view.events("sample.drawn").sort("position").iter_rows(named=True):
        items = tuple(Item(event, said.get((row["id"], event))) for event in json.loads(row["events"]))
        drawn = Sample(id=row["id"], feed=row["feed"], start=row["from"], end=row["to"], of=row["of"], items=items)
        found.setdefault(drawn.feed, []).append(drawn)
    return {feed: tuple(every) for feed, every in found.items()}
