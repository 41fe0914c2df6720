"""Times, ages and numbers as people on the ward read them."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from wardwise.surfaces.wording import span

MINUS = "\N{MINUS SIGN}"
_MINUTE = timedelta(minutes=1)


def clock(at: datetime, *, now: datetime, zone: str) -> str:
    """Local `14:12`, with the date in front where it is not today: `Sun 22 Nov 14:12`."""
    local, today = at.astimezone(ZoneInfo(zone)), now.astimezone(ZoneInfo(zone)).date()
    time = local.strftime("%H:%M")
    return time if local.date() == today else f"{day(at, zone=zone)} {time}"


def clock_seconds(at: datetime, *, zone: str) -> str:
    """Local `14:12:05`."""
    return at.astimezone(ZoneInfo(zone)).strftime("%H:%M:%S")


def day(at: datetime, *, zone: str) -> str:
    """Local `Sun 22 Nov`."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{local:%a} {local.day} {local:%b}"


def left(length: timedelta) -> str:
    """Time left, to the minute and rounded up: `1 min` until it is over, then `0 min`."""
    return span(-(-max(length, timedelta()) // _MINUTE) * _MINUTE) if length > timedelta() else "0 min"


def whole(number: float) -> str:
    """A whole number with a true minus sign."""
    rounded = round(number)
    return f"{MINUS}{-rounded}" if rounded < 0 else str(rounded)


def signed(number: int) -> str:
    """`+2`, `0`, or a true minus sign."""
    return f"+{number}" if number > 0 else whole(number)


def percent(part: float, total: float) -> str:
    """`94%`; nothing of nothing is `0%`."""
    return f"{round(100 * part / total) if total else 0}%"
