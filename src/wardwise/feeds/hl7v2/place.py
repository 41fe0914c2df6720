"""The places of a mapping in a message: `PV1-3.1`, `PID-3[2].1`, `PID-3[5=MR].1`; sites/hl7_mapping.py says how."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

from wardwise.feeds.hl7v2.address import Address
from wardwise.feeds.hl7v2.errors import BadAddress, BadTimestamp
from wardwise.feeds.hl7v2.message import Message
from wardwise.feeds.hl7v2.scope import Scope
from wardwise.feeds.hl7v2.segment import Presence, repeated
from wardwise.feeds.hl7v2.timestamps import read_day
from wardwise.feeds.mapped.ground import NULL
from wardwise.hospital.moment import Localised
from wardwise.loop.capture.event import About
from wardwise.sites.hl7_mapping import ADDRESS

_LONG = 2_000
_NULL_BYTES = NULL.encode()


Visit = dict[str, tuple[About, tuple[str, ...]]]


class Seen:
    """A message, or the segments that belong to one of its segments, and what holds for all of it.

    `cells` are the first segment of each name, cut when first looked at. `plain`: no explicit null, subcomponent or
    escape stands anywhere in it. `header` is MSH-7 where it carries an offset from UTC. `visit` remembers what was
    worked out of MSH, PID and PV1 alone; the segments of one visit share it, a whole message has none. `instants` are
    the times read so far, for the segments of a message tell the same one again and again.
    """

    __slots__ = (
        "cells", "component", "deep", "header", "instants", "long", "nulls", "plain", "repetition", "scope", "visit"
    )  # fmt: skip

    def __init__(self, scope: Scope, *, nulls: bool, deep: bool, plain: bool, header: str) -> None:
        """`nulls`: an explicit null may stand in it; `deep`: subcomponents may."""
        self.scope = scope
        self.cells = Cells(scope)
        self.component = scope.separators.component
        self.repetition = scope.separators.repetition
        self.nulls = nulls
        self.deep = deep
        self.plain = plain
        self.header = header
        self.instants: dict[str, Localised | None] = {}
        self.visit: Visit | None = None
        self.long: dict[Address, str] = {}  # texts that took their time; every emit of a mapping asks for them again

    @classmethod
    def of(cls, message: Message) -> "Seen":
        """The whole message."""
        body, separators = message.body, message.separators
        nulls = _NULL_BYTES in body
        deep = body.find(separators.subcomponent.encode("ascii"), _AFTER_MARKS) != -1
        escaped = body.find(separators.escape.encode("ascii"), _AFTER_MARKS) != -1
        seen = cls(message, nulls=nulls, deep=deep, plain=not (nulls or deep or escaped), header="")
        sent = _SENT(seen)
        if "+" in sent or "-" in sent:
            seen.header = sent
        return seen

    def within(self, scope: Scope, visit: Visit) -> "Seen":
        """The same message through fewer segments."""
        seen = Seen(scope, nulls=self.nulls, deep=self.deep, plain=self.plain, header=self.header)
        seen.instants = self.instants
        seen.visit = visit
        return seen

    def text(self, address: Address, deep: Address) -> str:
        """The text without blanks around it; NULL for the explicit null."""
        used = deep if self.deep else address
        text = self.long.get(used)
        if text is None:
            found = self.scope.text(used)
            text = found.strip()
            if len(found) > _LONG:
                self.long[used] = text
        if text:
            return text
        return NULL if self.nulls and self.scope.value(used).presence is Presence.NULL else ""


class Cells(dict[bytes, Sequence[str]]):
    """The fields of the first segment of each name in a scope, () where there is none; index n is field n."""

    __slots__ = ("_first",)

    def __init__(self, scope: Scope) -> None:
        super().__init__()
        self._first = scope.first

    def __missing__(self, name: bytes) -> Sequence[str]:
        found = self[name] = self._first(name)
        return found


_AFTER_MARKS = 9  # MSH-1 and MSH-2 declare the marks themselves


def place_of(text: str) -> Callable[[Seen], str]:
    """The look-up of a place; raises BadAddress for what is none."""
    found = ADDRESS.fullmatch(text)
    if found is None:
        raise BadAddress(text=text[:40], what="it does not have the form SEG-F[n].C.S")
    component, subcomponent = int(found["component"] or 1), int(found["subcomponent"] or 1)
    repetition = int(found["repetition"] or 1)
    segment, field, occurrence = found["segment"], int(found["field"]), int(found["occurrence"] or 1)
    deep = Address(segment, field, component, subcomponent, repetition=repetition, occurrence=occurrence)
    shallow = replace(deep, subcomponent=0) if subcomponent == 1 else deep
    if found["where"]:
        asked = Address(segment, field, int(found["where"]), occurrence=occurrence)
        return _where(deep, asked, equals=found["equals"])
    if max(repetition, subcomponent, occurrence) > 1 or (segment == "MSH" and field <= 2):
        return lambda seen: seen.text(shallow, deep)
    return _first(shallow, deep)


def _first(shallow: Address, deep: Address) -> Callable[[Seen], str]:
    """The look-up in the first repetition of a first segment: what mappings ask for most, spelled out for speed."""
    name, field, component = shallow.key, shallow.field, shallow.component

    def look_first(seen: Seen) -> str:
        cells = seen.cells[name]
        if field >= len(cells) or not (sent := cells[field]):
            return ""
        if seen.plain and seen.repetition not in sent:
            return sent.partition(seen.component)[0].strip()
        return seen.text(shallow, deep)

    def look_further(seen: Seen) -> str:
        cells = seen.cells[name]
        if field >= len(cells) or not (sent := cells[field]):
            return ""
        if seen.plain and seen.repetition not in sent:
            components = sent.split(seen.component, component)
            return components[component - 1].strip() if component <= len(components) else ""
        return seen.text(shallow, deep)

    return look_first if component == 1 else look_further


def _where(wanted: Address, asked: Address, *, equals: str) -> Callable[[Seen], str]:
    def look(seen: Seen) -> str:
        for number, text in enumerate(seen.scope.repetitions(asked), 1):
            if text.strip() == equals:
                place = repeated(wanted, number)
                return seen.text(place, place)
        return ""

    return look


_SENT = place_of("MSH-7")
_BORN = place_of("PID-7")


def birth(seen: Seen) -> date | None:
    """PID-7, where it is a date; what is none is the mapping's business."""
    text = _BORN(seen)
    try:
        return read_day(text) if text else None
    except BadTimestamp:
        return None
