"""The event log over named statements: one writer per site by fencing token, any number of readers."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

from wardwise.errors import BrokenChain, NotFound, StaleWriter
from wardwise.hospital.moment import micros, moment
from wardwise.loop.capture.event import Event
from wardwise.loop.capture.log import EVERYTHING, Batch, Disposition, Head, Lease, Outcome, Selection
from wardwise.stores.seal import EMPTY, Sealed, check_all, fresh, seal
from wardwise.stores.sql.archive.archive import Archive
from wardwise.stores.sql.archiving import Archiver
from wardwise.stores.sql.reading import Span, at, select
from wardwise.stores.sql.session import Database, Row, Session, one
from wardwise.stores.sql.verify import Verifier

_LAST_CHARACTER: Final = "\U0010ffff"


class SqlLog:
    """`Log` in a database. A store of its own gives it the database and nothing else."""

    def __init__(self, database: Database, archive: Archive | None = None) -> None:
        """Nothing is verified here, so it takes milliseconds whatever its size. Old records are read from `archive`."""
        self._database = database
        self._archive = archive or Archive()
        self._numbers: dict[str, int] = {}

    def revive(self) -> None:
        """Open the database anew if a fault closed it; raises StoreUnavailable while it cannot be."""
        self._database.revive()

    def close(self) -> None:
        """Close the database; closing twice is harmless."""
        self._database.close()

    def sites(self) -> list[str]:
        """The sites this log holds, in order of name."""
        with self._database.read() as session:
            return [name for (name,) in session.rows("sites")]

    def lease(self, site: str, holder: str) -> Lease:
        """Take over the writing of a site; every earlier lease of it is void from now on."""
        with self._database.write() as session:
            number = one(session, "site_number", site)
            if number is None:
                number = one(session, "add_site", site)
            return Lease(site, int(one(session, "take_lease", number, holder)))

    def append(self, lease: Lease, batch: Batch, now: datetime) -> list[Event]:
        """Commit a batch in one transaction and one sync; see the port for what it raises."""
        check_all(batch.drafts)
        with self._database.write() as session:
            number = _fenced(session, lease)
            known = _known_ids(session, number, [draft.id for draft in batch.drafts])
            drafts = fresh(batch.drafts, known)
            events: list[Event] = []
            if drafts:
                head = _head(session, number, lease.site)
                sealed = seal(drafts, site=lease.site, head=head, now=now)
                _write_events(session, number, head.position + 1, sealed)
                events = list(sealed.events)
            _write_dispositions(session, number, batch.dispositions)
            offsets = [(number, name, value) for name, value in batch.offsets.items()]
            session.many("put_offset", offsets)
        return events

    def head(self, site: str) -> Head:
        """The last committed position of a site."""
        with self._database.read() as session:
            number = self._number(session, site)
            return EMPTY if number is None else _head(session, number, site)

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
        with self._database.read() as session:
            number = self._number(session, site)
            if number is None:
                return []
            last = one(session, "last_position", number) or 0
            end = last if upto is None else min(upto, last)
            span = Span(number, site, after, end, max(limit, 0), self._archive)
            return select(session, span, where) if span.after < span.upto else []

    def find(self, site: str, identifier: str) -> Event:
        """The event with this id or unique beginning of an id; raises NotFound."""
        with self._database.read() as session:
            number = self._number(session, site)
            if number is None or not identifier:
                raise NotFound(id=identifier)
            position = one(session, "find_exactly", number, identifier)
            if position is None:
                bound = {"site": number, "low": identifier, "high": identifier + _LAST_CHARACTER}
                found = session.rows("find", bound)
                if len(found) != 1:
                    raise NotFound(id=identifier)
                position = found[0][0]
            return at(session, self._only(number, site, position))

    def caused(self, site: str, identifier: str) -> list[Event]:
        """Events that name this id among their causes, in order of position."""
        with self._database.read() as session:
            number = self._number(session, site)
            found = session.rows("caused", (number, identifier))
            return [at(session, self._only(int(number or 0), site, position)) for (position,) in found]

    def offset(self, site: str, consumer: str) -> int:
        """How far a consumer has committed; 0 when it never did."""
        with self._database.read() as session:
            return one(session, "offset", self._number(session, site), consumer) or 0

    def place(self, site: str, reader: str) -> int | None:
        """The position a reader has dealt with up to; None where it has kept none."""
        with self._database.read() as session:
            found: int | None = one(session, "offset", self._number(session, site), reader)
            return found

    def move(self, site: str, reader: str, *, was: int | None, to: int) -> bool:
        """Keep a place durably; False, and nothing kept, where it is not `was` now or the log has no such site."""
        with self._database.write() as session:
            number = self._number(session, site)
            if number is None:
                return False
            if was is None:
                return bool(session.rows("begin_offset", (number, reader, to)))
            return bool(session.rows("move_offset", (to, number, reader, was)))

    def disposition(self, site: str, raw: str) -> Disposition | None:
        """What became of a raw message; None while it is pending."""
        with self._database.read() as session:
            bound = (self._number(session, site), raw)
            rows = session.rows("disposition", bound)
        if not rows:
            return None
        name, sequence, outcome, events, reason = rows[0]
        return Disposition(name, sequence, Outcome(outcome), events, reason)

    def dispositions(self, site: str) -> Mapping[Outcome, int]:
        """How many raws came to each outcome; every outcome is named. Reads counters, counts nothing."""
        with self._database.read() as session:
            counted: dict[str, int] = dict(session.rows("outcomes", (self._number(session, site),)))
        return {outcome: counted.get(outcome.value, 0) for outcome in Outcome}

    def verify(self, site: str, *, exported: Head | None = None) -> Head:
        """Recompute every digest, link and column from the first event; keeps a checkpoint when it is whole.

        Runs on a connection of its own, so appends go on meanwhile. About 30 s per 1,000,000 events.
        """
        return self._verified(site, EMPTY, exported)

    def verify_recent(self, site: str) -> Head:
        """The same from the last checkpoint on: what a start-up can afford."""
        with self._database.read() as session:
            number = self._number(session, site)
            rows = session.rows("checkpoint", (number,))
            known = self._head_at(session, int(number or 0), site, rows[0]) if rows else EMPTY
        return self._verified(site, known, None)

    def _verified(self, site: str, since: Head, exported: Head | None) -> Head:
        own = self._database.second()
        try:
            head = Verifier(own, site, self._archive).verify(since, exported)
        finally:
            own.close()
        if self._database.writable and head.position:
            with self._database.write() as session:
                kept = (self._number(session, site), head.position, bytes.fromhex(head.chain))
                session.many("put_checkpoint", [kept])
        return head

    def archiver(self, site: str, folder: Path) -> Archiver:
        """What moves a site's old records to a folder."""
        return Archiver(self._database, site, folder)

    def _only(self, number: int, site: str, position: int) -> Span:
        return Span(number, site, position - 1, position, 1, self._archive)

    def _head_at(self, session: Session, number: int, site: str, checkpoint: Row) -> Head:
        position, chain = checkpoint
        return Head(position, at(session, self._only(number, site, position)).recorded_at, chain.hex())

    def _number(self, session: Session, site: str) -> int | None:
        if site not in self._numbers:
            number = one(session, "site_number", site)
            if number is None:
                return None
            self._numbers[site] = number
        return self._numbers[site]


