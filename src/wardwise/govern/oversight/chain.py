"""The chain of one id: what it rests on and what came of it, read from the log."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast
from zoneinfo import ZoneInfo

from wardwise.errors import NotFound
from wardwise.govern.oversight.gist import gist
from wardwise.hospital.moment import iso
from wardwise.loop.capture.event import Event
from wardwise.loop.capture.ids import shown
from wardwise.loop.capture.log import Log

_ORDER = ("prediction.made", "advice.given", "delivery.made", "advice.ended", "response.given", "outcome.measured")


@dataclass(frozen=True, slots=True)
class Link:
    """One event of a chain and how it is related to the others."""

    event: Event

    def figures(self) -> dict[str, object]:
        """The event for machines, its payload included."""
        event = self.event
        return {
            "id": event.id,
            "kind": event.kind,
            "position": event.position,
            "occurred_at": iso(event.occurred_at),
            "recorded_at": iso(event.recorded_at),
            "unit": event.about.unit,
            "caused_by": list(event.caused_by),
            "status": event.status.value,
            "flags": list(event.flags),
            "payload": event.payload,
        }

    def sentence(self, zone: str) -> str:
        """The event for people: one line with the time on the clock of a zone, then what it says."""
        event = self.event
        local = event.occurred_at.astimezone(ZoneInfo(zone))
        return f"{local:%Y-%m-%d %H:%M:%S %Z}  {event.kind:17} {shown(event.id)}  {gist(event)}"


def chain_of(log: Log, site: str, identifier: str) -> list[Link]:
    """Causes first, then effects, each once, in order of position; raises NotFound."""
    asked = log.find(site, identifier)
    found = {asked.id: asked}
    _climb(log, site, asked, found)
    roots = [event for event in found.values() if event.kind in _ORDER] or [asked]
    for event in roots:
        _descend(log, site, event, found)
    return [Link(event) for event in sorted(found.values(), key=lambda event: event.position)]


def _climb(log: Log, site: str, event: Event, found: dict[str, Event]) -> None:
    for cause in (*event.caused_by, *_traces(event)):
        if cause in found:
            continue
        try:
            found[cause] = log.find(site, cause)
        except NotFound:
            continue
        if found[cause].kind in _ORDER:
            _climb(log, site, found[cause], found)


def _traces(event: Event) -> Iterator[str]:
    """The events that the reasons of a card rest on."""
    card = cast("Mapping[str, Any]", event.payload.get("card", {}))
    for reason in card.get("reasons", ()):
        yield from reason["traces"]


def _descend(log: Log, site: str, event: Event, found: dict[str, Event]) -> None:
    for effect in log.caused(site, event.id):
        if effect.id not in found:
            found[effect.id] = effect
            _descend(log, site, effect, found)
