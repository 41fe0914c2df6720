"""Hourly emergency arrivals of the University of Iowa Hospitals and Clinics (Peterson and Cavanaugh 2024)."""

import csv
import gzip
import hashlib
import math
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt

from wardwise.errors import BrokenFile

Floats = npt.NDArray[np.float64]
Booleans = npt.NDArray[np.bool_]

HOLIDAY_FLAGS = ("xmas", "xmas2", "nye", "nyd", "thx", "thx1", "ind")
EVENT_FLAG = "game_day"
COLUMNS = ("Date", "Hour", "Arrivals", *HOLIDAY_FLAGS, EVENT_FLAG)

_GZIP_SIGN = b"\x1f\x8b"
_COMMON_REMEDY = "Give a file in the format of uihc_ed_arrivals, as exported"


@dataclass(frozen=True, slots=True)
class UihcHours:
    """One file: whole days of hourly counts in local time, with the flags of each day.

    Weather is in the file too but is observed, never forecast, so it is not read.
    """

    path: str
    sha256: str
    first_day: date
    arrivals: Floats
    flags: Mapping[str, Booleans]

    @property
    def first_hour(self) -> int:
        """Number of the first hour: days since year 1, times 24."""
        return self.first_day.toordinal() * 24

    @property
    def end_hour(self) -> int:
        """Number of the hour after the last."""
        return self.first_hour + self.arrivals.size


@dataclass(frozen=True, slots=True)
class _Row:
    """One checked line."""

    line: int
    hour: int
    arrivals: float
    flags: tuple[bool, ...]


def read_uihc(path: Path) -> UihcHours:
    """Read a plain or gzipped CSV; the first thing wrong is named with its line and column."""
    content = _content(path)
    rows = list(_rows(path.name, _text(path.name, content)))
    if not rows:
        raise _broken(path.name, 1, "Hour", "the file holds no hours")
    _check_whole_days(path.name, rows)
    days = rows[::24]
    flags = {
        name: np.array([row.flags[place] for row in days]) for place, name in enumerate((*HOLIDAY_FLAGS, EVENT_FLAG))
    }
    return UihcHours(
        path=str(path),
        sha256=hashlib.sha256(content).hexdigest(),
        first_day=date.fromordinal(rows[0].hour // 24),
        arrivals=np.array([row.arrivals for row in rows]),
        flags=flags,
    )


def _content(path: Path) -> bytes:
    """The bytes of the file as it stands on disk."""
    try:
        return path.read_bytes()
    except OSError as fault:
        raise _broken(
            path.name, 0, "file", f"it cannot be opened ({fault.strerror})", remedy="Check the path"
        ) from fault


def _text(name: str, content: bytes) -> str:
    """The text, unpacked if need be."""
    plain = _unpacked(name, content)
    try:
        return plain.decode("utf-8")
    except UnicodeDecodeError as fault:
        line = plain[: fault.start].count(b"\n") + 1
        raise _broken(name, line, "text", "it is not UTF-8", remedy="Save the file as UTF-8") from fault


def _unpacked(name: str, content: bytes) -> bytes:
    """The bytes of the CSV, whether or not they were compressed."""
    if not content.startswith(_GZIP_SIGN):
        return content
    try:
        return gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as fault:
        raise _broken(name, 0, "file", "it is cut short or damaged", remedy="Fetch it again") from fault


def _rows(name: str, text: str) -> Iterator[_Row]:
    """Checked rows, each an hour after the one before."""
    reader = csv.DictReader(text.splitlines())
    for column in COLUMNS:
        if column not in (reader.fieldnames or ()):
            raise _broken(name, 1, column, "the column is missing")
    before: _Row | None = None
    for fields in reader:
        row = _row(name, reader.line_num, fields)
        if before is not None and row.hour != before.hour + 1:
            raise _out_of_step(name, row, before)
        before = row
        yield row


def _row(name: str, line: int, fields: dict[str, str | None]) -> _Row:
    """One line as numbers."""
    hour = _number(name, line, "Hour", fields)
    if hour not in range(24):
        raise _broken(name, line, "Hour", f"{hour:g} is not an hour from 0 to 23")
    arrivals = _number(name, line, "Arrivals", fields)
    if arrivals < 0 or arrivals != int(arrivals):
        raise _broken(name, line, "Arrivals", f"{arrivals:g} is not a whole number from zero up")
    flags = tuple(_number(name, line, flag, fields) != 0 for flag in (*HOLIDAY_FLAGS, EVENT_FLAG))
    return _Row(line, _day(name, line, fields).toordinal() * 24 + int(hour), arrivals, flags)


def _number(name: str, line: int, column: str, fields: dict[str, str | None]) -> float:
    """A finite number of one column."""
    found = (fields[column] or "").strip()
    try:
        value = float(found)
    except ValueError as fault:
        raise _broken(name, line, column, f"'{found[:20]}' is not a number") from fault
    if not math.isfinite(value):
        raise _broken(name, line, column, f"'{found[:20]}' is not a finite number")
    return value


def _day(name: str, line: int, fields: dict[str, str | None]) -> date:
    """The local day of a line."""
    found = (fields["Date"] or "").strip()
    try:
        return date.fromisoformat(found)
    except ValueError as fault:
        raise _broken(name, line, "Date", f"'{found[:20]}' is not a day such as 2016-02-29") from fault


def _out_of_step(name: str, row: _Row, before: _Row) -> BrokenFile:
    """A doubled, missing or misplaced hour."""
    missing = row.hour - before.hour - 1
    if missing == -1:
        what, remedy = "the hour stands twice", "Keep one of the two lines"
    elif missing < 0:
        what, remedy = "the hour is earlier than the line before", "Sort the file by Date and Hour"
    else:
        what, remedy = f"{missing} hours are missing before it", "Add the missing hours, with 0 where nobody came"
    return _broken(name, row.line, "Hour", what, remedy=remedy)


def _check_whole_days(name: str, rows: list[_Row]) -> None:
    """A file begins at hour 0 and ends with hour 23."""
    for row, wanted in ((rows[0], 0), (rows[-1], 23)):
        if row.hour % 24 != wanted:
            raise _broken(
                name,
                row.line,
                "Hour",
                f"the file begins or ends within a day (hour {row.hour % 24})",
                remedy="Give whole days, hours 0 to 23",
            )


def _broken(name: str, line: int, column: str, what: str, *, remedy: str = _COMMON_REMEDY) -> BrokenFile:
    """The error of this dataset."""
    return BrokenFile(file=name, line=line, field=column, what=what, remedy=remedy)
