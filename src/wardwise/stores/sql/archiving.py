"""Moving the records of old events from a log's tables into the archive, a segment at a time, each whole or not at all.

What stays in the log for ever is what it needs to order, find, recognise and verify them: position, id, kind, whom they
are about, times, digest, causes, and the chain. A segment's file is synced and read back before its records leave.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path

import orjson

from wardwise.errors import BrokenArchive, BrokenChain
from wardwise.hospital.moment import micros, moment
from wardwise.loop.capture.chain import GENESIS, link, merkle_root
from wardwise.stores.durable import write_durably
from wardwise.stores.sql.archive.archive import Archive
from wardwise.stores.sql.archive.files import PART, digest_of, read_part, write_segment
from wardwise.stores.sql.archive.segment import Segment
from wardwise.stores.sql.reading import opened
from wardwise.stores.sql.session import Database, Row, Session, one

MOST_EVENTS = 50_000  # of a segment: what is moved in one transaction, and held in memory
MANIFEST = "manifest.json"
_BATCHES = 20_000


class Archiver:
    """Moves one site's records to a folder."""

    def __init__(self, database: Database, site: str, folder: Path) -> None:
        """Nothing is read yet."""
        self._database = database
        self._site = site
        self._folder = folder
        with database.read() as session:
            self._number = int(one(session, "site_number", site) or 0)

    def segments(self) -> list[Segment]:
        """What is in the archive, in order."""
        with self._database.read() as session:
            return [Segment.of(row) for row in session.rows("archived", (self._number,))]

    def move(self, before: datetime, progress: Callable[[int], None], *, most: int = MOST_EVENTS) -> list[Segment]:
        """Move every whole batch that was recorded before an instant; the segments made.

        Stopped anywhere, what was moved is in the archive and the rest in the log. Raises BrokenChain, and moves
        nothing further, where the log does not verify.
        """
        made = []
        while batches := self._next(before, most):
            segment = self._write(batches)
            if self._let_go(segment):
                made.append(segment)
                progress(segment.last)
        return made

    def check(self) -> None:
        """Compare every file with the SHA-256 that the log keeps of it; raises BrokenArchive naming the first."""
        for segment in self.segments():
            if digest_of(self._folder / segment.file) != segment.sha256:
                raise BrokenArchive(file=self._folder / segment.file, what="it was changed")

    def _next(self, before: datetime, most: int) -> list[Row]:
        """The batches of the next segment: of one month (UTC), and of `most` events unless it is one batch."""
        with self._database.read() as session:
            after = one(session, "archived_upto", self._number) or 0
            rows = session.rows("verify_batches", (self._number, after, _BATCHES))
        found: list[Row] = []
        for row in rows:
            if row[2] >= micros(before) or (found and (_month(row) != _month(found[0]) or row[1] - after > most)):
                break
            found.append(row)
        return found

    def _write(self, batches: list[Row]) -> Segment:
        first, last, begins, ends = batches[0][0], batches[-1][1], batches[0][2], batches[-1][2]
        with self._database.read() as session:
            chain = one(session, "head_at", self._number, first - 1) or GENESIS
            rows = list(self._checked(session, batches, chain))
        name = f"{self._site}-{first:012}-{last:012}.parquet"
        sha256 = write_segment(self._folder, name, rows)
        parts = range(-(-len(rows) // PART))
        if [each for part in parts for each in read_part(self._folder / name, part)] != [row[-2] for row in rows]:
            raise BrokenArchive(file=self._folder / name, what="what was written is not what is read back")
        return Segment(first, last, name, sha256, chain, batches[-1][4], begins, ends)

    def _checked(self, session: Session, batches: list[Row], chain: bytes) -> Iterator[Row]:
        """The rows of these batches, each with its batch's last position; what does not verify never leaves."""
        for first, last, _, root, head in batches:
            rows = session.rows("verify_events", (self._number, first - 1, last))
            for row in rows:
                opened((row[0], *row[-2:]), self._site)
            chain = link(chain, root)
            whole = [row[0] for row in rows] == list(range(first, last + 1))
            if not whole or merkle_root([row[-2] for row in rows]) != root or chain != head:
                raise BrokenChain(
                    site=self._site, position=first, what=f"the batch {first} to {last} does not match its root"
                )
            yield from ((*row, last) for row in rows)

    def _let_go(self, segment: Segment) -> bool:
        """Take the records out of the tables and note where they are; False where somebody else just did."""
        with self._database.write() as session:
            if (one(session, "archived_upto", self._number) or 0) != segment.first - 1:
                return False
            session.many("add_archived", [(self._number, *segment.row)])
            session.many("let_go_of_records", [(self._number, segment.first, segment.last)])
        return True


def write_manifest(folder: Path, made: Mapping[str, list[Segment]]) -> None:
    """Write what the logs say of every file: a copy for who has the archive alone; the logs are what counts."""
    sites = {site: [segment.figures() for segment in segments] for site, segments in sorted(made.items())}
    write_durably(folder / MANIFEST, orjson.dumps({"format": 1, "sites": sites}, option=orjson.OPT_INDENT_2))


def check_segments(session: Session, number: int, site: str, archive: Archive) -> None:
    """Hold a log's list of segments to its chain and to the files; raises BrokenChain, or BrokenArchive for a file."""
    last, chain = 0, GENESIS
    for segment in (Segment.of(row) for row in session.rows("archived", (number,))):
        if segment.first != last + 1 or segment.before != chain:
            raise BrokenChain(site=site, position=last + 1, what="the archive's segments do not follow one another")
        if one(session, "head_at", number, segment.last) != segment.after:
            raise BrokenChain(site=site, position=segment.last, what="the archive ends a segment off the chain")
        if digest_of(archive.file(segment)) != segment.sha256:
            raise BrokenArchive(file=archive.file(segment), what="it was changed")
        last, chain = segment.last, segment.after


def _month(batch: Row) -> tuple[int, int]:
    at = moment(batch[2])
    return at.year, at.month
