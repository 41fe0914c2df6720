"""For each segment of a name: itself, and of every other name the one nearest before it, else the first after it.

Never beyond the patient it belongs to: where there are several PIDs, each begins anew with the message's header.
"""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from wardwise.feeds.hl7v2.message import Message, name_of
from wardwise.feeds.hl7v2.scope import Scope

Line = tuple[bytes, bytes]

_PID, _PV1 = b"PID", b"PV1"
_NONE = [b""]


Visit = tuple[bytes, bytes]  # the PID and PV1 that a segment belongs to


def each(message: Message, head: str, names: AbstractSet[bytes]) -> Iterator[tuple[Visit, Scope]]:
    """One scope per segment named `head`, in the order sent, with the visit it belongs to.

    Segments of other `names` than those asked for are not looked at, so that a message of thousands costs no more.
    """
    mark = message.separators.field.encode("ascii")
    wanted = head.encode("ascii")
    kept = names | {_PID, _PV1, wanted}
    named = [(name, line) for line in message.lines if line and (name := name_of(line, mark)) in kept]
    for lines in _patients(named):
        yield from _within(message, lines, wanted)


def _patients(named: list[Line]) -> Iterator[list[Line]]:
    """The segments of each patient, those before the first PID (the header) put before each."""
    starts = [place for place, (name, _) in enumerate(named) if name == _PID]
    if len(starts) < 2:
        yield named
        return
    header = named[: starts[0]]
    for start, end in zip(starts, [*starts[1:], len(named)], strict=True):
        yield [*header, *named[start:end]]


def _within(message: Message, lines: list[Line], wanted: bytes) -> Iterator[tuple[Visit, Scope]]:
    first: dict[bytes, list[bytes]] = {}
    for name, line in reversed(lines):
        first[name] = [line]
    nearest: dict[bytes, list[bytes]] = {}
    for name, line in lines:
        nearest[name] = [line]
        if name == wanted:
            index = {**first, **nearest}
            visit = index.get(_PID, _NONE)[0], index.get(_PV1, _NONE)[0]
            yield visit, message.narrowed(index)
