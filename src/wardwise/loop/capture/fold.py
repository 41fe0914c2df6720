"""The total order in which facts fold into state, whatever order they were delivered in."""

from wardwise.hospital.moment import micros
from wardwise.loop.capture.canonical import canonical, digest
from wardwise.loop.capture.event import Event


def fold_key(event: Event) -> tuple[int, int, str]:
    """(occurred_at, source sequence, hash of the body): the same for any delivery order."""
    return micros(event.occurred_at), event.sequence, digest(canonical(event.payload))