def _fenced(session: Session, lease: Lease) -> int:
    """The number of the lease's site, if the lease is still the current one."""
    number = one(session, "site_number", lease.site)
    current = one(session, "current_token", number) or 0
    if number is None or current != lease.token:
        raise StaleWriter(token=lease.token, site=lease.site, current=current)
    return int(number)


def _head(session: Session, number: int, site: str) -> Head:
    """The end of the last batch; raises BrokenChain when events are missing behind it or stand beyond it."""
    rows = session.rows("head", (number,))
    stored = one(session, "last_position", number) or 0
    head = Head(rows[0][0], moment(rows[0][1]), rows[0][2].hex()) if rows else EMPTY
    if head.position != stored:
        what = f"the last batch ends at {head.position}, the last event is {stored}"
        raise BrokenChain(site=site, position=min(head.position, stored) + 1, what=what)
    return head


def _known_ids(session: Session, number: int, ids: list[str]) -> set[str]:
    return {row[0] for row in session.rows("known_ids", (number, session.listed(ids)))}


def _write_events(session: Session, number: int, first: int, sealed: Sealed) -> None:
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
    session.many("add_event", rows)
    causes = [(number, cause, event.position) for event in sealed.events for cause in event.caused_by]
    session.many("add_cause", causes)
    about = {(event.about.patient, event.about.encounter) for event in sealed.events}
    stays = [(number, patient, encounter) for patient, encounter in about if patient and encounter]
    session.many("add_stay", stays)
    head = sealed.head
    batch = (
        number,
        head.position,
        first,
        micros(head.recorded_at),
        sealed.root,
        bytes.fromhex(head.chain),
    )
    session.many("add_batch", [batch])


def _write_dispositions(session: Session, number: int, items: Iterable[Disposition]) -> None:
    """Store what became of raws and move the counters; a raw read again leaves its earlier outcome."""
    dealt = list(items)
    moved: Counter[str] = Counter()
    before: dict[str, str] = dict(session.keyed("outcome_of", [item.raw for item in dealt], number))
    for item in dealt:
        if item.raw in before:
            moved[before[item.raw]] -= 1
        before[item.raw] = item.outcome.value
        moved[item.outcome.value] += 1
    rows = [(number, item.raw, item.sequence, item.outcome.value, item.events, item.reason) for item in dealt]
    session.many("put_disposition", rows)
    session.many("count_outcome", [(number, name, by) for name, by in moved.items()])
