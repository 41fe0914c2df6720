"""From a text to the type a payload wants: exact, without guessing."""

import re
from collections.abc import Callable
from decimal import Decimal
from enum import Enum
from typing import Final

from wardwise.feeds.mapped.ground import Ground, S
from wardwise.feeds.mapped.trouble import Unreadable
from wardwise.loop.capture.canonical import Json, decimal
from wardwise.sites.emit import As

LONGEST_TEXT = 2_000
LONGEST_NUMBER = 24

_INTEGER = re.compile(r"[+-]?[0-9]{1,18}(\.0{1,6})?")
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)")
_BOOLEANS = {"true": True, "yes": True, "y": True, "1": True, "false": False, "no": False, "n": False, "0": False}


class Nothing(Enum):
    """No value: its field is left out. Not the same as null, which deletes."""

    ABSENT = "absent"


ABSENT: Final = Nothing.ABSENT
Found = Json | Nothing


def number(text: str) -> Decimal | None:
    """The number of a text with a point and no thousands separators; None when it is none."""
    if len(text) > LONGEST_NUMBER or not _NUMBER.fullmatch(text):
        return None
    return Decimal(text)


def spelled(cell: Decimal | str) -> str:
    """A cell of a mapping's table as text."""
    return cell if isinstance(cell, str) else format(cell, "f")


def typed(wanted: As, ground: Ground[S]) -> Callable[[str], Found]:
    """The conversion to a type; it raises Unreadable. Times are read elsewhere, for they need their message."""
    converters: dict[As, Callable[[str], Found]] = {
        As.TEXT: _text,
        As.INTEGER: _integer,
        As.DECIMAL: _decimal,
        As.BOOLEAN: _boolean,
        As.LIST: lambda text: [part.strip() for part in text.split(";") if part.strip()],
        As.UNIT: ground.unit,
        As.DATE: lambda text: _day(text, ground),
    }
    return converters[wanted]


def _text(text: str) -> str:
    if len(text) > LONGEST_TEXT:
        raise _not_a("text of at most 2,000 characters")
    return text


def _integer(text: str) -> int:
    if not _INTEGER.fullmatch(text):
        raise _not_a("whole number")
    return int(text.partition(".")[0])


def _decimal(text: str) -> str:
    found = number(text)
    if found is None:
        raise _not_a("number")
    return decimal(float(found))


def _boolean(text: str) -> bool:
    found = _BOOLEANS.get(text.lower())
    if found is None:
        raise _not_a("yes or no")
    return found


def _day(text: str, ground: Ground[S]) -> Found:
    found = ground.day(text)
    return ABSENT if found is None else found.isoformat()


def _not_a(what: str) -> Unreadable:
    return Unreadable(
        "bad-value", f"a value that should be a {what} is none", "Correct it at the source, or change its `as`."
    )
