"""A clock moved by hand."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass
class HandClock:
    """Machine time is `seconds`; hospital time is `at` and stands, or is so much later where it is `running`."""

    at: datetime
    seconds: float = 0.0
    running: bool = False

    def now(self) -> datetime:
        return self.at + timedelta(seconds=self.seconds) if self.running else self.at

    def elapsed(self) -> float:
        return self.seconds
