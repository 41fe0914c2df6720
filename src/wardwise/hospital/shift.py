"""Shifts: a pattern says when a shift starts and how long it lasts; an occurrence is one such shift."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class ShiftPattern:
    """A named shift between two local wall times: `starts`, and `hours` later on the clock on the wall.

    `hours` is the nominal length: where the clocks change, as much less or more is worked, and shifts still meet.
    """

    name: str
    starts: time
    hours: int

    def on(self, day: date, zone: str) -> "Shift":
        """The shift of this pattern that starts on a local day; it may end on the next."""
        start = datetime.combine(day, self.starts, ZoneInfo(zone))
        end = start + timedelta(hours=self.hours)  # on the wall: arithmetic within one zone ignores its changes
        return Shift(self.name, day, start.astimezone(UTC), end.astimezone(UTC))


@dataclass(frozen=True, slots=True)
class Shift:
    """One shift: `[start, end)` in UTC, named after the local day it starts on."""

    name: str
    day: date
    start: datetime
    end: datetime

    @property
    def key(self) -> str:
        """`2026-03-01/night`."""
        return f"{self.day.isoformat()}/{self.name}"


def shifts_from(at: datetime, patterns: tuple[ShiftPattern, ...], zone: str, *, count: int) -> list[Shift]:
    """The shift running at an instant and those after it, in order of start, `count` in all."""
    today = at.astimezone(ZoneInfo(zone)).date()
    days = [today + timedelta(days=offset) for offset in range(-1, count + 1)]
    every = sorted((p.on(day, zone) for day in days for p in patterns), key=lambda shift: shift.start)
    return [shift for shift in every if shift.end > at][:count]
