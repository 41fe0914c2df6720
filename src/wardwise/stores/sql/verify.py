"""Verification: every digest, link, place and column of a site's log recomputed from the stored bytes."""

from collections.abc import Iterator, Sequence

from wardwise.errors import BrokenChain, StoreUnavailable
from wardwise.hospital.moment import micros, moment
from wardwise.loop.capture.chain import link, merkle_root
from wardwise.loop.capture.event import Event
from wardwise.loop.capture.log import Head
from wardwise.stores.seal import EMPTY
from wardwise.stores.sql.archive.archive import Archive
from wardwise.stores.sql.archiving import chained, check_file
from wardwise.stores.sql.reading import opened
from wardwise.stores.sql.session import Database, Row, Session, one

_BATCHES = 200  # in one view, so that a long verification does not hold the database's own cleaning back


class Verifier:
    """One verification of one site on a connection of its own."""

    def __init__(self, database: Database, site: str, archive: Archive) -> None:
        """Nothing is read yet."""
        self._database = database
        self._archive = archive
        self._site = site
        self._number = 0
        self._causes = 0
        self._stays: set[tuple[str, str]] = set()

    def verify(self, since: Head, exported: Head | None) -> Head:
        """The verified head; `since` is a head already trusted. Raises BrokenChain at the first bad position."""
        head = since
        try:
            self._check_names()
            if since == EMPTY:
                self._check_archive()
            while (further := self._walk(head)) != head:
                head = further
            self._check_end()
            self._check_exported(head, exported)
            if since == EMPTY:
                self._check_indexes(head)
        except StoreUnavailable as fault:
            if self._database.is_damage(fault):
                raise self._broken(head.position + 1, "the file itself is damaged") from fault
            raise
        return head

    def _check_names(self) -> None:
        """Each site's first record says which site it is; a renamed site would look like an empty one."""
        named = f'"site":"{self._site}"'.encode()
        with self._database.read() as session:
            self._number = one(session, "site_number", self._site) or 0
            orphan = one(session, "orphan")
            first = [self._first(session, *row) for row in session.rows("first_records")]
        if orphan is not None:
            raise self._broken(orphan, "an event belongs to no site")
        for number, record in first:
            if number != self._number and named in record:
                raise self._broken(1, "the site's name or number was changed")

    def _first(self, session: Session, number: int, record: bytes) -> tuple[int, bytes]:
        """The first record of a site, from the archive where the asked site has no events that would say its name."""
        if record or one(session, "last_position", self._number):
            return number, record
        return number, self._archive.filled(session, number, [(1, record)])[0][-1]

    def _check_archive(self) -> None:
        with self._database.read() as session:
            segments = chained(session, self._number, self._site)
        for segment in segments:  # outside a view: a long archive takes longer than a server lets one stay open
            check_file(self._archive.file(segment), segment)

    def _walk(self, head: Head) -> Head:
        with self._database.read() as session:
            bound = (self._number, head.position, _BATCHES)
            for batch in session.rows("verify_batches", bound):
                head = self._step(session, head, batch)
        return head

    def _step(self, session: Session, head: Head, batch: Row) -> Head:
        # One flipped bit can turn a number into a text: what cannot even be compared is damage too.
        try:
            return self._follow(session, head, batch)
        except (TypeError, ValueError, OverflowError) as damage:
            raise self._broken(head.position + 1, "a stored value is not of its type") from damage

    def _follow(self, session: Session, head: Head, batch: Row) -> Head:
        first, last, recorded_at, root, chain = batch
        if first != head.position + 1 or last < first:
            raise self._broken(head.position + 1, f"a batch says that it holds {first} to {last}")
        leaves, events = [], []
        recorded = head.recorded_at
        for event, digest in self._events(session, first, last):
            if event.recorded_at <= recorded:
                raise self._broken(event.position, "its record time does not rise")
            recorded = event.recorded_at
            leaves.append(digest)
            events.append(event)
        self._check_finders(session, events)
        expected = merkle_root(leaves)
        if root != expected or chain != link(bytes.fromhex(head.chain), expected):
            raise self._broken(first, f"the batch {first} to {last} does not match its root or its link")
        if recorded_at != micros(recorded):
            raise self._broken(last, "the batch's record time is not that of its last event")
        return Head(last, moment(recorded_at), chain.hex())

    def _events(self, session: Session, first: int, last: int) -> Iterator[tuple[Event, bytes]]:
        expected = first
        rows = session.rows("verify_events", (self._number, first - 1, last))
        for row in self._archive.filled(session, self._number, rows):
            position, *columns, digest, record = row
            if position != expected:
                raise self._broken(expected, "the event is missing or stands twice")
            event = opened((position, digest, record), self._site)
            if columns != _columns(event):
                raise self._broken(position, "a column differs from the record")
            expected += 1
            yield event, digest
        if expected != last + 1:
            raise self._broken(expected, "the event is missing")

    def _check_finders(self, session: Session, events: Sequence[Event]) -> None:
        """What finds a batch's events by their causes or their patient stands there too."""
        named = {(cause, event.position) for event in events for cause in event.caused_by}
        span = (self._number, events[0].position, events[-1].position)
        missing = named - set(session.keyed("causes_standing", sorted({cause for cause, _ in named}), *span))
        if missing:
            raise self._broken(min(place for _, place in missing), "a cause is missing from the index of causes")
        self._causes += len(named)
        stays = {
            (str(event.about.patient), str(event.about.encounter)): event.position for event in events if _stay(event)
        }
        new = stays.keys() - self._stays
        lost = new - set(session.keyed("stays_standing", sorted({patient for patient, _ in new}), self._number))
        if lost:
            raise self._broken(min(stays[stay] for stay in lost), "its stay is missing from the index of stays")
        self._stays |= new

    def _check_end(self) -> None:
        """Nothing stands outside the verified batches, and an earlier verification saw no more than this."""
        with self._database.read() as session:
            stray = one(session, "stray_position", self._number)
            if stray is not None:
                raise self._broken(stray, "an event or batch stands outside the chain")
            for position, chain in session.rows("checkpoint", (self._number,)):
                self._check_passes(session, position, chain, "the checkpoint of an earlier verification")

    def _check_exported(self, head: Head, exported: Head | None) -> None:
        if exported is None or exported.position == 0:
            return
        if exported.position > head.position:
            raise self._broken(head.position + 1, f"the log was cut: {exported.position} was exported")
        with self._database.read() as session:
            chain = bytes.fromhex(exported.chain)
            self._check_passes(session, exported.position, chain, "the exported head")

    def _check_passes(self, session: Session, position: int, chain: bytes, what: str) -> None:
        if one(session, "head_at", self._number, position) != chain:
            raise self._broken(position, f"the chain does not pass through {what}")

    def _check_indexes(self, head: Head) -> None:
        """The database's own check finds an index that lost or invented a row; causes are counted."""
        if problem := self._database.problem():
            raise self._broken(head.position + 1, f"the file is damaged ({problem})")
        with self._database.read() as session:
            counted = one(session, "causes_in_all", self._number, head.position)
        if counted != self._causes:
            raise self._broken(head.position, "the index of causes holds one that no event names")

    def _broken(self, position: int, what: str) -> BrokenChain:
        return BrokenChain(site=self._site, position=position, what=what)


def _columns(event: Event) -> list[str | int | None]:
    return [
        event.id,
        event.kind,
        event.about.encounter,
        event.about.patient,
        micros(event.occurred_at),
        micros(event.known_at),
    ]


def _stay(event: Event) -> bool:
    return bool(event.about.patient and event.about.encounter)
