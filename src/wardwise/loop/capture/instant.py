"""An instant is a time and a position; an event is visible there or it is not."""

from dataclasses import dataclass
from datetime import datetime

from wardwise.loop.capture.event import Event


@dataclass(frozen=True, slots=True)
class Instant:
    """What was known at `at` by a log that reached `position`."""

    at: datetime
    position: int

    def sees(self, event: Event) -> bool:
        """Visible iff position <= p and known_at <= t, both inclusive."""
        return event.position <= self.position and event.known_at <= self.at
