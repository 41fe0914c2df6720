"""A secret in a file: 32 bytes that only their owner may read."""

import secrets
from pathlib import Path

from wardwise.errors import StoreUnavailable
from wardwise.sites.secrecy import REMEDY, is_open
from wardwise.stores.durable import write_durably

LENGTH = 32


def make_secret(path: Path, secret: bytes | None = None) -> None:
    """Write a secret, a fresh one unless it is given; owner-only, and there whole or not at all."""
    write_durably(path, secret if secret is not None else secrets.token_bytes(LENGTH))


def read_secret(path: Path, *, remedy: str = "Run `wardwise init`, or restore the keys' backup.") -> bytes:
    """The secret; raises StoreUnavailable when it is absent (with the remedy), damaged or open to others."""
    try:
        exposed, secret = is_open(path), path.read_bytes()
    except OSError as fault:
        raise StoreUnavailable(store=path, what=fault.strerror, remedy=remedy) from fault
    if exposed:
        raise StoreUnavailable(store=path, what="others on this machine may read it", remedy=REMEDY)
    if len(secret) != LENGTH:
        raise StoreUnavailable(store=path, what="it is not 32 bytes long", remedy="Restore the keys' backup.")
    return secret
