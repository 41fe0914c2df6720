"""The arbiter of two sources: which facts count, by who was in charge when they happened, whatever order they came in.

The first source counts but for its outages; within them the second does, and what the first tells of them late is put
aside. An outage begins and ends by events of the log, and only what has happened by now is judged: so an outage that
ends later takes back nothing, and facts delivered in any order come to the same.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

import polars as pl

from wardwise.hospital.moment import from_iso, iso
from wardwise.loop.capture.event import Draft, Event
from wardwise.loop.capture.ids import derived_id
from wardwise.loop.capture.kinds import CATALOGUE
from wardwise.loop.capture.log import Selection
from wardwise.loop.capture.two_sources import SOURCE, put_aside, taken
from wardwise.loop.derive.state.charge import Outage, fills_in, in_charge, outages, why_out
from wardwise.loop.derive.view import View
from wardwise.sites.two_sources import STAYS, TwoSources

RECENT = timedelta(days=7)  # outages that ended longer ago were settled by the worker of that time
BACK = "it is back"
_Stamp = tuple[Outage, ...]


class Arbiter:
    """One per worker. It remembers how far it has judged; a new one judges recent outages again, to the same end."""

    def __init__(self) -> None:
        self._upto: dict[str, int] = {}
        self._known: dict[str, _Stamp] = {}
        self._waiting: dict[str, list[Event]] = {}

    def settle(self, view: View) -> list[Draft]:
        """Facts taken into use and put aside since the last look, and each change of who is in charge."""
        return [draft for pair in view.folder.site.two_sources for draft in self._settle(view, pair)]

    def _settle(self, view: View, pair: TwoSources) -> Iterator[Draft]:
        yield from _switched(view, pair)
        ahead = []
        for event in [*self._waiting.get(pair.kind, ()), *self._unjudged(view, pair)]:
            if event.source not in pair.feeds:
                continue
            if event.occurred_at > view.instant.at:
                ahead.append(event)  # a clock that runs ahead: who is in charge then is not known yet
                continue
            draft = judged(view, pair, event)
            if draft is not None:
                yield draft
        self._waiting[pair.kind] = ahead

    def _unjudged(self, view: View, pair: TwoSources) -> Iterator[Event]:
        """What came since the last look, and what had come by then and lies in an outage that was not known."""
        now, position, kinds = view.instant.at, view.instant.position, _kinds(pair)
        stamp = tuple(
            out
            for feed in pair.feeds
            for out in outages(view, feed, pair.kind)
            if out.end is None or now - out.end < RECENT
        )
        fresh = [out.start for out in stamp if out not in self._known.get(pair.kind, ())]
        upto = self._upto.get(pair.kind, position)
        self._known[pair.kind], self._upto[pair.kind] = stamp, position
        if fresh:
            lying = Selection(kinds=kinds, occurred_from=min(fresh) - _margin(pair))
            yield from view.history.read(lying, upto=upto)
        if upto < position:
            yield from view.history.read(Selection(kinds=kinds), after=upto, upto=position)


def judged(view: View, pair: TwoSources, event: Event) -> Draft | None:
    """What becomes of a fact: taken into use, put aside, or nothing where it counts already or never did.

    What the first tells of a stay is never put aside: the fold lets it stand before what was taken of the second.
    """
    letter = CATALOGUE[event.kind].letter
    if pair.kind == STAYS:
        return taken(event, letter) if any(fills_in(view, pair, at) for at in _instants(event)) else None
    first, second = pair.feeds
    chief = in_charge(view, pair, event.occurred_at)
    if event.source == second:
        return taken(event, letter) if chief == second else None
    return put_aside(event, letter) if event.source == first and chief == second else None


def _instants(event: Event) -> Iterator[datetime]:
    """When it happened; of a cancel also when what it undoes did, for what was taken into use may be taken back."""
    yield event.occurred_at
    named = event.payload.get("target_occurred_at")
    if isinstance(named, str):
        yield from_iso(named)


def _kinds(pair: TwoSources) -> frozenset[str]:
    return frozenset(name for name in CATALOGUE if pair.tells(name))


def _margin(pair: TwoSources) -> timedelta:
    return timedelta(minutes=pair.agrees.within_minutes if pair.kind == STAYS else 0)


def _switched(view: View, pair: TwoSources) -> Iterator[Draft]:
    """A `source.switched` where another feed is in charge than the log last said."""
    now, last = in_charge(view, pair, view.instant.at), last_said(view, pair)
    if now != last:
        why = why_out(view, last, pair.kind)
        yield _draft(pair, (now, last), f"{last} {why}" if why else BACK, view.instant.at)


def last_said(view: View, pair: TwoSources) -> str:
    """Who was in charge by the last `source.switched`; the preferred feed before the first."""
    told = view.events("source.switched").filter((pl.col("event") == pair.kind) & pl.col("feed").is_in(pair.feeds))
    return str(told["feed"][-1]) if told.height else pair.feeds[0]


def _draft(pair: TwoSources, feeds: tuple[str, str], why: str, at: datetime) -> Draft:
    now, was = feeds
    return Draft(
        id=derived_id("g", kind="source.switched", workflow="two-sources", entity=pair.kind, position=0, cause=iso(at)),
        kind="source.switched",
        occurred_at=at,
        source=SOURCE,
        payload={"event": pair.kind, "feed": now, "was": was, "why": why},
    )
