"""Clocks: the machine's, and a shared one that a driver steps or speeds up. Only this file reads a wall clock."""

import mmap
import os
import time
from array import array
from datetime import UTC, datetime
from pathlib import Path

from wardwise.errors import NotRunnable
from wardwise.hospital.clock import Clock
from wardwise.hospital.moment import micros, moment

# Each field is one aligned word with one writer, stored whole: a reader in another process sees the old or the new
# number. (Packing a struct in place will not do: it blanks its bytes first.)
_BASE, _SPEED, _ASKED, _SETTLED = range(4)
_WORDS = 4
_POLL_SECONDS = 0.002
SIMULATED = "clock"  # the file of a data folder that keeps simulated time


class SystemClock:
    """Hospital time is the machine's time."""

    def now(self) -> datetime:
        """The machine's time, aware UTC."""
        return datetime.now(UTC)

    def elapsed(self) -> float:
        """Seconds on the machine's monotonic clock."""
        return time.monotonic()


class SharedClock:
    """Simulated hospital time in a small file that every process of one service maps.

    At speed 0 time stands still until somebody advances it; at speed 60 an hour passes in a minute.
    The barrier lets a driver wait until the worker has dealt with everything up to now: see `settle`.
    """

    def __init__(self, path: Path) -> None:
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), _WORDS * array("q").itemsize)
        self._words = memoryview(self._map).cast("q")

    @classmethod
    def create(cls, path: Path, start: datetime, *, speed: float = 0.0) -> "SharedClock":
        """Make the file and start it at `start`, aware UTC."""
        thousandths = round(speed * 1000)
        path.write_bytes(array("q", [micros(start) - _ran(thousandths), thousandths, 0, 0]).tobytes())
        return cls(path)

    def now(self) -> datetime:
        """Simulated hospital time, aware UTC."""
        return moment(self._words[_BASE] + _ran(self._words[_SPEED]))

    def elapsed(self) -> float:
        """Seconds on the machine's monotonic clock."""
        return time.monotonic()

    @property
    def stepped(self) -> bool:
        """Whether time moves only when a driver moves it."""
        return self._words[_SPEED] == 0

    def advance(self, to: datetime) -> None:
        """Move hospital time; it never moves back."""
        self._words[_BASE] = max(micros(to) - _ran(self._words[_SPEED]), self._words[_BASE])

    def ask(self) -> int:
        """Raise the barrier: ask the worker to deal with everything it can see. Returns the ticket to wait for."""
        self._words[_ASKED] += 1
        return self.asked()

    def asked(self) -> int:
        """The last ticket asked for."""
        return self._words[_ASKED]

    def settled(self) -> int:
        """The last ticket dealt with."""
        return self._words[_SETTLED]

    def answer(self, ticket: int) -> None:
        """Say that everything asked for up to a ticket has been dealt with."""
        self._words[_SETTLED] = ticket

    def settle(self, *, patience: float = 60.0) -> None:
        """Raise the barrier and wait until the worker has answered; raises NotRunnable after `patience` seconds."""
        ticket = self.ask()
        end = time.monotonic() + patience
        while self.settled() < ticket:
            if time.monotonic() > end:
                raise NotRunnable(
                    what="the simulated hospital",
                    why=f"its worker did not answer within {patience:.0f} s",
                    remedy="Look at what the worker last said on stderr.",
                )
            time.sleep(_POLL_SECONDS)

    def close(self) -> None:
        """Let go of the file."""
        self._words.release()
        self._map.close()


def clock_of(data: Path) -> Clock:
    """The clock of the hospital whose data a folder holds: the simulated one where it has one, else the machine's."""
    kept = data / SIMULATED
    return SharedClock(kept) if kept.is_file() else SystemClock()


def _ran(thousandths: int) -> int:
    """Microseconds of hospital time that passed on the machine's monotonic clock at a speed in thousandths."""
    return time.monotonic_ns() * thousandths // 1_000_000


def pause(seconds: float) -> None:
    """Sleep on machine time."""
    time.sleep(seconds)


def machine_load() -> float:
    """The machine's load average over one minute."""
    return os.getloadavg()[0]
