"""Tokens stand for patients, encounters and staff wherever identifiers are not needed."""

import hmac

from wardwise.hospital.base32 import SPELLED_BYTES, base32

_LETTERS = 20  # of a token: 100 bits


class Keyed:
    """The site key, made ready to hash by once for all the people of a feed."""

    __slots__ = ("_begun",)

    def __init__(self, key: bytes) -> None:
        """`key` is the site's token key."""
        self._begun = hmac.new(key, digestmod="sha256")

    def digest(self, message: bytes) -> bytes:
        """HMAC-SHA256 of a message: 32 bytes."""
        begun = self._begun.copy()
        begun.update(message)
        return begun.digest()

    def token(self, authority: str, identifier: str) -> str:
        """HMAC-SHA256 of `authority|identifier` under the site key: 20 base-32 characters (100 bits).

        Two sites with different keys give the same person different tokens.
        """
        return base32(self.digest(f"{authority}|{identifier}".encode())[:SPELLED_BYTES])[:_LETTERS]


def tokenise(key: bytes, authority: str, identifier: str) -> str:
    """The token of one person, for whoever asks for no more than that."""
    return Keyed(key).token(authority, identifier)
