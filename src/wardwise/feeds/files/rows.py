"""Rows of a view as they are kept in the inbox: one JSON document, its cells as text, so that a reading repeats."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson

from wardwise.feeds.files.workbook import DAY, MINUTE, SECOND
from wardwise.feeds.mapped.trouble import Unreadable

ROWS = b'{"wardwise-rows":1,'

# How a view's times are written beside those of a workbook's cells.
FINER = (f"{DAY} {SECOND}.%f", f"{DAY} {MINUTE}%z", f"{DAY} {SECOND}%z", f"{DAY} {SECOND}.%f%z")
_BAD = Unreadable("bad-rows", "the rows of a view are damaged", "Report this as a fault, with the raw's id.")


def as_body(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    """The document of some rows."""
    return orjson.dumps({"wardwise-rows": 1, "columns": columns, "rows": rows})


def rows_of(body: bytes) -> Iterator[tuple[int, list[str]]]:
    """The header and the rows that hold anything, numbered from 1; raises Unreadable."""
    try:
        told = orjson.loads(body)
        table = [told["columns"], *told["rows"]]
    except (ValueError, KeyError, TypeError):
        raise _BAD from None
    for number, cells in enumerate(table, start=1):
        if not isinstance(cells, list) or not all(isinstance(cell, str) for cell in cells):
            raise _BAD
        if any(cell.strip() for cell in cells):
            yield number, cells


def as_text(value: object) -> str:
    """A value of a database as text, written one way only; raises ValueError for one that is no single value."""
    written = next((write for kind, write in _WRITTEN if isinstance(value, kind)), None)
    if written is None:
        raise ValueError(type(value).__name__)
    return written(value)


def _number(value: float) -> str:
    return str(int(value)) if value.is_integer() else repr(value)


def _clock(value: time) -> str:
    return value.strftime(SECOND if value.second else MINUTE)


def _moment(value: datetime) -> str:
    at = value.astimezone(UTC) if value.tzinfo else value
    form = f"{SECOND}.%f" if at.microsecond else SECOND if at.second else MINUTE
    return at.strftime(f"{DAY} {form}" + ("%z" if at.tzinfo else ""))


# The first that fits counts: a truth is a whole number too, and a moment a day.
_WRITTEN: tuple[tuple[type, Callable[[Any], str]], ...] = (
    (type(None), lambda _: ""),
    (bool, lambda value: str(value).upper()),
    (int, str),
    (float, _number),
    (Decimal, lambda value: format(value, "f")),
    (datetime, _moment),
    (date, lambda value: value.strftime(DAY)),
    (time, _clock),
    (str, str),
    (UUID, str),
)
