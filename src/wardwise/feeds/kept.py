"""Where it is kept how far a source was read, or what of it."""

from collections.abc import Mapping
from typing import Protocol


class Kept(Protocol):
    """The cursors of one feed by name; on disk once `keep` returns. Both raise StoreUnavailable."""

    def read(self) -> dict[str, str]:
        """Every cursor."""
        ...

    def keep(self, cursors: Mapping[str, str]) -> None:
        """Replace all of them."""
        ...
