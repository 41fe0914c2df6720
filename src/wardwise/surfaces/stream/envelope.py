"""What an event looks like outside: a CloudEvent 1.0 in structured mode; docs/reference tells all of it.

People are the tokens that stand in the log. What somebody typed stays here: it may name a patient.
"""

from collections.abc import Mapping
from datetime import datetime

from wardwise.hospital.moment import from_iso, iso
from wardwise.loop.capture.canonical import Json, canonical
from wardwise.loop.capture.event import Event

CONTENT_TYPE = "application/cloudevents+json; charset=UTF-8"
DATA_SCHEMA = "urn:wardwise:published-event:1"
_STAYS = {"response.given": frozenset({"actor", "note"})}
_WORKFLOWS_OWN = frozenset({"prediction.made", "advice.given", "advice.ended", "tier.changed", "mode.changed"})
_DIGITS = 20


def key_of(event: Event) -> str:
    """What events must stay in order of: the stay, else the patient, else the unit, else the site."""
    about = event.about
    return about.encounter or about.patient or about.unit or event.site


def expires_at(event: Event) -> datetime | None:
    """When advice is of no use any more; nothing else expires."""
    return from_iso(str(event.payload["expires_at"])) if event.kind == "advice.given" else None


def type_of(event: Event) -> str:
    """`wardwise.advice.given.v1`: kind and version."""
    return f"wardwise.{event.kind}.v{event.version}"


def envelope(event: Event, mode: str) -> bytes:
    """The event as JSON, the same bytes every time; `mode` is the one it went out in, empty where it has none."""
    expiry = expires_at(event)
    told: dict[str, Json] = {
        "specversion": "1.0",
        "id": event.id,
        "source": f"/wardwise/{event.site}",
        "type": type_of(event),
        "time": iso(event.occurred_at),
        "subject": key_of(event),
        "datacontenttype": "application/json",
        "dataschema": DATA_SCHEMA,
        "partitionkey": key_of(event),
        "sequence": f"{event.position:0{_DIGITS}d}",
        "data": _data(event, mode),
    }
    return canonical(told if expiry is None else {**told, "expirytime": iso(expiry)})


def _data(event: Event, mode: str) -> Mapping[str, Json]:
    about = event.about
    optional: dict[str, Json] = {
        "unit": about.unit,
        "bed": about.bed,
        "patient": about.patient,
        "encounter": about.encounter,
        "workflow": event.payload.get("workflow") if event.kind in _WORKFLOWS_OWN else None,
        "tier": _tier(event),
        "mode": mode,
        "caused_by": list(event.caused_by),
        "supersedes": event.supersedes,
        "flags": list(event.flags),
    }
    stays = _STAYS.get(event.kind, frozenset())
    return {
        "kind": event.kind,
        "version": event.version,
        "site": event.site,
        "position": event.position,
        "occurred_at": iso(event.occurred_at),
        "recorded_at": iso(event.recorded_at),
        "known_at": iso(event.known_at),
        "status": event.status.value,
        **{name: value for name, value in optional.items() if value},
        "payload": {name: value for name, value in event.payload.items() if name not in stays},
    }


def _tier(event: Event) -> Json:
    card = event.payload.get("card")
    tier = card.get("tier") if isinstance(card, Mapping) else event.payload.get("tier")
    return tier.get("tier") if isinstance(tier, Mapping) else tier
