"""What comes to light while a message is read: flags, doubts, and identities for the vault."""

from dataclasses import dataclass, field
from datetime import datetime

from wardwise.feeds.reading import Identity


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The raw that facts are read from; `mapping` is the version that becomes part of their ids.

    A fact known before `now` by the source's own word counts as known then; never later than `now`.
    """

    raw: str
    source: str
    mapping: str
    now: datetime
    flags: tuple[str, ...] = ()


@dataclass(slots=True)
class Notes:
    """One per raw; flags and doubt begin anew with each fact."""

    flags: list[str] = field(default_factory=list)
    doubted: bool = False
    identities: dict[str, Identity] = field(default_factory=dict)

    def begin(self) -> None:
        """Forget the flags and doubt of the fact before."""
        self.flags = []
        self.doubted = False

    def doubt(self, flag: str) -> None:
        """Keep the fact and show it, with a flag, but never score it."""
        self.flags.append(flag)
        self.doubted = True
