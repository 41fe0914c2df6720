"""Clocks: the machine's, and a shared one that a driver steps or speeds up. Only this file reads a wall clock."""

import mmap
import os
import struct
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from wardwise.errors import NotRunnable
from wardwise.hospital.moment import micros, moment

_LAYOUT = struct.Struct("<qqdqq")  # hospital microseconds, speed in thousandths, machine origin, asked, settled
_POLL_SECONDS = 0.002


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
            self._map = mmap.mmap(file.fileno(), _LAYOUT.size)

    @classmethod
    def create(cls, path: Path, start: datetime, *, speed: float = 0.0) -> "SharedClock":
        """Make the file and start it at `start`, aware UTC."""
        path.write_bytes(_LAYOUT.pack(micros(start), round(speed * 1000), time.monotonic(), 0, 0))
        return cls(path)

    def now(self) -> datetime:
        """Simulated hospital time, aware UTC."""
        start, speed, origin, _, _ = self._read()
        if speed == 0:
            return moment(start)
        return moment(start) + timedelta(seconds=(time.monotonic() - origin) * speed / 1000)

    def elapsed(self) -> float:
        """Seconds on the machine's monotonic clock."""
        return time.monotonic()

    @property
    def stepped(self) -> bool:
        """Whether time moves only when a driver moves it."""
        return self._read()[1] == 0

    def advance(self, to: datetime) -> None:
        """Move hospital time; it never moves back."""
        _, speed, _, asked, settled = self._read()
        self._write(max(micros(to), micros(self.now())), speed, time.monotonic(), asked, settled)

    def ask(self) -> int:
        """Raise the barrier: ask the worker to deal with everything it can see. Returns the ticket to wait for."""
        start, speed, origin, asked, settled = self._read()
        self._write(start, speed, origin, asked + 1, settled)
        return asked + 1

    def asked(self) -> int:
        """The last ticket asked for."""
        return self._read()[3]

    def settled(self) -> int:
        """The last ticket dealt with."""
        return self._read()[4]

    def answer(self, ticket: int) -> None:
        """Say that everything asked for up to a ticket has been dealt with."""
        struct.pack_into("<q", self._map, _LAYOUT.size - 8, ticket)

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
        self._map.close()

    def _read(self) -> tuple[int, int, float, int, int]:
        start, speed, origin, asked, settled = _LAYOUT.unpack_from(self._map)
        return start, speed, origin, asked, settled

    def _write(self, start: int, speed: int, origin: float, asked: int, settled: int) -> None:
        _LAYOUT.pack_into(self._map, 0, start, speed, origin, asked, settled)


def pause(seconds: float) -> None:
    """Sleep on machine time."""
    time.sleep(seconds)


def machine_load() -> float:
    """The machine's load average over one minute."""
    return os.getloadavg()[0]
