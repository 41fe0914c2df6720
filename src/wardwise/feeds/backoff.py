"""How long a server that does not answer is left alone, and where everybody can see that it does not."""

from datetime import datetime
from random import Random
from typing import Protocol

FIRST_SECONDS, LONGEST_SECONDS = 1.0, 300.0


class Standing(Protocol):
    """Where everybody can see whether the server of a feed answers."""

    def away(self, feed: str, why: str, now: datetime) -> None:
        """Note since when it does not; what was noted first stays."""
        ...

    def back(self, feed: str) -> None:
        """Note that it does."""
        ...


def backoff(failures: int, chance: Random, *, longest: float = LONGEST_SECONDS) -> float:
    """Seconds: twice as long with each failure, up to the longest, less up to a half by chance."""
    return min(FIRST_SECONDS * 2.0 ** min(failures, 20), longest) * (0.5 + chance.random() / 2)
