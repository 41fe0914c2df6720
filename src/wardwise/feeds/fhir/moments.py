"""Dates and times as FHIR R4 writes them."""

import re
from datetime import UTC, date, datetime

from wardwise.feeds.mapped.trouble import Unreadable
from wardwise.hospital.moment import Localised, localise

_LONGEST = 40
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)?")
_COARSE = re.compile(r"\d{4}(-\d\d(-\d\d)?)?")
_FRACTION = re.compile(r"(\.\d{6})\d+")


def instant(text: str, zone: str) -> Localised | None:
    """The instant of a dateTime, None for one that says less than a minute; raises Unreadable for what is no time.

    One without an offset, which FHIR forbids and senders write, is in the feed's zone.
    """
    at = _moment(text)
    if at is None:
        if _COARSE.fullmatch(text):
            return None
        raise Unreadable("bad-time", "a time is not written as FHIR has it", "Ask for YYYY-MM-DDThh:mm:ss+zz:zz.")
    return Localised(at.astimezone(UTC)) if at.tzinfo else localise(at, zone)


def exact(value: object) -> datetime | None:
    """The instant of a text with an offset from UTC; None for anything else."""
    at = _moment(value) if isinstance(value, str) else None
    return at.astimezone(UTC) if at is not None and at.tzinfo else None


def day(text: str) -> date | None:
    """The day of a date or dateTime, None where it says less than a day; raises Unreadable for what is no date."""
    try:
        if len(text) >= 10 and (len(text) == 10 or text[10] == "T"):
            return date.fromisoformat(text[:10])
    except ValueError:
        pass
    if _COARSE.fullmatch(text) and len(text) < 10:
        return None
    raise Unreadable("bad-value", "a date is not written as FHIR has it", "Ask the sender for YYYY-MM-DD.")


def _moment(text: str) -> datetime | None:
    if len(text) > _LONGEST or not _TIME.fullmatch(text):
        return None
    try:
        return _in_range(datetime.fromisoformat(_FRACTION.sub(r"\1", text)))
    except (ValueError, OverflowError):
        return None


def _in_range(at: datetime) -> datetime:
    at.astimezone(UTC)  # the first and last days of the calendar have no instant everywhere
    return at
