"""Exceptions of intake: the findings that are one, each with its sort and the owner that the site names for it."""

from collections.abc import Mapping
from dataclasses import dataclass

from wardwise.hospital.place import name_of
from wardwise.loop.derive.state.findings import Finding, findings
from wardwise.loop.derive.view import View
from wardwise.sites.exceptions import Route, Sort

SORTS: Mapping[str, Sort] = {
    "admitted-without-orders": Sort.MISSING_ORDERS,
    "called-out-of-a-shift": Sort.UNAVAILABLE_STAFF,
    "no-clock-in": Sort.UNAVAILABLE_STAFF,
    "two-visits-at-once": Sort.DUPLICATE_PATIENTS,
    "visit-of-two-patients": Sort.DUPLICATE_PATIENTS,
    "patients-alike": Sort.DUPLICATE_PATIENTS,
    "number-given-anew": Sort.DUPLICATE_PATIENTS,
    "number-given-to-another": Sort.DUPLICATE_PATIENTS,
    "merged-number-in-use": Sort.DUPLICATE_PATIENTS,
    "charted-late": Sort.LATE_DOCUMENTATION,
    "told-after-discharge": Sort.LATE_DOCUMENTATION,
    "missing-transfer-repaired": Sort.LATE_DOCUMENTATION,
    "cross-cover": Sort.CROSS_COVER,
    "two-shifts-at-once": Sort.CROSS_COVER,
    "assigned-to-two-units": Sort.CROSS_COVER,
}


@dataclass(frozen=True, slots=True)
class Exceptional:
    """A finding that is an exception of intake, and who sees to it."""

    finding: Finding
    sort: Sort
    owner: str


def exceptions(view: View) -> list[Exceptional]:
    """Every exception that stands, the newest first. It ends by itself when what it says is so no longer."""
    return [
        Exceptional(found, SORTS[found.code], owner_of(view, SORTS[found.code], found))
        for found in findings(view)
        if found.code in SORTS
    ]


def owner_of(view: View, sort: Sort, found: Finding) -> str:
    """The owner of the route that names the unit, else of the one for all units, else the steward of the feed."""
    unit = name_of(found.unit) if found.unit else ""
    fitting = [route for route in view.folder.site.exceptions if route.sort is sort]
    own = [route for route in fitting if unit in route.units]
    general = [route for route in fitting if not route.units]
    chosen: Route | None = next(iter([*own, *general]), None)
    return chosen.owner if chosen else found.steward
