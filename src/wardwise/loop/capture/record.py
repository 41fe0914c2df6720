"""The stored form of an event: canonical bytes, the thing that digests and chains are made of."""

import json

from wardwise.hospital.moment import micros, moment
from wardwise.loop.capture.canonical import Json, canonical
from wardwise.loop.capture.event import About, Event, KnownBasis, Status

_ABOUT = ("unit", "bed", "patient", "encounter", "staff")


def encode(event: Event) -> bytes:
    """Canonical bytes of an event; absent keys are left out, times are UTC microseconds."""
    record: dict[str, Json] = {
        "id": event.id,
        "kind": event.kind,
        "version": event.version,
        "site": event.site,
        "position": event.position,
        "occurred_at": micros(event.occurred_at),
        "recorded_at": micros(event.recorded_at),
        "known_at": micros(event.known_at),
        "known_basis": event.known_basis.value,
        "source": event.source,
        "status": event.status.value,
        "payload": event.payload,
    }
    optional: dict[str, Json] = {
        **{name: getattr(event.about, name) for name in _ABOUT},
        "confidence": event.confidence,
        "sequence": event.sequence,
        "raw": event.raw,
        "caused_by": list(event.caused_by),
        "supersedes": event.supersedes,
        "flags": list(event.flags),
    }
    record.update({name: value for name, value in optional.items() if value})
    return canonical(record)


def decode(stored: bytes) -> Event:
    """The event of its stored bytes."""
    record = json.loads(stored)
    return Event(
        id=record["id"],
        kind=record["kind"],
        version=record["version"],
        site=record["site"],
        position=record["position"],
        occurred_at=moment(record["occurred_at"]),
        recorded_at=moment(record["recorded_at"]),
        known_at=moment(record["known_at"]),
        known_basis=KnownBasis(record["known_basis"]),
        source=record["source"],
        status=Status(record["status"]),
        payload=record["payload"],
        about=About(**{name: record.get(name) for name in _ABOUT}),
        confidence=record.get("confidence"),
        sequence=record.get("sequence", 0),
        raw=record.get("raw"),
        caused_by=tuple(record.get("caused_by", ())),
        supersedes=record.get("supersedes"),
        flags=tuple(record.get("flags", ())),
    )
