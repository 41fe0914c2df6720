"""The envelope of a raw body at rest: AES-256-GCM under the site's inbox key, bound to the place it was put.

`keys/inbox.key` seals; `keys/inbox-*.key` are former keys that still open what they sealed. A key's id, a hash of
it, stands beside every body it sealed. Nonces are 96 random bits, so one key is good for 2^32 bodies (NIST SP
800-38D, 8.3): at a million messages a day, eleven years.
"""

import hashlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from wardwise.errors import StoreUnavailable
from wardwise.stores.secret import make_secret, read_secret

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

PLAIN = ""  # the key id of a body that is not sealed
_CURRENT = "inbox.key"
_FORMER = "inbox-*.key"
_NONCE = 12
_RESTORE = "Restore it from the keys' backup; without it these bodies cannot be read."


@dataclass(frozen=True, slots=True)
class Envelope:
    """The inbox keys of one site; without any, bodies are kept plain. Keys are not shown when printed."""

    folder: Path = Path("keys")
    current: str = PLAIN
    ciphers: "Mapping[str, AESGCM]" = field(default_factory=dict, repr=False)

    @property
    def file(self) -> Path:
        """Where the key that seals is, or would be."""
        return self.folder / _CURRENT

    def seal(self, body: bytes, bound: bytes) -> tuple[str, bytes]:
        """The id of the key and the bytes to keep; `bound` must be given again to open them."""
        if self.current == PLAIN:
            return PLAIN, body
        nonce = os.urandom(_NONCE)
        return self.current, nonce + self.ciphers[self.current].encrypt(nonce, body, bound)

    def open(self, key: str, kept: bytes, bound: bytes) -> bytes:
        """The body again; raises StoreUnavailable for an unknown key, or bytes that were changed or moved."""
        if key == PLAIN:
            return kept
        self.refuse_unknown((key,))
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - a door without a key needs none of it

        try:
            return self.ciphers[key].decrypt(kept[:_NONCE], kept[_NONCE:], bound)
        except (InvalidTag, ValueError) as damage:
            raise StoreUnavailable(
                store="inbox",
                what=f"a body sealed with the key {key} was changed, or is not where it was put",
                remedy="Restore the last good backup, or ask the source to send its message again.",
            ) from damage

    def refuse_unknown(self, keys: Iterable[str]) -> None:
        """Raise StoreUnavailable, naming the key file, if bodies are sealed with a key that is not here."""
        unknown = sorted(set(keys) - self.ciphers.keys() - {PLAIN})
        if unknown:
            raise StoreUnavailable(
                store=self.file,
                what=f"the inbox holds bodies sealed with the key {', '.join(unknown)}, and that key is not here",
                remedy=f"{_RESTORE} A former key goes beside it as {_FORMER.replace('*', 'NAME')}.",
            )

    def refuse_none(self) -> None:
        """Raise StoreUnavailable if there is no key to seal with, for an inbox that was sealed before."""
        if self.current == PLAIN:
            raise StoreUnavailable(
                store=self.file,
                what="it is not there, and this inbox is sealed: messages would be kept unsealed from now on",
                remedy="Restore it from the keys' backup, or run `wardwise init --encrypt-inbox` for a new one.",
            )


def load_envelope(folder: Path) -> Envelope:
    """The inbox keys in a folder; raises StoreUnavailable when one of them is damaged or open to others."""
    former = [read_secret(path) for path in sorted(folder.glob(_FORMER))]
    ciphers = dict(map(_cipher, former))
    if not os.path.lexists(folder / _CURRENT):  # a link to where no key is mounted is a key that is missing
        return Envelope(folder, PLAIN, ciphers)
    current, cipher = _cipher(read_secret(folder / _CURRENT, remedy=_RESTORE))
    return Envelope(folder, current, {**ciphers, current: cipher})


def make_inbox_key(folder: Path) -> None:
    """Make the key that seals, if there is none."""
    if not os.path.lexists(folder / _CURRENT):
        make_secret(folder / _CURRENT)


def _cipher(secret: bytes) -> "tuple[str, AESGCM]":
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - see Envelope.open

    return hashlib.sha256(b"wardwise inbox key|" + secret).hexdigest()[:16], AESGCM(secret)
