"""A finding before its steward is looked up."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Raised:
    """A code, whom or what it is about, where, since when, the feed whose data show it, and the events that do."""

    code: str
    about: str
    unit: str | None
    since: datetime
    source: str
    events: tuple[str, ...] = ()
