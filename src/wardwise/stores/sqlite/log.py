"""The event log on SQLite: one file, one writer per site by fencing token, any number of readers."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import apsw

from wardwise.errors import BrokenChain, NotFound, StaleWriter
from wardwise.hospital.moment import micros, moment
from wardwise.loop.capture.event import Event
from wardwise.loop.capture.log import EVERYTHING, Batch, Disposition, Head, Lease, Outcome, Selection
from wardwise.stores.seal import EMPTY, Sealed, check_all, fresh, seal
from wardwise.stores.sqlite.database import Access, Database
from wardwise.stores.sqlite.reading import Span, at, select
from wardwise.stores.sqlite.schema import Schema, queries, schema
from wardwise.stores.sqlite.verify import Verifier

_SQL = queries("log")
_LAST_CHARACTER: Final = "\U0010ffff"


def _schema() -> Schema:
    return schema("events", 0x77776576)


class SqliteLog:
    """`Log` in one file. Each process, and each thread that reads much, opens its own with Access.READ."""

    def __init__(self, path: Path, *, access: Access = Access.WRITE, vfs: str = "") -> None:
        """Open or make the file; nothing is verified here, so it takes milliseconds whatever its size."""
        self._path = path
        self._vfs = vfs
        self._database = Database(path, _schema(), access=access, vfs=vfs)
        self._numbers: dict[str, int] = {}

    def revive(self) -> None:
        """Open the file anew if a fault closed it; raises StoreUnavailable while it cannot be."""
        self._database.revive()

    def close(self) -> None:
        """Close the file; closing twice is harmless."""
        self._database.close()

    def sites(self) -> list[str]:
        """The sites this log holds, in order of name."""
        with self._database.read() as connection:
            return [name for (name,) in _rows(connection, "sites")]

    def lease(self, site: str, holder: str) -> Lease:
        """Take over the writing of a site; every earlier lease of it is void from now on."""
        with self._database.write() as connection:
            number = _one(connection, "site_number", site)
            if number is None:
                number = _one(connection, "add_site", site)
            return Lease(site, int(_one(connection, "take_lease", number, holder)))

    def append(self, lease: Lease, batch: Batch, now: datetime) -> list[Event]:
        """Commit a batch in one transaction and one sync; see the port for what it raises."""
        check_all(batch.drafts)
        with self._database.write() as connection:
            number = _fenced(connection, lease)
            known = _known_ids(connection, number, [draft.id for draft in batch.drafts])
            drafts = fresh(batch.drafts, known)
            events: list[Event] = []
            if drafts:
                head = _head(connection, number, lease.site)
                sealed = seal(drafts, site=lease.site, head=head, now=now)
                _write_events(connection, number, head.position + 1, sealed)
                events = list(sealed.events)
            _write_dispositions(connection, number, batch.dispositions)
            offsets = [(number, name, value) for name, value in batch.offsets.items()]
            connection.executemany(_SQL["put_offset"], offsets)
        return events

    def head(self, site: str) -> Head:
        """The last committed position of a site."""
        with self._database.read() as connection:
            number = self._number(connection, site)
            return EMPTY if number is None else _head(connection, number, site)

    def read(
        self,
        site: str,
        *,
        after: int = 0,
        upto: int | None = None,
        where: Selection = EVERYTHING,
        limit: int = 10_000,
    ) -> list[Event]:
        """Events with after < position <= upto in order of position, at most `limit`.

        A record that does not match its digest raises BrokenChain; it is never skipped.
        """
        with self._database.read() as connection:
            number = self._number(connection, site)
            if number is None:
                return []
            last = _one(connection, "last_position", number) or 0
            span = Span(number, site, after, last if upto is None else min(upto, last), max(limit, 0))
            return select(connection, span, where) if span.after < span.upto else []

    def find(self, site: str, identifier: str) -> Event:
        """The event with this id or unique beginning of an id; raises NotFound."""
        with self._database.read() as connection:
            number = self._number(connection, site)
            if number is None or not identifier:
                raise NotFound(id=identifier)
            position = _one(connection, "find_exactly", number, identifier)
            if position is None:
                bound = {"site": number, "low": identifier, "high": identifier + _LAST_CHARACTER}
                found = connection.execute(_SQL["find"], bound).fetchall()
                if len(found) != 1:
                    raise NotFound(id=identifier)
                position = found[0][0]
            return at(connection, number, site, position)

    def caused(self, site: str, identifier: str) -> list[Event]:
        """Events that name this id among their causes, in order of position."""
        with self._database.read() as connection:
            number = self._number(connection, site)
            found = _rows(connection, "caused", number, identifier)
            return [at(connection, int(number or 0), site, position) for (position,) in found]

    def offset(self, site: str, consumer: str) -> int:
        """How far a consumer has committed; 0 when it never did."""
        with self._database.read() as connection:
            return _one(connection, "offset", self._number(connection, site), consumer) or 0

    def disposition(self, site: str, raw: str) -> Disposition | None:
        """What became of a raw message; None while it is pending."""
        with self._database.read() as connection:
            bound = (self._number(connection, site), raw)
            row = connection.execute(_SQL["disposition"], bound).fetchone()
        if row is None:
            return None
        name, sequence, outcome, events, reason = row
        return Disposition(name, sequence, Outcome(outcome), events, reason)

    def dispositions(self, site: str) -> Mapping[Outcome, int]:
        """How many raws came to each outcome; every outcome is named. Reads counters, counts nothing."""
        with self._database.read() as connection:
            counted = dict(_rows(connection, "outcomes", self._number(connection, site)))
        return {outcome: counted.get(outcome.value, 0) for outcome in Outcome}

    def verify(self, site: str, *, exported: Head | None = None) -> Head:
        """Recompute every digest, link and column from the first event; keeps a checkpoint when it is whole.

        Runs on a connection of its own, so appends go on meanwhile. About 30 s per 1,000,000 events.
        """
        return self._verified(site, EMPTY, exported)

    def verify_recent(self, site: str) -> Head:
        """The same from the last checkpoint on: what a start-up can afford."""
        with self._database.read() as connection:
            number = self._number(connection, site)
            row = connection.execute(_SQL["checkpoint"], (number,)).fetchone()
            known = EMPTY if row is None else _head_at(connection, int(number or 0), site, row)
        return self._verified(site, known, None)

    def _verified(self, site: str, since: Head, exported: Head | None) -> Head:
        own = Database(self._path, _schema(), access=Access.READ, vfs=self._vfs)
        try:
            head = Verifier(own, site).verify(since, exported)
        finally:
            own.close()
        if self._database.access is Access.WRITE and head.position:
            with self._database.write() as connection:
                kept = (self._number(connection, site), head.position, bytes.fromhex(head.chain))
                connection.execute(_SQL["put_checkpoint"], kept)
        return head

    def _number(self, connection: apsw.Connection, site: str) -> int | None:
        if site not in self._numbers:
            number = _one(connection, "site_number", site)
            if number is None:
                return None
            self._numbers[site] = number
        return self._numbers[site]


def _one(connection: apsw.Connection, name: str, *bound: str | int | None) -> Any:
    row = connection.execute(_SQL[name], bound).fetchone()
    return None if row is None else row[0]


def _rows(connection: apsw.Connection, name: str, *bound: str | int | None) -> list[tuple[Any, ...]]:
    return connection.execute(_SQL[name], bound).fetchall()


def _fenced(connection: apsw.Connection, lease: Lease) -> int:
    """The number of the lease's site, if the lease is still the current one."""
    number = _one(connection, "site_number", lease.site)
    current = _one(connection, "current_token", number) or 0
    if number is None or current != lease.token:
        raise StaleWriter(token=lease.token, site=lease.site, current=current)
    return int(number)


