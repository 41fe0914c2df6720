"""The chain: each committed batch carries the Merkle root of its records and the root before it, per site."""

import hashlib
from collections.abc import Sequence

GENESIS = bytes(32)


def leaf(record: bytes) -> bytes:
    """Digest of one stored record; the prefix keeps leaves and nodes apart (RFC 6962, section 2.1)."""
    return hashlib.sha256(b"\x00" + record).digest()


def merkle_root(leaves: Sequence[bytes]) -> bytes:
    """Root over leaf digests in order; an odd one is carried up unchanged. An empty batch has no root."""
    if not leaves:
        raise ValueError("an empty batch is never committed")
    level = list(leaves)
    while len(level) > 1:
        pairs = [hashlib.sha256(b"\x01" + a + b).digest() for a, b in zip(level[::2], level[1::2], strict=False)]
        level = pairs + ([level[-1]] if len(level) % 2 else [])
    return level[0]


def link(previous: bytes, root: bytes) -> bytes:
    """The site's new head after a batch: binds the batch's root to everything before it."""
    return hashlib.sha256(b"\x02" + previous + root).digest()
