"""Decisions in the log: which events they are, and the bytes that a replay must give again."""

from wardwise.hospital.moment import micros
from wardwise.loop.capture.canonical import canonical
from wardwise.loop.capture.event import Draft

DECISION_KINDS = frozenset({"prediction.made", "advice.ended", "advice.given", "delivery.made"})


def decision_bytes(said: Draft) -> bytes:
    """Canonical bytes of what was decided: id, instant, keys, causes and payload, without its place in the log."""
    about = said.about
    return canonical(
        {
            "id": said.id,
            "kind": said.kind,
            "at": micros(said.occurred_at),
            "about": [about.unit, about.bed, about.patient, about.encounter, about.staff],
            "caused_by": list(said.caused_by),
            "payload": said.payload,
        }
    )
