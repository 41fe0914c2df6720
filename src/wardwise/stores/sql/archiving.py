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
from wardwise.stores.sql.archive.files import digest_of, records_of, write_segment
from wardwise.stores.sql.archive.segment import Segment
from wardwise.stores.sql.reading import opened
from wardwise.stores.sql.session import Database, Row, Session, one

MOST_EVENTS = 50_000  # of a segment: what is moved in one transaction, and held in memory
MOST_OCTETS = 64 * 1024 * 1024  # of a segment's records, unless one batch has more
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
            check_file(self._folder / segment.file, segment)

    def chained(self) -> list[Segment]:
        """What is in the archive, held to the chain; raises BrokenChain."""
        with self._database.read() as session:
            return chained(session, self._number, self._site)

    def look(self) -> None:
        """What is cheap to see: every file is there, and the newest is as it was; raises BrokenArchive."""
        segments = self.segments()
        for segment in segments:
            if not (self._folder / segment.file).is_file():
                raise BrokenArchive(file=self._folder / segment.file, what="it is missing")
        for segment in segments[-1:]:
            check_file(self._folder / segment.file, segment)

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
        return self._light(found)

    def _light(self, batches: list[Row]) -> list[Row]:
        """As many of these batches as have no more octets than a segment may."""
        if not batches:
            return []
        with self._database.read() as session:
            sizes: dict[int, int] = dict(session.rows("record_sizes", (self._number, batches[0][0], batches[-1][1])))
        octets = 0
        for count, (first, last, *_) in enumerate(batches):
            octets += sum(sizes.get(position, 0) for position in range(first, last + 1))
            if count and octets > MOST_OCTETS:
                return batches[:count]
        return batches

    def _write(self, batches: list[Row]) -> Segment:
        first, last, begins, ends = batches[0][0], batches[-1][1], batches[0][2], batches[-1][2]
        with self._database.read() as session:
            chain = one(session, "head_at", self._number, first - 1) or GENESIS
            rows = list(self._checked(session, batches, chain))
        # With the chain's head in it: what another log of this site's name keeps there is never written over.
        name = f"{self._site}-{first:012}-{last:012}-{batches[-1][4].hex()[:16]}.parquet"
        sha256 = write_segment(self._folder, name, rows)
        if records_of(self._folder / name, len(rows)) != [row[-2] for row in rows]:
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
    """Write what the logs say of every file: a copy for who has the archive alone; the logs are what counts.

    What it says of another log's files, which are in the folder too, stays.
    """
    sites = _others(folder)
    for site, segments in made.items():
        told = sites.get(site, {}) | {segment.file: segment.figures() for segment in segments}
        sites[site] = {file: told[file] for file in sorted(told)}
    listed = {site: list(told.values()) for site, told in sorted(sites.items())}
    write_durably(folder / MANIFEST, orjson.dumps({"format": 1, "sites": listed}, option=orjson.OPT_INDENT_2))


def _others(folder: Path) -> dict[str, dict[str, object]]:
    """By site and file, what a manifest says of files that are there; one that cannot be read says nothing."""
    try:
        sites = orjson.loads((folder / MANIFEST).read_bytes())["sites"]
        return {
            site: {told["file"]: told for told in listed if (folder / str(told["file"])).is_file()}
            for site, listed in sites.items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def chained(session: Session, number: int, site: str) -> list[Segment]:
    """A log's segments, held to its chain; raises BrokenChain."""
    last, chain = 0, GENESIS
    segments = [Segment.of(row) for row in session.rows("archived", (number,))]
    for segment in segments:
        if segment.first != last + 1 or segment.before != chain:
            raise BrokenChain(site=site, position=last + 1, what="the archive's segments do not follow one another")
        if one(session, "head_at", number, segment.last) != segment.after:
            raise BrokenChain(site=site, position=segment.last, what="the archive ends a segment off the chain")
        last, chain = segment.last, segment.after
    return segments


def check_file(file: Path, segment: Segment) -> None:
    """Compare a segment's file with the SHA-256 that the log keeps of it; raises BrokenArchive."""
    if digest_of(file) != segment.sha256:
        raise BrokenArchive(file=file, what="it was changed")


def _month(batch: Row) -> tuple[int, int]:
    at = moment(batch[2])
    return at.year, at.month
