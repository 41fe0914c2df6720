"""Segment groups: each PID of an A40 with its MRG, each OBR with its OBX, each OBX with its order.

A group never sees a segment of another patient, visit, order or result.
"""

from collections import ChainMap
from collections.abc import Iterator
from dataclasses import dataclass, field

from wardwise.feeds.hl7v2.message import Message, index_by_name, name_of
from wardwise.feeds.hl7v2.scope import Scope

DEPTHS = {
    b"MSH": 0,
    b"PID": 1,
    b"PV1": 2,
    b"ORC": 3,
    b"OBR": 4,
    b"RXA": 4,
    b"RXE": 4,
    b"RXO": 4,
    b"OBX": 5,
    b"SPM": 5,
}
ORDER, DETAIL, LEAF = 3, 4, 6
NOTE = b"NTE"  # belongs to the one segment before it, so no other sees it from below


@dataclass(frozen=True, slots=True)
class _Level:
    depth: int
    index: dict[bytes, list[bytes]] = field(default_factory=dict)

    def add(self, name: bytes, line: bytes) -> None:
        if name != NOTE:
            self.index.setdefault(name, []).append(line)


def groups(message: Message, head: str) -> Iterator[Scope]:
    """One scope per segment named `head`: itself and what hangs below it, then what it hangs under.

    Depth is MSH > PID > PV1 > ORC > OBR > OBX; any other name (AL1, NK1, MRG ...) heads a group of
    its own that sees its visit, patient and header.
    """
    mark = message.separators.field.encode("ascii")
    wanted = head.encode("ascii", "replace")
    depth = DEPTHS.get(wanted, LEAF)
    named = [(name_of(line, mark), line) for line in message.lines]
    above: list[_Level] = []
    for start, (name, line) in enumerate(named):
        if name == wanted:
            own = [text for _, text in named[start : _end(named, start, depth=depth)]]
            context = _ancestors(above, min(depth, ORDER) if depth == LEAF else depth)
            seen: list[dict[bytes, list[bytes]]] = [level.index for level in reversed(context)]
            yield message.narrowed(ChainMap(index_by_name(own, mark), *seen))
        above = _passed(above, name, line)


def _end(named: list[tuple[bytes, bytes]], start: int, *, depth: int) -> int:
    head = named[start][0]
    for place in range(start + 1, len(named)):
        name = named[place][0]
        if name == head or DEPTHS.get(name, LEAF) <= depth:
            return place
    return len(named)


def _ancestors(above: list[_Level], depth: int) -> list[_Level]:
    second = depth == DETAIL and any(level.depth == DETAIL for level in above)
    limit = ORDER if second else depth  # an ORC stands for the first OBR after it, not for the next
    return [level for level in above if level.depth < limit]


def _passed(above: list[_Level], name: bytes, line: bytes) -> list[_Level]:
    depth = DEPTHS.get(name)
    if depth is not None:
        above = [*_ancestors(above, depth), _Level(depth)]
    if above:
        above[-1].add(name, line)
    return above
