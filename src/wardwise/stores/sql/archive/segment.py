"""A segment of the archive: a stretch of one site's log whose records are in one Parquet file."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, fields
from operator import attrgetter

from wardwise.hospital.moment import iso, moment
from wardwise.stores.sql.session import Row


@dataclass(frozen=True, slots=True)
class Segment:
    """Positions `first` to `last`, whole batches of one month; the chain's heads before and after; the file's SHA-256.

    `begins` and `ends` are the record times of the first and the last batch, in microseconds.
    """

    first: int
    last: int
    file: str
    sha256: bytes
    before: bytes
    after: bytes
    begins: int
    ends: int

    @classmethod
    def of(cls, row: Row) -> "Segment":
        """The segment of a stored row."""
        return cls(*row)

    @property
    def row(self) -> Row:
        """What is stored of it."""
        return tuple(getattr(self, each.name) for each in fields(self))

    @property
    def events(self) -> int:
        """How many there are in it."""
        return self.last - self.first + 1

    def figures(self) -> dict[str, str | int]:
        """As it stands in a manifest."""
        return {
            "file": self.file,
            "sha256": self.sha256.hex(),
            "first": self.first,
            "last": self.last,
            "events": self.events,
            "recorded_from": iso(moment(self.begins)),
            "recorded_to": iso(moment(self.ends)),
            "head_before": self.before.hex(),
            "head_after": self.after.hex(),
        }


def holding(segments: Sequence[Segment], position: int) -> Segment | None:
    """The segment that holds a position; they are in order."""
    place = bisect_left(segments, position, key=attrgetter("last"))
    return segments[place] if place < len(segments) and segments[place].first <= position else None
