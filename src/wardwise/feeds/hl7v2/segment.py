"""One segment, cut into fields once; and what a value can be."""

from dataclasses import dataclass
from enum import Enum

from wardwise.feeds.hl7v2.address import Address
from wardwise.feeds.hl7v2.escapes import unescape
from wardwise.feeds.hl7v2.separators import Separators

NULL = '""'
HEADER_NAMES = ("MSH", "FHS", "BHS")


class Presence(Enum):
    """What the sender said: nothing, no change, delete, or a text."""

    ABSENT = "absent"
    EMPTY = "empty"
    NULL = "null"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Value:
    """A value with what its absence means; `text` is '' unless there is text."""

    presence: Presence
    text: str = ""


ABSENT = Value(Presence.ABSENT)
EMPTY = Value(Presence.EMPTY)
DELETE = Value(Presence.NULL)


def piece(cells: list[str], address: Address, separators: Separators) -> str | None:
    """The text as sent at an address within one segment; None where the segment ends before it.

    The first component of an undivided repetition is the repetition; so too for subcomponents. A
    repetition that is the explicit null answers so for each of its components.
    """
    if address.field >= len(cells):
        return None
    cell = cells[address.field]
    if separators.repetition in cell:
        if address.field == 2 and cells[0] in HEADER_NAMES:
            return cell
        repetitions = cell.split(separators.repetition, address.repetition)
        if address.repetition > len(repetitions):
            return None
        cell = repetitions[address.repetition - 1]
    elif address.repetition > 1:
        return None
    if not address.component or cell == NULL:
        return cell
    return _part(cell, address, separators)


def _part(cell: str, address: Address, separators: Separators) -> str | None:
    if separators.component in cell:
        components = cell.split(separators.component, address.component)
        if address.component > len(components):
            return None
        cell = components[address.component - 1]
    elif address.component > 1:
        return None
    if not address.subcomponent or cell == NULL:
        return cell
    subcomponents = cell.split(separators.subcomponent, address.subcomponent)
    return subcomponents[address.subcomponent - 1] if address.subcomponent <= len(subcomponents) else None


def read_text(cells: list[str], address: Address, separators: Separators) -> str:
    """The unescaped text at an address; '' where it is absent, empty or the explicit null."""
    try:
        sent: str | None = cells[address.field]
    except IndexError:
        return ""
    if sent and (separators.repetition in sent or not address.shallow):
        sent = piece(cells, address, separators)
    elif sent and address.component:  # the common case of piece(), spelled out for speed
        components = sent.split(separators.component, address.component)
        if sent != NULL:
            sent = components[address.component - 1] if address.component <= len(components) else ""
    if not sent or sent == NULL:
        return ""
    return unescape(sent, separators) if separators.escape in sent else sent


def read_value(cells: list[str], address: Address, separators: Separators) -> Value:
    """The value at an address; the explicit null deletes, an empty one leaves things as they are."""
    sent = piece(cells, address, separators)
    if sent is None:
        return ABSENT
    if not sent:
        return EMPTY
    return DELETE if sent == NULL else Value(Presence.TEXT, unescape(sent, separators))


class Segment:
    """One segment; an address is read here without regard to its segment name and occurrence."""

    __slots__ = ("cells", "separators")

    def __init__(self, cells: list[str], separators: Separators) -> None:
        """`cells` as `cut` gives them."""
        self.cells = cells
        self.separators = separators

    @property
    def name(self) -> str:
        """Three letters, such as OBX."""
        return self.cells[0]

    def text(self, address: Address) -> str:
        """The unescaped text; '' where absent, empty or null."""
        return read_text(self.cells, address, self.separators)

    def value(self, address: Address) -> Value:
        """The value, telling absent, empty, null and text apart."""
        return read_value(self.cells, address, self.separators)

    def sent(self, address: Address) -> str | None:
        """The text with its escapes and separators as the sender wrote it; None where absent."""
        return piece(self.cells, address, self.separators)

    def repetitions(self, address: Address) -> tuple[str, ...]:
        """Every repetition of the address's field, each read at the address's component; () if absent."""
        if address.field >= len(self.cells):
            return ()
        count = self.cells[address.field].count(self.separators.repetition) + 1
        return tuple(self.text(repeated(address, number)) for number in range(1, count + 1))


def repeated(address: Address, repetition: int) -> Address:
    """The same address at another repetition."""
    return Address(
        address.segment,
        address.field,
        address.component,
        address.subcomponent,
        repetition=repetition,
        occurrence=address.occurrence,
    )
