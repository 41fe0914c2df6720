"""Parity: features of every stay at every event, computed in one batch and replayed event by event, must be equal.

The batch sees the whole log at once and is held back by its spine alone. The replay grows a history one event at a
time and asks after each, as a live worker does; it is given one stay's events, so that any influence of another stay
on the batch would show too.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from wardwise.loop.capture.event import Event
from wardwise.loop.capture.instant import Instant
from wardwise.loop.capture.log import Log, Selection
from wardwise.loop.declare.feature import FeatureSet
from wardwise.loop.declare.model import Artefacts
from wardwise.loop.derive.frame import INSTANT
from wardwise.loop.derive.history import History
from wardwise.loop.derive.view import View
from wardwise.sites.load import SiteFolder

_PAGE = 10_000
_NAMED = 20


@dataclass(frozen=True, slots=True)
class Difference:
    """One cell that came out differently: which stay, at which position of the log, in which column."""

    entity: str
    position: int
    column: str
    replayed: str
    batch: str


@dataclass(frozen=True, slots=True)
class Parity:
    """Rows compared and cells that differ; `first` names at most twenty of them."""

    rows: int
    stays: int
    differences: int
    first: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Ground:
    """The log and site that features are compared on."""

    log: Log
    folder: SiteFolder
    artefacts: Artefacts

    @property
    def site(self) -> str:
        """The site's slug."""
        return self.folder.site.slug

    def view(self, instant: Instant, history: History) -> View:
        """A view of the site at an instant."""
        return View(self.folder, instant, history, self.artefacts)


class OneStay(History):
    """The history of one stay, grown event by event; positions keep their gaps."""

    def __init__(self, log: Log, site: str) -> None:
        super().__init__(log, site)
        self.position = 0

    def add(self, events: Iterable[Event]) -> None:
        """Take over the stay's next events."""
        for event in events:
            self.position = event.position
            self._take(event)


def parity(features: FeatureSet, ground: Ground, *, kind: str, stays: Sequence[str] | None = None) -> Parity:
    """Compare at every event of a kind, for all stays or those named; an event is asked about when it is known."""
    told = _by_stay_told(ground, frozenset(name for each in features.features for name in each.kinds) | {kind})
    chosen = sorted(told) if stays is None else sorted(set(stays))
    asked = [event for stay in chosen for event in told.get(stay, ()) if _asks(event, kind, stay)]
    batch = _by_entity(_batch(features, ground, asked))
    found: list[Difference] = []
    for stay, rows in batch.items():
        replayed = _replayed(features, ground, stay, kind=kind, events=told[stay])
        found.extend(_differences(stay, replayed, rows))
    return Parity(len(asked), len(batch), len(found), tuple(found[:_NAMED]))


def _batch(features: FeatureSet, ground: Ground, asked: Sequence[Event]) -> pl.DataFrame:
    history = History(ground.log, ground.site)
    head = ground.log.head(ground.site)
    latest = max((event.known_at for event in asked), default=head.recorded_at)
    spine = pl.DataFrame(
        {
            "entity": [event.about.encounter for event in asked],
            "at": [event.known_at for event in asked],
            "position": [event.position for event in asked],
        },
        schema={"entity": pl.String, "at": INSTANT, "position": pl.Int64},
    )
    return features.compute(ground.view(Instant(latest, head.position), history), spine)


def _replayed(
    features: FeatureSet, ground: Ground, stay: str, *, kind: str, events: Sequence[Event]
) -> Iterator[dict[str, Any]]:
    history = OneStay(ground.log, ground.site)
    _touch(features, ground, history)
    for event in events:
        history.add([event])
        if _asks(event, kind, stay):
            view = ground.view(Instant(event.known_at, event.position), history)
            yield from features.compute(view, view.spine([stay])).iter_rows(named=True)


def _asks(event: Event, kind: str, stay: str) -> bool:
    return event.kind == kind and event.about.encounter == stay


def _touch(features: FeatureSet, ground: Ground, history: OneStay) -> None:
    # Tables are opened while the history is empty; from then on they hold what was added and nothing else.
    view = ground.view(Instant(ground.log.head(ground.site).recorded_at, 0), history)
    features.compute(view, view.spine([]))


def _by_entity(batch: pl.DataFrame) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in batch.iter_rows(named=True):
        found.setdefault(row["entity"], []).append(row)
    return found


def _differences(
    encounter: str, replayed: Iterator[dict[str, Any]], batch: Sequence[dict[str, Any]]
) -> Iterator[Difference]:
    for live, row in zip(replayed, batch, strict=True):
        for name in sorted(live.keys() | row.keys()):
            if live.get(name) != row.get(name):
                yield Difference(encounter, row["position"], name, str(live.get(name)), str(row.get(name)))


def _by_stay_told(ground: Ground, kinds: frozenset[str]) -> dict[str, list[Event]]:
    # A correction may move a fact to another stay; the stay it leaves is told of it too.
    told: dict[str, list[Event]] = {}
    stay_of: dict[str, str | None] = {}
    for event in _events(ground, Selection(kinds=kinds)):
        stay_of[event.id] = event.about.encounter
        for stay in {event.about.encounter, stay_of.get(event.supersedes or "")} - {None}:
            told.setdefault(str(stay), []).append(event)
    return told


def _events(ground: Ground, where: Selection) -> Iterator[Event]:
    after = 0
    while page := ground.log.read(ground.site, after=after, where=where, limit=_PAGE):
        yield from page
        after = page[-1].position
