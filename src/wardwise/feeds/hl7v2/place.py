"""The places of a mapping in a message: `PV1-3.1`, `PID-3[2].1`, `PID-3[5=MR].1`; sites/hl7_mapping.py says how."""

from collections.abc import Callable
from datetime import date

from wardwise.feeds.hl7v2.address import Address
from wardwise.feeds.hl7v2.errors import BadAddress, BadTimestamp
from wardwise.feeds.hl7v2.message import Message
from wardwise.feeds.hl7v2.scope import Scope
from wardwise.feeds.hl7v2.segment import Presence, repeated
from wardwise.feeds.hl7v2.timestamps import read_date
from wardwise.feeds.mapped.ground import NULL
from wardwise.sites.hl7_mapping import ADDRESS

_NULL_BYTES = NULL.encode()
_SENT = Address.parse("MSH-7.1")
_BORN = Address.parse("PID-7.1")


class Seen:
    """A message, or the segments that belong to one of its segments, and what holds for all of it.

    `header` is MSH-7 where it carries an offset from UTC. Texts are remembered: mappings ask for the same again.
    """

    __slots__ = ("deep", "header", "nulls", "outer", "own", "scope")

    def __init__(self, scope: Scope, *, nulls: bool, deep: bool, header: str) -> None:
        """`nulls`: an explicit null may stand in it; `deep`: subcomponents may."""
        self.scope = scope
        self.nulls = nulls
        self.deep = deep
        self.header = header
        self.own: dict[str, str] = {}
        self.outer = self.own

    @classmethod
    def of(cls, message: Message) -> "Seen":
        """The whole message."""
        sent = message.text(_SENT)
        mark = message.separators.subcomponent.encode("ascii")
        return cls(
            message,
            nulls=_NULL_BYTES in message.body,
            deep=message.body.find(mark, _AFTER_MARKS) != -1,
            header=sent if "+" in sent or "-" in sent else "",
        )

    def within(self, scope: Scope, outer: dict[str, str]) -> "Seen":
        """The same message through fewer segments; `outer` remembers what MSH, PID and PV1 say."""
        seen = Seen(scope, nulls=self.nulls, deep=self.deep, header=self.header)
        seen.outer = outer
        return seen

    def text(self, address: Address, deep: Address) -> str:
        """The text without blanks around it; NULL for the explicit null."""
        used = deep if self.deep else address
        text = self.scope.text(used)
        if text:
            return text.strip()
        return NULL if self.nulls and self.scope.value(used).presence is Presence.NULL else ""


OUTER = frozenset({"MSH", "PID", "PV1"})
_AFTER_MARKS = 9  # MSH-1 and MSH-2 declare the marks themselves


def place_of(text: str) -> Callable[[Seen], str]:
    """The look-up of a place; raises BadAddress for what is none."""
    found = ADDRESS.fullmatch(text)
    if found is None:
        raise BadAddress(text=text[:40], what="it does not have the form SEG-F[n].C.S")
    component, subcomponent = int(found["component"] or 1), int(found["subcomponent"] or 1)
    repetition = int(found["repetition"] or 1)
    segment, field = found["segment"], int(found["field"])
    deep = Address(segment, field, component, subcomponent, repetition=repetition)
    shallow = Address(segment, field, component, repetition=repetition) if subcomponent == 1 else deep
    if found["where"]:
        return _where(deep, Address(segment, field, int(found["where"])), equals=found["equals"])
    return _remembered(text, shallow, deep)


def _remembered(text: str, shallow: Address, deep: Address) -> Callable[[Seen], str]:
    outer = shallow.segment in OUTER

    def look(seen: Seen) -> str:
        known = seen.outer if outer else seen.own
        found = known.get(text)
        if found is None:
            found = known[text] = seen.text(shallow, deep)
        return found

    return look


def _where(wanted: Address, asked: Address, *, equals: str) -> Callable[[Seen], str]:
    def look(seen: Seen) -> str:
        for number, text in enumerate(seen.scope.repetitions(asked), 1):
            if text.strip() == equals:
                place = repeated(wanted, number)
                return seen.text(place, place)
        return ""

    return look


def birth(seen: Seen) -> date | None:
    """PID-7, where it is a date; what is none is the mapping's business."""
    text = seen.scope.text(_BORN)
    try:
        return read_date(text) if text else None
    except BadTimestamp:
        return None
