"""Times, ages and numbers as people on the ward read them."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

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


def span(length: timedelta) -> str:
    """`11 s`, `6 min`, `1 h 48 min`, `3 d 4 h`; a negative length reads as `0 s`."""
    seconds = max(int(length.total_seconds()), 0)
    if seconds < 60:
        return f"{seconds} s"
    minutes = seconds // 60
    if minutes < 60:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h" if hours else f"{days} d"


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
