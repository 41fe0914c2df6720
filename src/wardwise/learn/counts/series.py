"""What a count model sees: whole hours numbered by integers, and what the calendar says of each."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from wardwise.errors import ImpossibleValue

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]

HOURS_OF_WEEK = 168


@dataclass(frozen=True, slots=True)
class HourlySeries:
    """Counts per hour from hour number `first`; NaN where nothing was reported."""

    first: int
    counts: Floats

    def __post_init__(self) -> None:
        """Refuse a count below zero."""
        if self.counts.ndim != 1 or bool((self.counts < 0).any()):
            raise ImpossibleValue(what="a count is below zero", remedy="Counts are whole numbers from zero up")

    @property
    def end(self) -> int:
        """Number of the hour after the last one."""
        return self.first + self.counts.size

    def between(self, start: int, stop: int) -> Floats:
        """Counts of the hours from `start` up to, not including, `stop`."""
        require_hours(self.first, self.end, start, stop)
        return self.counts[start - self.first : stop - self.first]


@dataclass(frozen=True, slots=True)
class Calendar:
    """What is known of every hour long before it comes, in local time.

    `hour_of_week` runs 0 (Monday 00 h) to 167; `day_of_year` 1 to 366; `day` numbers local days and never
    falls, so a day may have 23 or 25 hours; `marks` are named flags (a holiday, the day after, a match).
    """

    first: int
    hour_of_week: Integers
    day_of_year: Integers
    day: Integers
    marks: Mapping[str, Booleans] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse arrays of different length and days that step back."""
        sizes = {len(self.day_of_year), len(self.day), *(len(flags) for flags in self.marks.values())}
        if sizes != {len(self.hour_of_week)}:
            raise ImpossibleValue(what="calendar columns differ in length", remedy="Give one entry per hour in each")
        if bool((np.diff(self.day) < 0).any()):
            raise ImpossibleValue(what="calendar days step back", remedy="Give the hours in order of time")

    @property
    def end(self) -> int:
        """Number of the hour after the last one."""
        return self.first + len(self.hour_of_week)

    def between(self, start: int, stop: int) -> "Calendar":
        """The hours from `start` up to, not including, `stop`."""
        require_hours(self.first, self.end, start, stop)
        part = slice(start - self.first, stop - self.first)
        marks = {name: flags[part] for name, flags in self.marks.items()}
        return Calendar(start, self.hour_of_week[part], self.day_of_year[part], self.day[part], marks)

    def mark(self, name: str) -> Booleans:
        """Flags of one mark; all false when this calendar does not know it."""
        return self.marks.get(name, np.zeros(len(self.day), dtype=np.bool_))

    def midnights(self) -> Integers:
        """Position of the first hour of each local day in this calendar, 0 included."""
        return np.flatnonzero(np.diff(self.day, prepend=self.day[:1] - 1)).astype(np.int64)


def require_hours(first: int, end: int, start: int, stop: int) -> None:
    """Refuse a span of hours that is not wholly held."""
    if not first <= start <= stop <= end:
        raise ImpossibleValue(
            what=f"hours {start} to {stop} are asked of a series that holds {first} to {end}",
            remedy="Give a series that reaches over the whole span",
        )
