"""Patients against beds, for the house and for each ward."""

from dataclasses import dataclass, replace

from wardwise.hospital.place import unit_of
from wardwise.loop.derive.state.beds import closed_beds
from wardwise.loop.derive.state.ed import departments, ed_board
from wardwise.loop.derive.state.stays import census
from wardwise.sites.unit import Unit, UnitKind
from wardwise.surfaces.web.board.glance import Glance
from wardwise.surfaces.web.board.severity import Severity, unsure

INPATIENT = frozenset({UnitKind.WARD, UnitKind.ICU})


@dataclass(frozen=True, slots=True)
class Beds:
    """One unit: patients present, beds that are open, and the word for it."""

    unit: str
    title: str
    present: int
    open: int
    severity: Severity


def unit_beds(glance: Glance, *, stale: bool) -> list[Beds]:
    """Wards and intensive care units that have beds, in the order the site writes them; none is on plan when stale."""
    counted, closed = census(glance.view), closed_beds(glance.view)
    units = [unit for unit in glance.site.units if unit.kind in INPATIENT and unit.beds]
    found = [_beds(glance, unit, counted, closed) for unit in units]
    return [replace(each, severity=unsure(each.severity, stale=stale)) for each in found]


def boarders(glance: Glance) -> int:
    """Patients admitted who still wait in the emergency department for a bed: a move already decided."""
    return sum(each.boarding_since is not None for each in ed_board(glance.view))


def ed_units(glance: Glance) -> tuple[str, ...]:
    """Keys of the emergency departments."""
    return departments(glance.view)


def _beds(glance: Glance, unit: Unit, counted: dict[str, int], closed: dict[str, int]) -> Beds:
    key = unit_of(glance.site.slug, unit.id)
    present, open_beds = counted.get(key, 0), max(len(unit.beds) - closed.get(key, 0), 0)
    return Beds(key, unit.title, present, open_beds, glance.thresholds.of_beds(present, open_beds))
