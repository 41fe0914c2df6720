"""The board of an emergency department: who is in it, since when, and who waits for a bed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from wardwise.loop.capture.event import Event
from wardwise.loop.derive.state.stays import stays
from wardwise.loop.derive.view import View
from wardwise.sites.unit import UnitKind


@dataclass(frozen=True, slots=True)
class InDepartment:
    """One patient in the department; `boarding_since` is when the admission was told that has no bed yet."""

    encounter: str
    unit: str
    bed: str | None
    arrived_at: datetime
    complaint: str | None
    boarding_since: datetime | None


def ed_board(view: View) -> list[InDepartment]:
    """Everybody in an emergency department, longest first."""
    return view.keep("ed board", _board)


def departments(view: View) -> tuple[str, ...]:
    """Keys of the emergency departments, in the order written."""
    return view.folder.site.keys_of(UnitKind.ED)


def every_department(view: View, _woken_by: Sequence[Event]) -> Sequence[str]:
    """A workflow's spine: whatever woke it, it asks about every emergency department."""
    return departments(view)


def _board(view: View) -> list[InDepartment]:
    units = set(departments(view))
    found = []
    for stay in stays(view).values():
        came = stay.arrived_at or stay.admitted_at
        if stay.present and stay.unit in units and came is not None and not stay.on_leave:
            found.append(InDepartment(stay.encounter, stay.unit, stay.bed, came, stay.complaint, stay.admitted_at))
    return sorted(found, key=lambda each: (each.arrived_at, each.encounter))
