"""How the texts of a card are put side by side, the same on every surface."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from wardwise.hospital.moment import from_iso


def beside(label: str, says: str) -> str:
    """What stands beside a label, without the label said again at its beginning."""
    rest = says.removeprefix(f"{label} ")
    return rest.strip() or says


def clause(says: str) -> str:
    """A sentence as a part of another: without its final full stop."""
    return says.removesuffix(".")


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


def aged(reason: Mapping[str, Any], now: datetime) -> str:
    """A reason as it reads now: `Pulse 112 /min: 2 points, measured 13:01 (3 h 28 min ago)`."""
    if "at" not in reason:
        return str(reason["says"])
    return f"{clause(reason['says'])} ({span(now - from_iso(reason['at']))} ago)"
