"""From drafts to sealed records: place, times and digests; the same for every store."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from operator import attrgetter

from wardwise.errors import ImpossibleValue
from wardwise.hospital.moment import EPOCH, TICK
from wardwise.loop.capture import kinds
from wardwise.loop.capture.chain import GENESIS, leaf, link, merkle_root
from wardwise.loop.capture.event import Draft, Event
from wardwise.loop.capture.log import Head
from wardwise.loop.capture.record import encode

EMPTY = Head(0, EPOCH, GENESIS.hex())

_NAMES = tuple(f.name for f in fields(Draft) if f.name != "known_at")
_TAKE = attrgetter(*_NAMES)


@dataclass(frozen=True, slots=True)
class Sealed:
    """A batch ready to be stored: its events, their bytes and digests, its root and the head after it."""

    events: Sequence[Event]
    records: Sequence[bytes]
    leaves: Sequence[bytes]
    root: bytes
    head: Head


def check_all(drafts: Iterable[Draft]) -> None:
    """Refuse the whole batch for one draft that is not of its kind, before anything is written."""
    for draft in drafts:
        kinds.check(draft)


def fresh(drafts: Iterable[Draft], known: set[str]) -> list[Draft]:
    """Drafts whose id is neither known nor seen earlier in the batch; `known` is added to."""
    new = []
    for draft in drafts:
        if draft.id not in known:
            known.add(draft.id)
            new.append(draft)
    return new


def seal(drafts: Sequence[Draft], *, site: str, head: Head, now: datetime) -> Sealed:
    """Give at least one draft its position, its strictly rising record time, its bytes and its digests."""
    events = []
    position, recorded = head.position, head.recorded_at
    for draft in drafts:
        position, recorded = position + 1, max(now, recorded + TICK)
        events.append(_placed(draft, site, position, recorded))
    records = [_encoded(event) for event in events]
    leaves = [leaf(record) for record in records]
    root = merkle_root(leaves)
    chain = link(bytes.fromhex(head.chain), root)
    return Sealed(events, records, leaves, root, Head(position, recorded, chain.hex()))


def _placed(draft: Draft, site: str, position: int, recorded: datetime) -> Event:
    known = dict(zip(_NAMES, _TAKE(draft), strict=True))
    return Event(**known, site=site, position=position, recorded_at=recorded, known_at=draft.known_at or recorded)


def _encoded(event: Event) -> bytes:
    try:
        return encode(event)
    except UnicodeEncodeError as damage:
        raise ImpossibleValue(
            what=f"a text in an event of kind {event.kind} is not valid Unicode (a lone surrogate)",
            remedy="Decode the source with the character set its feed contract declares.",
        ) from damage
