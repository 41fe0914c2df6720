"""Hospital time and machine time, kept apart."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Who asks what time it is, asks this; nothing else reads a wall clock."""

    def now(self) -> datetime:
        """Hospital time, aware UTC; simulated in the demo."""
        ...

    def elapsed(self) -> float:
        """Machine time in seconds from an arbitrary start, never stepping back; for time-outs only."""
        ...
