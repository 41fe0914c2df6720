"""Reading events back: which index serves a selection, and the check of every record on its way out."""

import heapq
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import cast

import apsw

from wardwise.errors import BrokenChain
from wardwise.hospital.moment import micros
from wardwise.loop.capture.chain import leaf
from wardwise.loop.capture.event import Event
from wardwise.loop.capture.log import Selection
from wardwise.loop.capture.record import decode
from wardwise.stores.sqlite.schema import queries

_SQL = queries("log")
_BEFORE_ALL_TIME = -(2**62)

Row = tuple[int, bytes, bytes]
Bound = dict[str, int | str | bytes | float | None]


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of one site's log: after < position <= upto, at most `limit` of them."""

    number: int
    site: str
    after: int
    upto: int
    limit: int


def select(connection: apsw.Connection, span: Span, where: Selection) -> list[Event]:
    """The events of a span that a selection names, in order of position."""
    bound: Bound = {
        "site": span.number,
        "after": span.after,
        "upto": span.upto,
        "limit": span.limit,
        "since": _BEFORE_ALL_TIME if where.occurred_from is None else micros(where.occurred_from),
        "encounter": where.encounter,
        "patient": where.patient,
        "kinds": None if where.kinds is None else json.dumps(sorted(where.kinds)),
    }
    if where.encounter is not None:
        found = _positions(connection, "read_encounter", bound)
    elif where.patient is not None:
        found = islice(heapq.merge(*_of_patient(connection, span, where.patient, bound)), span.limit)
    elif where.kinds is not None:
        each = [_positions(connection, "read_kind", {**bound, "kind": kind}) for kind in sorted(where.kinds)]
        found = islice(heapq.merge(*each), span.limit)
    elif where.occurred_from is not None:
        found = _positions(connection, "read_since", bound)
    else:
        rows = cast("Iterable[Row]", connection.execute(_SQL["read_all"], bound))
        return _consecutive([opened(row, span.site) for row in rows], span)
    return [at(connection, span.number, span.site, position) for position in found]


def at(connection: apsw.Connection, number: int, site: str, position: int) -> Event:
    """The event at a position that an index named; raises BrokenChain when it is not there."""
    row = connection.execute(_SQL["read_one"], (number, position)).fetchone()
    if row is None:
        raise BrokenChain(site=site, position=position, what="the event is missing")
    return opened(cast("Row", row), site)


def opened(row: Row, site: str) -> Event:
    """The event of a stored row, after its digest and its place were checked."""
    position, digest, record = row
    if leaf(record) != digest:
        raise BrokenChain(site=site, position=position, what="the record does not match its digest")
    try:
        event = decode(record)
    except (ValueError, KeyError, TypeError, AttributeError) as damage:
        raise BrokenChain(site=site, position=position, what="the record cannot be read") from damage
    if (event.site, event.position) != (site, position):
        raise BrokenChain(site=site, position=position, what="the record belongs to another place")
    return event


def _consecutive(events: list[Event], span: Span) -> list[Event]:
    for expected, event in enumerate(events, max(span.after, 0) + 1):
        if event.position != expected:
            raise BrokenChain(site=span.site, position=expected, what="the event is missing")
    return events


def _of_patient(connection: apsw.Connection, span: Span, patient: str, bound: Bound) -> Iterator[Iterator[int]]:
    """The positions of each of a patient's stays, and of what concerns the patient outside any stay."""
    yield _positions(connection, "read_patient", bound)
    for (encounter,) in connection.execute(_SQL["stays"], (span.number, patient)).fetchall():
        yield _positions(connection, "read_encounter", {**bound, "encounter": encounter})


def _positions(connection: apsw.Connection, name: str, bound: Bound) -> Iterator[int]:
    return (cast("int", row[0]) for row in connection.execute(_SQL[name], bound))
