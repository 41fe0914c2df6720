"""Events of one kind as a table: the keys, the times, and a typed column per payload field."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import polars as pl

from wardwise.hospital.moment import from_iso
from wardwise.loop.capture.canonical import Json, canonical
from wardwise.loop.capture.event import Event
from wardwise.loop.capture.fold import body_hash
from wardwise.loop.capture.kinds import CATALOGUE
from wardwise.loop.capture.kinds.kind import Kind, Type

INSTANT = pl.Datetime("us", "UTC")

KEYS: dict[str, pl.DataType | type[pl.DataType]] = {
    "id": pl.String,
    "position": pl.Int64,
    "occurred_at": INSTANT,
    "recorded_at": INSTANT,
    "known_at": INSTANT,
    "source": pl.String,
    "sequence": pl.Int64,
    "tie": pl.String,
    "unit": pl.String,
    "bed": pl.String,
    "patient": pl.String,
    "encounter": pl.String,
    "staff": pl.String,
    "status": pl.String,
    "supersedes": pl.String,
    "cause": pl.String,
}

_DTYPES: dict[Type, pl.DataType | type[pl.DataType]] = {
    Type.TEXT: pl.String,
    Type.INTEGER: pl.Int64,
    Type.DECIMAL: pl.Float64,
    Type.BOOLEAN: pl.Boolean,
    Type.TIME: INSTANT,
    Type.DATE: pl.Date,
    Type.LIST: pl.String,
    Type.OBJECT: pl.String,
}


def _parsed(parse: Callable[[str], Any]) -> Callable[[Json], Any]:
    return lambda value: parse(value) if isinstance(value, str) else None


_READ: dict[Type, Callable[[Json], Any]] = {
    Type.TEXT: lambda value: value,
    Type.INTEGER: lambda value: value,
    Type.BOOLEAN: lambda value: value,
    Type.DECIMAL: _parsed(float),
    Type.TIME: _parsed(from_iso),
    Type.DATE: _parsed(date.fromisoformat),
    Type.LIST: lambda value: canonical(value).decode(),
    Type.OBJECT: lambda value: canonical(value).decode(),
}


def column(name: str) -> str:
    """The column of a payload field; one called like a key (`unit`, `source`) leaves the plain name to the key."""
    return f"payload_{name}" if name in KEYS else name


def schema(kind: Kind) -> dict[str, pl.DataType | type[pl.DataType]]:
    """Column names and types of a kind's table; lists and objects are JSON text."""
    return KEYS | {column(field.name): _DTYPES[field.type] for field in kind.fields}


def table(kind_name: str, events: Sequence[Event]) -> pl.DataFrame:
    """Events of one kind as rows; `tie` breaks ties of (occurred_at, sequence) the same way in any order."""
    kind = CATALOGUE[kind_name]
    rows = [_row(kind, event) for event in events]
    return pl.DataFrame(rows, schema=schema(kind), orient="row")


def _row(kind: Kind, event: Event) -> tuple[Any, ...]:
    payload = kind.upcast(event.version, event.payload)
    about = event.about
    keys = (
        event.id,
        event.position,
        event.occurred_at,
        event.recorded_at,
        event.known_at,
        event.source,
        event.sequence,
        body_hash(event),
        about.unit,
        about.bed,
        about.patient,
        about.encounter,
        about.staff,
        event.status.value,
        event.supersedes,
        event.caused_by[0] if event.caused_by else None,
    )
    values = (payload.get(field.name) for field in kind.fields)
    read = tuple(
        None if value is None else _READ[field.type](value) for field, value in zip(kind.fields, values, strict=True)
    )
    return keys + read
