"""Times of one source, read by the hour: within most hours the clock only runs on, so each is worked out once.

A hospital's messages are about the last few hours; what an hour is in UTC is remembered, its minutes are added.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from wardwise.feeds.hl7v2.errors import BadTimestamp
from wardwise.feeds.hl7v2.timestamps import Precision, read_timestamp
from wardwise.hospital.moment import Localised

_REMEMBERED = 1_024
_HOUR = 10  # digits
_TO_MINUTES, _TO_SECONDS = _HOUR + 2, _HOUR + 4
_OFFSET = 5  # characters: a sign and four digits
_SIGNS = ("+", "-")
_WHOLE = timedelta(minutes=59, seconds=59)


@dataclass(frozen=True, slots=True)
class _Hour:
    begun: datetime
    flags: tuple[str, ...]


class Hours:
    """Reads HL7 v2 times of one IANA zone; gives what `read_timestamp` gives, None where it is too coarse."""

    def __init__(self, zone: str) -> None:
        self._zone = zone
        self._hour = lru_cache(maxsize=_REMEMBERED)(self._work_out)

    def instant(self, text: str, header: str) -> Localised | None:
        """The instant of a text; `header` is MSH-7 where it carries an offset. Raises BadTimestamp."""
        digits, offset = _cut(text)
        if not offset and header:
            digits_of_header, offset = _cut(header)
            if not (offset and _is_plain(digits_of_header)):
                return self._slowly(text, header)
        if not _is_plain(digits):
            return self._slowly(text, header)
        minutes, seconds = int(digits[_HOUR:_TO_MINUTES]), int(digits[_TO_MINUTES:] or 0)
        of_header = offset if len(digits) == len(text) else ""
        hour = self._hour(digits[:_HOUR], "" if of_header else offset, of_header)
        if hour is None or minutes > 59 or seconds > 59:
            return self._slowly(text, header)
        return Localised(hour.begun + timedelta(minutes=minutes, seconds=seconds), hour.flags)

    def _work_out(self, hour: str, own: str, of_header: str) -> _Hour | None:
        """None where the clock is changed within the hour, or it is none; offsets from UTC are empty where not told."""
        header = f"{hour}0000{of_header}" if of_header else ""
        try:
            first = read_timestamp(f"{hour}0000{own}", self._zone, header=header)
            last = read_timestamp(f"{hour}5959{own}", self._zone, header=header)
        except BadTimestamp:
            return None
        runs_on = first.flags == last.flags and last.at - first.at == _WHOLE
        return _Hour(first.at, first.flags) if runs_on else None

    def _slowly(self, text: str, header: str) -> Localised | None:
        found = read_timestamp(text, self._zone, header=header)
        return None if found.precision.value < Precision.MINUTE.value else Localised(found.at, found.flags)


def _cut(text: str) -> tuple[str, str]:
    """What stands before an offset, and the offset, if there is one."""
    return (text[:-_OFFSET], text[-_OFFSET:]) if text[-_OFFSET:-4] in _SIGNS else (text, "")


def _is_plain(digits: str) -> bool:
    """Whether it is a time to the minute or the second, by its look."""
    return len(digits) in (_TO_MINUTES, _TO_SECONDS) and digits.isascii() and digits.isdecimal()
