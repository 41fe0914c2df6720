"""What a version of an Appointment says happened: it was booked, changed, called off, not come to, began or ended."""

from wardwise.feeds.fhir.document import Resource, text

_SAYS = {
    "cancelled": "cancelled",
    "entered-in-error": "cancelled",
    "noshow": "no-show",
    "checked-in": "started",
    "arrived": "started",
    "fulfilled": "ended",
}
_FIRST = {"", "1"}


def booking_steps(appointment: Resource) -> list[Resource]:
    """One step; its time is when the version was recorded, of the first version when the appointment was made."""
    recorded = text(appointment, "meta", "lastUpdated")
    made = text(appointment, "created") or recorded
    what = _SAYS.get(text(appointment, "status"))
    if what is not None:
        return [{"what": what, "at": recorded or made, "number": 1}]
    if text(appointment, "meta", "versionId") in _FIRST:
        return [{"what": "booked", "at": made, "number": 1}]
    return [{"what": "changed", "at": recorded or made, "number": 1}]
