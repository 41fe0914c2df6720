"""What Kafka gives at one time, batch by batch: the library would inflate each to whatever it holds, so we do it.

Stands in the library's place of the same form; `bound_batches` puts it there.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from aiokafka.consumer import fetcher
from aiokafka.errors import CorruptRecordException
from aiokafka.record.memory_records import MemoryRecords

from wardwise.errors import NotRunnable
from wardwise.feeds.stream.inflate import NotInflated, inflate

_PLACE_AND_LENGTH = struct.Struct(">qi")
_MAGIC_AT = 16
_NEWEST_FORM = 2  # the only one since Kafka 0.11
_OLD_ATTRIBUTES_AT = 17
_ATTRIBUTES = struct.Struct(">h")
_ATTRIBUTES_AT = 21
_HEADER = 61
_CODEC = 0x07
_INFLATED_AT_ONCE = 4 * 1024 * 1024  # of one answer; what is left of it is asked for again


class Unread(bytes):
    """Stands for a batch that is not read, and is that batch; no message from a broker has this type."""

    first: int
    why: str


def bound_batches() -> None:
    """Have the library read batches through here; raises NotRunnable for a library that reads them otherwise."""
    if getattr(fetcher, "MemoryRecords", None) not in {MemoryRecords, Batches}:
        raise NotRunnable(
            what="reading a stream of Kafka",
            why="the installed aiokafka is not one that can be kept from inflating without end",
            remedy="Install the version of requirements-dev.lock.",
        )
    fetcher.MemoryRecords = Batches


class Batches:
    """The batches of one answer, each looked at when it is asked for."""

    def __init__(self, given: bytes) -> None:
        """`given` may end within a batch, which comes again."""
        self._given = given
        self._at = 0
        self.inflated = 0

    def size_in_bytes(self) -> int:
        """Of all that was given."""
        return len(self._given)

    def has_next(self) -> bool:
        """Whether a whole batch is left, and so little was inflated that it may be read now."""
        return self.inflated < _INFLATED_AT_ONCE and self._at < self._end() <= len(self._given)

    def next_batch(self) -> Any:
        """The library's own batch where nothing is compressed."""
        piece = self._given[self._at : self._end()]
        self._at += len(piece)
        batch = MemoryRecords(piece).next_batch()
        if batch is None:
            raise CorruptRecordException("a batch without an end")
        newest = piece[_MAGIC_AT] >= _NEWEST_FORM
        (attributes,) = _ATTRIBUTES.unpack_from(piece, _ATTRIBUTES_AT) if newest else (piece[_OLD_ATTRIBUTES_AT],)
        return _Compressed(self, batch, piece) if attributes & _CODEC else batch

    def _end(self) -> int:
        if self._at + _PLACE_AND_LENGTH.size > len(self._given):
            return len(self._given) + 1
        _, length = _PLACE_AND_LENGTH.unpack_from(self._given, self._at)
        return self._at + _PLACE_AND_LENGTH.size + max(int(length), 0)


@dataclass(frozen=True, slots=True)
class _Refused:
    """A record as far as the library looks at it."""

    offset: int
    value: Unread
    key: None = None
    timestamp: int = 0
    timestamp_type: int = 0
    checksum: None = None
    headers: tuple[()] = ()


@dataclass(frozen=True, slots=True)
class _Compressed:
    """A batch that says of itself what the library read of it, and is inflated here when its records are asked for."""

    of: Batches
    batch: Any
    piece: bytes

    def __getattr__(self, name: str) -> Any:
        return getattr(self.batch, name)

    def __next__(self) -> Any:
        return next(self.batch)

    def __iter__(self) -> Iterator[Any]:
        try:
            plain = _plain(self.piece)
        except NotInflated as refusal:
            return iter([self._refused(str(refusal))])
        self.of.inflated += len(plain)
        return iter(MemoryRecords(plain).next_batch())

    def _refused(self, why: str) -> _Refused:
        last = self.batch.next_offset - 1
        value = Unread(self.piece)
        value.first, value.why = getattr(self.batch, "base_offset", last), why
        return _Refused(last, value)


def _plain(piece: bytes) -> bytes:
    """The same batch as if it had not been compressed; its checksum, which was looked at before, is not."""
    if piece[_MAGIC_AT] < _NEWEST_FORM:
        raise NotInflated("it is compressed in the form of before Kafka 0.11")
    place, _ = _PLACE_AND_LENGTH.unpack_from(piece)
    (attributes,) = _ATTRIBUTES.unpack_from(piece, _ATTRIBUTES_AT)
    held = inflate(attributes & _CODEC, piece[_HEADER:])
    head = _PLACE_AND_LENGTH.pack(place, _HEADER - _PLACE_AND_LENGTH.size + len(held))
    plain = _ATTRIBUTES.pack(attributes & ~_CODEC)
    return b"".join([head, piece[12:_ATTRIBUTES_AT], plain, piece[_ATTRIBUTES_AT + 2 : _HEADER], held])
