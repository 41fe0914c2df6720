"""Tokens for people and stays, with whom they stand for; each is worked out once and remembered for a while."""

from functools import lru_cache

from wardwise.feeds.reading import Identity
from wardwise.hospital.token import Keyed
from wardwise.loop.capture.canonical import Json, digest
from wardwise.loop.capture.canonical import canonical as spelled

_REMEMBERED = 50_000
_FACT_LENGTH = 20  # hexadecimal digits: 80 bits


class Tokens:
    """The site's key at work. It is never shown and leaves this object in no other form than tokens."""

    __slots__ = ("_keyed", "whom")

    def __init__(self, key: bytes) -> None:
        """`key` is the site's token key."""
        self._keyed = Keyed(key)
        self.whom = lru_cache(maxsize=_REMEMBERED)(self._whom)

    def of(self, authority: str, identifier: str) -> str:
        """The token alone."""
        return self.whom(authority, identifier).token

    def _whom(self, authority: str, identifier: str) -> Identity:
        return Identity(self._keyed.token(authority, identifier), authority, identifier)

    def fact(self, kind: str, texts: tuple[str, ...]) -> str:
        """The name of a fact by the texts that identify it in its source; tells nothing of the texts."""
        named = "\x1f".join(("fact", kind, *texts)).encode()
        return self._keyed.digest(named).hex()[:_FACT_LENGTH]


def fingerprint(content: Json) -> str:
    """A hash that is equal for equal content."""
    return digest(spelled(content))
