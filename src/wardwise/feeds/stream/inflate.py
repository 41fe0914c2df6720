"""Inflates the compressed batches of Kafka into room of a fixed size: no batch takes more, whatever it holds."""

import gzip
import io
import struct
import zlib
from collections.abc import Callable, Iterator
from mmap import mmap

import cramjam

LARGEST = 32 * 1024 * 1024  # twice the largest message
_XERIAL = b"\x82SNAPPY\x00"
_XERIAL_HEADER = 16


class NotInflated(Exception):
    """Why a batch stays as it is, in a few words."""


def inflate(codec: int, packed: bytes) -> bytes:
    """What a batch holds, by the codec's number in Kafka's format; raises NotInflated."""
    by = _CODECS.get(codec)
    if by is None:
        raise NotInflated(f"it is compressed in a way that is not known ({codec})")
    try:
        return by(packed)
    except (OSError, EOFError, ValueError, struct.error, zlib.error, cramjam.DecompressionError):
        raise NotInflated(f"it is damaged, or inflates to more than {LARGEST:,} bytes") from None


def _gzip(packed: bytes) -> bytes:
    with gzip.GzipFile(fileobj=io.BytesIO(packed)) as file:
        inflated = file.read(LARGEST + 1)
    if len(inflated) > LARGEST:
        raise ValueError("too large")
    return inflated


def _snappy(packed: bytes) -> bytes:
    """One block, or several with their lengths before them, as the Java library writes them."""
    inflated = bytearray()
    for block in _blocks(packed) if packed.startswith(_XERIAL) else (packed,):
        if len(inflated) + cramjam.snappy.decompress_raw_len(block) > LARGEST:
            raise ValueError("too large")
        inflated += bytes(cramjam.snappy.decompress_raw(block))
    return bytes(inflated)


def _blocks(packed: bytes) -> Iterator[bytes]:
    at = _XERIAL_HEADER
    while at < len(packed):
        (size,) = struct.unpack_from(">I", packed, at)
        at += 4
        yield packed[at : at + size]
        at += size


def _into_room(library: Callable[[bytes, mmap], int]) -> Callable[[bytes], bytes]:
    def inflated(packed: bytes) -> bytes:
        with mmap(-1, LARGEST) as room:  # memory that is there once it is written to
            return room[: library(packed, room)]

    return inflated


_CODECS: dict[int, Callable[[bytes], bytes]] = {
    1: _gzip,
    2: _snappy,
    3: _into_room(cramjam.lz4.decompress_into),
    4: _into_room(cramjam.zstd.decompress_into),
}
