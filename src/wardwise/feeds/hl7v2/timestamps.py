"""HL7 TS and DTM texts: instants with what had to be assumed, and dates that stay dates."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from enum import Enum
from functools import lru_cache

from wardwise.feeds.hl7v2.errors import BadTimestamp
from wardwise.hospital.moment import localise

FORM = re.compile(
    r"(\d{4})(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:\.(\d{1,6}))?)?)?)?)?)?"
    r"([+-]\d{4})?(?:\^[A-Za-z]*)?",
    re.ASCII,
)
LONGEST_SHOWN = 32
MIDNIGHT_24 = "hour-24"
LEAP_SECOND = "leap-second"
OFFSET_OF_HEADER = "offset-from-header"
MOST_OFFSET = timedelta(hours=15)

_LONGEST = 40  # characters of a day: a hostile text is not kept in memory
_REMEMBERED = 8_192


class Precision(Enum):
    """How far the text goes."""

    YEAR = 1
    MONTH = 2
    DAY = 3
    HOUR = 4
    MINUTE = 5
    SECOND = 6
    FRACTION = 7


@dataclass(frozen=True, slots=True)
class Timestamp:
    """The beginning of what the text names, aware UTC; `raw` is the text as sent."""

    at: datetime
    precision: Precision
    raw: str
    flags: tuple[str, ...] = ()


def read_timestamp(text: str, zone: str, *, header: str = "") -> Timestamp:
    """Resolve by the text's own offset, else by that of MSH-7 (`header`), else in the source's IANA zone.

    Raises BadTimestamp. Hour 24 is the next midnight and second 60 the last microsecond, both flagged.
    """
    raw = text.strip()
    found = FORM.fullmatch(raw)
    if found is None:
        raise _bad(raw)
    naive, flags = _naive(found)
    own = found[8]
    offset = own or _offset_text(header)
    try:
        if offset:
            flags = flags if own else (*flags, OFFSET_OF_HEADER)
            at = naive.replace(tzinfo=_offset(offset, raw)).astimezone(UTC)
        else:
            resolved = localise(naive, zone)
            at, flags = resolved.at, (*flags, *resolved.flags)
    except OverflowError as error:
        raise _bad(raw) from error
    return Timestamp(at, Precision(sum(part is not None for part in found.groups()[:7])), raw, flags)


def read_day(text: str) -> date | None:
    """The calendar day of a birth date or the like, never moved by any zone; None where it says less than a day.

    Raises BadTimestamp. Days are remembered, for all messages of a patient tell the same.
    """
    if len(text) > _LONGEST:
        raise _bad(text, what="date")
    return _read_day(text)


@lru_cache(maxsize=_REMEMBERED)
def _read_day(text: str) -> date | None:
    found = FORM.fullmatch(text)
    if found is None:
        raise _bad(text, what="date")
    if found[3] is None:
        return None
    try:
        return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError as error:
        raise _bad(text, what="date") from error


def read_format(text: str, written: str) -> datetime | None:
    """A time or date in the signs of strptime, naive unless they tell an offset; None where it is not written just so.

    Two digits of a year are 1969 to 2068.
    """
    try:
        found = datetime.strptime(text, written)  # noqa: DTZ007 - the zone is the caller's to give
    except ValueError:
        return None
    # strptime takes fewer digits than were asked for, so that 20260301 could be read as %y%m%d%H%M.
    return found if found.strftime(written) == text or "%z" in written else None


def _naive(found: re.Match[str]) -> tuple[datetime, tuple[str, ...]]:
    year, month, day, hour, minute, second = (
        int(part) if part else least for part, least in zip(found.groups()[:6], (1, 1, 1, 0, 0, 0), strict=True)
    )
    micros = int((found[7] or "0").ljust(6, "0"))
    flags: tuple[str, ...] = ()
    add = timedelta()
    if second == 60:
        second, micros, flags = 59, 999_999, (LEAP_SECOND,)
    if hour == 24 and not (minute or second or micros):
        hour, add, flags = 0, timedelta(days=1), (*flags, MIDNIGHT_24)
    try:
        # the zone is the caller's to give
        return datetime(year, month, day, hour, minute, second, micros) + add, flags  # noqa: DTZ001
    except (ValueError, OverflowError) as error:
        raise _bad(found[0]) from error


def _offset_text(header: str) -> str:
    found = FORM.fullmatch(header.strip())
    return (found[8] or "") if found else ""


def _offset(text: str, raw: str) -> timezone:
    size = timedelta(hours=int(text[1:3]), minutes=int(text[3:5]))
    if size > MOST_OFFSET or int(text[3:5]) > 59:
        raise _bad(raw)
    return timezone(-size if text[0] == "-" else size)


def _bad(raw: str, *, what: str = "time") -> BadTimestamp:
    shape = re.sub(r"[^\W\d_]", "A", re.sub(r"\d", "9", raw[:LONGEST_SHOWN]))
    return BadTimestamp(shape=shape, what=what)
