"""The roll of the service's processes: a small file that supervisor and children map, so that each sees who is away.

It is filled once and never grows, so a full disk does not keep anybody from being told.
"""

import mmap
from array import array
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from wardwise.errors import StoreUnavailable
from wardwise.hospital.moment import micros, moment
from wardwise.loop.capture.absence import PROCESSES, Absence, Why
from wardwise.stores.durable import write_durably

# Each field is one aligned word with one writer, stored whole: a reader sees the old or the new number. A process
# writes its signs of life, its supervisor the rest.
_SIGNS, _AWAY_SINCE, _BACK_AT, _WHY = range(4)
_FIELDS = 4
_WORDS = _FIELDS * len(PROCESSES)
_BYTES = _WORDS * array("q").itemsize
_REASONS = tuple(Why)


class Roll:
    """One service's roll."""

    def __init__(self, path: Path) -> None:
        """Map the file that `create` made."""
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), _BYTES)
        self._words = memoryview(self._map).cast("q")

    @classmethod
    def create(cls, path: Path) -> "Roll":
        """Make the file anew, nobody away; whoever maps an older one is not disturbed."""
        try:
            write_durably(path, bytes(_BYTES))
        except OSError as fault:
            remedy = "Make room on the disk of the data folder."
            raise StoreUnavailable(store=path, what=fault.strerror, remedy=remedy) from fault
        return cls(path)

    def sign(self, process: str) -> None:
        """Say that a process is alive; only the process itself does."""
        self._words[_at(process, _SIGNS)] += 1

    def signs(self, process: str) -> int:
        """How often a process has said so."""
        return self._words[_at(process, _SIGNS)]

    def away(self, process: str, why: Why, now: datetime) -> None:
        """Note since when a process is away; it stays as it is while that lasts."""
        if not self.is_away(process):
            self._words[_at(process, _WHY)] = _REASONS.index(why)
            self._words[_at(process, _AWAY_SINCE)] = max(micros(now), self._words[_at(process, _BACK_AT)] + 1)

    def back(self, process: str, now: datetime) -> None:
        """Note that a process is there again."""
        if self.is_away(process):
            self._words[_at(process, _BACK_AT)] = max(micros(now), self._words[_at(process, _AWAY_SINCE)] + 1)

    def is_away(self, process: str) -> bool:
        """Whether a process is away now."""
        return self._words[_at(process, _AWAY_SINCE)] > self._words[_at(process, _BACK_AT)]

    def absences(self) -> Sequence[Absence]:
        """The last absence of each process that was away since the service began."""
        return [self._absence(process) for process in PROCESSES if self._words[_at(process, _AWAY_SINCE)]]

    def close(self) -> None:
        """Let go of the file."""
        self._words.release()
        self._map.close()

    def _absence(self, process: str) -> Absence:
        since, back = (self._words[_at(process, field)] for field in (_AWAY_SINCE, _BACK_AT))
        why = _REASONS[self._words[_at(process, _WHY)]]
        return Absence(process, why, moment(since), moment(back) if back >= since else None)


def _at(process: str, field: int) -> int:
    return PROCESSES.index(process) * _FIELDS + field
