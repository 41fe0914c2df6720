"""Instants: aware UTC datetimes in memory, microseconds since 1970 in the log."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)

AMBIGUOUS = "ambiguous-local-time"
IMAGINARY = "imaginary-local-time"


@dataclass(frozen=True, slots=True)
class Localised:
    """A local wall time resolved to an instant, and what had to be assumed on the way."""

    at: datetime
    flags: tuple[str, ...] = ()


def micros(at: datetime) -> int:
    """Microseconds since 1970-01-01 UTC of an aware datetime."""
    return (at - EPOCH) // TICK


def moment(us: int) -> datetime:
    """The aware UTC datetime of a count of microseconds since 1970-01-01 UTC."""
    return EPOCH + timedelta(microseconds=us)


def iso(at: datetime) -> str:
    """RFC 3339 in UTC with microseconds: `2026-03-01T02:10:00.000000Z`."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def from_iso(text: str) -> datetime:
    """The aware UTC datetime of an RFC 3339 text; a text without an offset is refused."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"{text!r} has no offset from UTC")
    return at.astimezone(UTC)


def localise(naive: datetime, zone: str) -> Localised:
    """Resolve a naive local time in an IANA zone; fold 0 when the clock shows it twice, flagged when so.

    A time the clock never shows (spring forward) is carried over the gap and flagged.
    """
    place = ZoneInfo(zone)
    local = naive.replace(tzinfo=place, fold=0)
    at = local.astimezone(UTC)
    later = naive.replace(tzinfo=place, fold=1).astimezone(UTC)
    if at == later:
        return Localised(at)
    shown = at.astimezone(place).replace(tzinfo=None) == naive
    return Localised(at, (AMBIGUOUS,) if shown else (IMAGINARY,))
