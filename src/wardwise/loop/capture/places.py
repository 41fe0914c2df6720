"""The port of places: how far those who read a log without writing it have come."""

from typing import Protocol

from wardwise.loop.capture.log import Log


def publishing(stream: str) -> str:
    """The name of the reader that publishes a stream."""
    return f"publish/{stream}"


class Places(Protocol):
    """Kept in the log's own store, so that a backup holds both as of one instant.

    A place is moved from where its reader left it and from nowhere else: of two that read under one name, the second
    to come is told so, and neither goes back. No lease is needed.
    """

    def place(self, site: str, reader: str) -> int | None:
        """The position a reader has dealt with up to; None where it has kept none."""
        ...

    def move(self, site: str, reader: str, *, was: int | None, to: int) -> bool:
        """Keep a place durably; False, and nothing kept, where it is not `was` now or the log has no such site."""
        ...


class Followed(Log, Places, Protocol):
    """A log, and the places of those who follow it."""
