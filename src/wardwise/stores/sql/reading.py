"""Reading events back: which index serves a selection, and the check of every record on its way out."""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from wardwise.errors import BrokenChain
from wardwise.hospital.moment import micros
from wardwise.loop.capture.chain import leaf
from wardwise.loop.capture.event import Event
from wardwise.loop.capture.log import Selection
from wardwise.loop.capture.record import decode
from wardwise.stores.sql.archive.archive import Archive
from wardwise.stores.sql.session import Row, Session

_BEFORE_ALL_TIME = -(2**62)

Asked = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of one site's log: after < position <= upto, at most `limit` of them; and where its old records are."""

    number: int
    site: str
    after: int
    upto: int
    limit: int
    archive: Archive

    def filled(self, session: Session, rows: list[Row]) -> list[Row]:
        """Rows with the records that are in the archive."""
        return self.archive.filled(session, self.number, rows)


def select(session: Session, span: Span, where: Selection) -> list[Event]:
    """The events of a span that a selection names, in order of position."""
    bound: Asked = {
        "site": span.number,
        "after": span.after,
        "upto": span.upto,
        "limit": span.limit,
        "since": _BEFORE_ALL_TIME if where.occurred_from is None else micros(where.occurred_from),
        "encounter": where.encounter,
        "patient": where.patient,
        "kinds": None if where.kinds is None else session.listed(sorted(where.kinds)),
    }
    if where.encounter is not None:
        found = _positions(session, "read_encounter", bound)
    elif where.patient is not None:
        found = islice(heapq.merge(*_of_patient(session, span, where.patient, bound)), span.limit)
    elif where.kinds is not None:
        each = [_positions(session, "read_kind", {**bound, "kind": kind}) for kind in sorted(where.kinds)]
        found = islice(heapq.merge(*each), span.limit)
    elif where.occurred_from is not None:
        found = _positions(session, "read_since", bound)
    else:
        return _consecutive(
            [opened(row, span.site) for row in span.filled(session, session.rows("read_all", bound))], span
        )
    return _those(session, span, list(found))


def at(session: Session, span: Span) -> Event:
    """The event at the end of a span, which an index named; raises BrokenChain when it is not there."""
    [event] = _those(session, span, [span.upto])
    return event


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


def _those(session: Session, span: Span, positions: list[int]) -> list[Event]:
    """The events at positions that an index named, in that order."""
    rows = {row[0]: row for row in span.filled(session, session.keyed("read_one", positions, span.number))}
    for position in positions:
        if position not in rows:
            raise BrokenChain(site=span.site, position=position, what="the event is missing")
    return [opened(rows[position], span.site) for position in positions]


def _consecutive(events: list[Event], span: Span) -> list[Event]:
    for expected, event in enumerate(events, max(span.after, 0) + 1):
        if event.position != expected:
            raise BrokenChain(site=span.site, position=expected, what="the event is missing")
    return events


def _of_patient(session: Session, span: Span, patient: str, bound: Asked) -> Iterator[Iterator[int]]:
    """The positions of each of a patient's stays, and of what concerns the patient outside any stay."""
    yield _positions(session, "read_patient", bound)
    for (encounter,) in session.rows("stays", (span.number, patient)):
        yield _positions(session, "read_encounter", {**bound, "encounter": encounter})


def _positions(session: Session, name: str, bound: Asked) -> Iterator[int]:
    return (row[0] for row in session.each(name, bound))
