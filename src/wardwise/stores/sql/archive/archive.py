"""Reading records that have left the log's tables, wherever the data folder says that the archive is."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

from wardwise.errors import StoreUnavailable
from wardwise.stores.sql.archive.files import PART, read_part
from wardwise.stores.sql.archive.segment import Segment, holding
from wardwise.stores.sql.session import Row, Session

_PARTS_KEPT = 8  # some 3 MB each
_OCTETS_KEPT = 64 * 1024 * 1024  # of their records, unless one part has more


class Archive:
    """Puts records back into rows. What is read is not trusted: the log's digests say whether it is the record."""

    def __init__(self, where: Callable[[], Path | None] = lambda: None) -> None:
        """`where` is asked when a record is wanted: the folder, or None where the data folder names none."""
        self._where = where
        self._segments: dict[int, list[Segment]] = {}
        self._parts: OrderedDict[tuple[Path, int], list[bytes]] = OrderedDict()
        self._octets = 0

    def filled(self, session: Session, site: int, rows: list[Row]) -> list[Row]:
        """The rows, whose first column is a position and the last its record, with the records that were moved."""
        if all(row[-1] for row in rows):
            return rows
        segments = self._known(session, site, max(row[0] for row in rows if not row[-1]))
        file = cache(self.file)  # the data folder's note is not read anew for every record
        return [row if row[-1] else (*row[:-1], self._record(file, segments, row[0])) for row in rows]

    def file(self, segment: Segment) -> Path:
        """Where a segment's file is; raises StoreUnavailable where nobody has said it."""
        folder = self._where()
        if folder is None:
            raise StoreUnavailable(
                store=segment.file,
                what="events of this log are in an archive and the data folder does not say where",
                remedy="Run `wardwise log archive --to` that folder; it checks the archive and notes the place.",
            )
        return folder / segment.file

    def _known(self, session: Session, site: int, position: int) -> Sequence[Segment]:
        known = self._segments.get(site, [])
        if not known or known[-1].last < position:
            known = self._segments[site] = [Segment.of(row) for row in session.rows("archived", (site,))]
        return known

    def _record(self, file: Callable[[Segment], Path], segments: Sequence[Segment], position: int) -> bytes:
        """A record, or nothing where no segment has it: no digest is that of nothing."""
        segment = holding(segments, position)
        if segment is None:
            return b""
        part, place = divmod(position - segment.first, PART)
        records = self._part(file(segment), part)
        return records[place] if place < len(records) else b""

    def _part(self, file: Path, part: int) -> list[bytes]:
        found = self._parts.pop((file, part), None)
        if found is None:
            found = read_part(file, part)
            self._octets += _octets(found)
        self._parts[file, part] = found
        while len(self._parts) > _PARTS_KEPT or (len(self._parts) > 1 and self._octets > _OCTETS_KEPT):
            self._octets -= _octets(self._parts.popitem(last=False)[1])
        return found


def _octets(records: Sequence[bytes]) -> int:
    return sum(map(len, records))