def _head(connection: apsw.Connection, number: int, site: str) -> Head:
    """The end of the last batch; raises BrokenChain when events are missing behind it or stand beyond it."""
    row = connection.execute(_SQL["head"], (number,)).fetchone()
    stored = _one(connection, "last_position", number) or 0
    head = EMPTY if row is None else Head(row[0], moment(row[1]), row[2].hex())
    if head.position != stored:
        what = f"the last batch ends at {head.position}, the last event is {stored}"
        raise BrokenChain(site=site, position=min(head.position, stored) + 1, what=what)
    return head


def _known_ids(connection: apsw.Connection, number: int, ids: list[str]) -> set[str]:
    rows = connection.execute(_SQL["known_ids"], (number, json.dumps(ids)))
    return {row[0] for row in rows}


def _write_events(connection: apsw.Connection, number: int, first: int, sealed: Sealed) -> None:
    rows = [
        (
            number,
            event.position,
            event.id,
            event.kind,
            event.about.encounter or None,
            event.about.patient or None,
            micros(event.occurred_at),
            micros(event.known_at),
            digest,
            record,
        )
        for event, digest, record in zip(sealed.events, sealed.leaves, sealed.records, strict=True)
    ]
    connection.executemany(_SQL["add_event"], rows)
    causes = [(number, cause, event.position) for event in sealed.events for cause in event.caused_by]
    connection.executemany(_SQL["add_cause"], causes)
    about = {(event.about.patient, event.about.encounter) for event in sealed.events}
    stays = [(number, patient, encounter) for patient, encounter in about if patient and encounter]
    connection.executemany(_SQL["add_stay"], stays)
    head = sealed.head
    batch = (
        number,
        head.position,
        first,
        micros(head.recorded_at),
        sealed.root,
        bytes.fromhex(head.chain),
    )
    connection.execute(_SQL["add_batch"], batch)


def _write_dispositions(connection: apsw.Connection, number: int, items: Iterable[Disposition]) -> None:
    """Store what became of raws and move the counters; a raw read again leaves its earlier outcome."""
    moved: Counter[str] = Counter()
    for item in items:
        before = _one(connection, "outcome_of", number, item.raw)
        if before is not None:
            moved[before] -= 1
        moved[item.outcome.value] += 1
        row = (number, item.raw, item.sequence, item.outcome.value, item.events, item.reason)
        connection.execute(_SQL["put_disposition"], row)
    connection.executemany(_SQL["count_outcome"], [(number, name, by) for name, by in moved.items()])


def _head_at(
    connection: apsw.Connection, number: int, site: str, checkpoint: tuple[Any, ...]
) -> Head:  # the record time comes from the event itself
    position, chain = checkpoint
    return Head(position, at(connection, number, site, position).recorded_at, chain.hex())
