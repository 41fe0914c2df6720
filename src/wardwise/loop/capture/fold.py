"""The total order in which facts fold into state, whatever order they were delivered in."""

from wardwise.hospital.moment import micros
from wardwise.loop.capture.canonical import canonical, digest
from wardwise.loop.capture.event import Event

Order = tuple[int, int, int, str, str]

# Clocks of feeds tell minutes: what has to come first in a stay comes first within one.
_COMES = (
    "stay.registered",
    "stay.expected",
    "stay.arrived",
    "stay.admitted",
    "stay.updated",
    "stay.transferred",
    "stay.left",
    "stay.returned",
    "stay.discharged",
    "stay.moved",
    "stay.cancelled",
)
_RANKS = {kind: rank for rank, kind in enumerate(_COMES)}


def fold_key(event: Event) -> Order:
    """(occurred_at, source sequence, what comes first in a stay, hash of the body, id): the same for any delivery.

    The id only parts facts that say the very same; it is a hash of the message, so it knows no order of delivery.
    """
    return micros(event.occurred_at), event.sequence, _RANKS.get(event.kind, 0), body_hash(event), event.id


def body_hash(event: Event) -> str:
    """SHA-256 of what a fact says: its kind, whom and where it is about, its status and its payload."""
    about = event.about
    keys = [about.unit, about.bed, about.patient, about.encounter, about.staff]
    return digest(canonical([event.kind, keys, event.status.value, event.payload]))
