"""The site's keys: one for tokens of people, one that signs artefacts. Owner-only files."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from wardwise.errors import NotAllowed
from wardwise.stores.secret import make_secret, read_secret

_TOKEN = "token.key"  # noqa: S105 (a file's name)
_SIGNING = "signing.key"


@dataclass(frozen=True, slots=True)
class Keys:
    """What must never leave the machine; not shown when printed."""

    token: bytes = field(repr=False)
    signing: Ed25519PrivateKey = field(repr=False)

    @property
    def public(self) -> Ed25519PublicKey:
        """What verifies this site's artefacts; may be given to anybody."""
        return self.signing.public_key()

    @property
    def mark(self) -> bytes:
        """What tells keys apart without giving them away: a hash of the one that makes tokens."""
        return hashlib.sha256(b"wardwise token key|" + self.token).digest()


def has_keys(folder: Path) -> bool:
    """Whether keys were made in this folder."""
    return (folder / _TOKEN).exists() or (folder / _SIGNING).exists()


def make_keys(folder: Path, *, seed: int | None = None) -> Keys:
    """Make both keys; never over existing ones, since every token hangs on them.

    With a seed the keys are the same every time: for the demo hospital only, they protect nothing.
    """
    if has_keys(folder):
        raise NotAllowed(
            what=f"Making new keys in {folder}",
            why="there are keys already, and every token was made with them",
            remedy="Keep them; to begin anew, use another data folder.",
        )
    for name in (_TOKEN, _SIGNING):
        make_secret(folder / name, None if seed is None else _demo(name, seed))
    return load_keys(folder)


def load_keys(folder: Path) -> Keys:
    """The keys of a folder; raises StoreUnavailable when they are absent, damaged or open to others."""
    signing = Ed25519PrivateKey.from_private_bytes(read_secret(folder / _SIGNING))
    return Keys(read_secret(folder / _TOKEN), signing)


def _demo(name: str, seed: int) -> bytes:
    return hashlib.sha256(f"wardwise demo hospital|{name}|{seed}".encode()).digest()
