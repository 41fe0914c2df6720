"""What a version of an Appointment says happened: it was booked, changed, called off, not come to, began or ended."""

from datetime import timedelta

from wardwise.feeds.fhir.document import Resource, text
from wardwise.feeds.fhir.moments import exact

_SAYS = {
    "cancelled": "cancelled",
    "entered-in-error": "cancelled",
    "noshow": "no-show",
    "checked-in": "started",
    "arrived": "started",
    "fulfilled": "ended",
}
_AT_ONCE = timedelta(minutes=1)


def booking_steps(appointment: Resource) -> list[Resource]:
    """One step; its time is when the version was recorded, of the first version when the appointment was made."""
    recorded = text(appointment, "meta", "lastUpdated")
    made = text(appointment, "created") or recorded
    what = _SAYS.get(text(appointment, "status"))
    if what is not None:
        return [{"what": what, "at": recorded or made, "number": 1}]
    if _first(appointment):
        return [{"what": "booked", "at": made, "number": 1}]
    return [{"what": "changed", "at": recorded or made, "number": 1}]


def _first(appointment: Resource) -> bool:
    """Whether it is the first version: by its number, or, where that is none, recorded when it was made."""
    number = text(appointment, "meta", "versionId")
    if not number or number.isdecimal():
        return number in {"", "1"}
    recorded, made = (exact(told) for told in (text(appointment, "meta", "lastUpdated"), appointment.get("created")))
    return recorded is not None and made is not None and abs(recorded - made) <= _AT_ONCE
