"""The times of a story: local wall times around its day."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from wardwise.errors import ImpossibleValue
from wardwise.hospital.moment import localise

_TIME = re.compile(r"(?:(?P<word>yesterday|next day|(?P<days>\d{1,3}) days? before) )?(?P<clock>\d\d:\d\d)(?= |$)")
_OFFSETS = {"yesterday": -1, "next day": 1}


@dataclass(frozen=True, slots=True)
class Calendar:
    """The day a story plays on and the zone its clock shows."""

    day: date
    zone: str

    def at(self, text: str) -> datetime:
        """The instant of `08:00`, `yesterday 22:00`, `next day 02:00` or `3 days before 07:00`."""
        at, rest = self.split(text)
        if rest:
            raise ImpossibleValue(what=f"`{text}` is not a time", remedy="Write it as 08:00 or yesterday 22:00.")
        return at

    def local_hour(self, at: datetime) -> int:
        """The hour the clock shows, 0 to 23."""
        return at.astimezone(ZoneInfo(self.zone)).hour

    def split(self, text: str) -> tuple[datetime, str]:
        """The instant a line begins with, and the rest of the line."""
        found = _TIME.match(text)
        if found is None:
            raise ImpossibleValue(what=f"`{text}` does not begin with a time", remedy="Begin the line as 08:00 does.")
        offset = -int(found["days"]) if found["days"] else _OFFSETS.get(found["word"] or "", 0)
        clock = time.fromisoformat(found["clock"])
        naive = datetime.combine(self.day + timedelta(days=offset), clock)
        return localise(naive, self.zone).at, text[found.end() :].strip()
