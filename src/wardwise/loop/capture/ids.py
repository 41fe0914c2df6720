"""Ids are hashes of what made the thing, so appending twice is a no-op and a rebuild gives the same ids."""

import hashlib

from wardwise.hospital.base32 import SPELLED_BYTES, base32

SHOWN = 13  # a kind letter and twelve base-32 characters (60 bits)


def _hashed(letter: str, *parts: str) -> str:
    data = "\x1f".join(parts).encode()
    return letter + base32(hashlib.sha256(data).digest()[:SPELLED_BYTES])


def raw_id(source: str, control_id: str, sha256: str) -> str:
    """The id of bytes as received: the same bytes with the same control id from one source are one raw."""
    return _hashed("w", source, control_id, sha256)


def event_id(letter: str, *, raw: str, index: int, mapping: str) -> str:
    """The id of the `index`-th fact that a mapping version read from a raw."""
    return _hashed(letter, raw, str(index), mapping)


def derived_id(letter: str, *, kind: str, workflow: str, entity: str, position: int, cause: str) -> str:
    """The id of something wardwise itself concluded at a position of the log."""
    return _hashed(letter, cause, kind, workflow, entity, str(position))


def shown(identifier: str) -> str:
    """The first 13 characters: what people read and type."""
    return identifier[:SHOWN]
