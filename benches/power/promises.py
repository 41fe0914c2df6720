"""What was promised before the cut, held against what is found after it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from wardwise.govern.data.balance import balance_of
from wardwise.loop.capture.event import Event
from wardwise.loop.capture.inbox import INTAKE, Raw, Receipt
from wardwise.stores.sql.inbox import SqlInbox
from wardwise.stores.sql.log import SqlLog

SITE = "st"
ALL = 1_000_000
LOST = "lost"
READABLE = (Receipt.STORED, Receipt.CONFLICT)


@dataclass(slots=True)
class Promises:
    """What the stores have acknowledged, and what was under way (`asked`, `appending`) when they were cut off."""

    received: int = 0
    raws: dict[int, Raw] = field(default_factory=dict)  # to be read, by sequence
    events: list[str] = field(default_factory=list)  # ids, in order of position
    offset: int = 0
    pruned_upto: int = 0
    asked: int = 0
    appending: int = 0
    reading_upto: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """What the stores hold after a cut."""

    received: int
    raws: dict[int, Raw]
    events: list[Event]
    offset: int

    @classmethod
    def of(cls, inbox: SqlInbox, log: SqlLog) -> "Found":
        """Read everything."""
        return cls(
            inbox.counts(SITE).received,
            {raw.sequence: raw for raw in inbox.pending(SITE, after=0, limit=ALL)},
            log.read(SITE, limit=ALL),
            log.offset(SITE, INTAKE),
        )


def broken(promises: Promises, found: Found, inbox: SqlInbox, log: SqlLog) -> Iterator[str]:
    """Every promise that does not hold, in a few words; those about acknowledged things begin with `lost`."""
    yield from _lost(promises, found)
    yield from _half_done(promises, found)
    yield from _discord(found, inbox, log)


def broken_whenever(promises: Promises, found: Found, inbox: SqlInbox, log: SqlLog) -> Iterator[str]:
    """The same whatever else was done after these promises were given, part of which may be there."""
    yield from _lost(promises, found)
    yield from _discord(found, inbox, log)


def renewed(promises: Promises, found: Found) -> Promises:
    """What was under way has happened or it has not; from here on what was found is what is promised."""
    return Promises(
        found.received, found.raws, [event.id for event in found.events], found.offset, promises.pruned_upto
    )


def _lost(promises: Promises, found: Found) -> Iterator[str]:
    gone = [
        sequence
        for sequence, raw in promises.raws.items()
        if sequence > promises.pruned_upto and found.raws.get(sequence) != raw
    ]
    if gone:
        yield f"{LOST}: {len(gone)} acknowledged raws, the first is {gone[0]}"
    if found.received < promises.received:
        yield f"{LOST}: {promises.received - found.received} receipts"
    ids = [event.id for event in found.events]
    if ids[: len(promises.events)] != promises.events:
        yield f"{LOST}: of {len(promises.events)} committed events {len(set(promises.events) - set(ids))}"
    if found.offset < promises.offset:
        yield f"{LOST}: the offset went back from {promises.offset} to {found.offset}"


def _half_done(promises: Promises, found: Found) -> Iterator[str]:
    if found.received not in {promises.received, promises.received + promises.asked}:
        yield f"half a group of arrivals: {found.received} of {promises.received} + {promises.asked}"
    came = (len(found.events) - len(promises.events), found.offset)
    if came not in {(0, promises.offset), (promises.appending, max(promises.reading_upto, promises.offset))}:
        yield f"half a batch: {came} of {promises.appending} events up to {promises.reading_upto}"


def _discord(found: Found, inbox: SqlInbox, log: SqlLog) -> Iterator[str]:
    yield from _twice(found.events)
    yield from _disagreements(found, log)
    if not balance_of(inbox, log, SITE).holds:
        yield "the books do not balance"
    if (head := log.verify(SITE).position) != len(found.events):
        yield f"the chain ends at {head}, the log at {len(found.events)}"


def _twice(events: Sequence[Event]) -> Iterator[str]:
    twice = [identifier for identifier, times in Counter(event.id for event in events).items() if times > 1]
    if twice:
        yield f"applied twice: {twice[0]}"


def _disagreements(found: Found, log: SqlLog) -> Iterator[str]:
    """Offsets, dispositions and events say the same of every raw."""
    if found.offset > found.received:
        yield f"read up to {found.offset}, received {found.received}"
    made = Counter(event.raw for event in found.events)
    for sequence, raw in found.raws.items():
        said = log.disposition(SITE, raw.id)
        if (said is None) != (sequence > found.offset):
            yield f"raw {sequence} is {'not ' if said is None else ''}dealt with, read up to {found.offset}"
        if made[raw.id] != (0 if said is None else said.events):
            yield f"raw {sequence} gave {made[raw.id]} events, its disposition says otherwise"
