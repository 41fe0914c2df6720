"""Nurses rostered against nurses needed, for the shift running and the next."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from wardwise.hospital.place import unit_of
from wardwise.hospital.shift import Shift, shifts_from
from wardwise.loop.derive.state.roster import on_shift, roster
from wardwise.surfaces.web.board.glance import Glance, Said
from wardwise.surfaces.web.board.severity import Severity


@dataclass(frozen=True, slots=True)
class Cover:
    """One unit's nurses for one shift; `need` and `high` are None where nobody worked out the need,
    `rostered` where no roster tells of the shift: that is not nobody. Where the arrivals expected are `beyond` the
    staffing grid, the need is its last row, and may be more.
    """

    unit: str
    rostered: int | None
    need: int | None
    high: int | None
    severity: Severity
    as_of: datetime
    beyond: bool = False

    @property
    def gap(self) -> int:
        """Rostered less needed; negative when short."""
        return self.rostered - self.need if self.judged and self.rostered is not None and self.need is not None else 0

    @property
    def judged(self) -> bool:
        """Whether both sides are known."""
        return self.rostered is not None and self.need is not None


@dataclass(frozen=True, slots=True)
class ShiftCover:
    """The cover of every unit for one shift, and how the needs were come by."""

    shift: Shift
    covers: dict[str, Cover]
    tier: str


def covers(glance: Glance) -> list[ShiftCover]:
    """This shift and the next."""
    site = glance.site
    said = glance.said("staffing", "nurses-needed")
    pair = shifts_from(glance.now, site.patterns, site.zone, count=2)
    return [_shift(glance, shift, said) for shift in pair]


def _shift(glance: Glance, shift: Shift, said: dict[str, Said]) -> ShiftCover:
    units = [unit_of(glance.site.slug, unit.id) for unit in glance.site.units if unit.beds]
    found = {unit: _cover(glance, shift, unit, said.get(unit)) for unit in units}
    known = {unit: cover for unit, cover in found.items() if cover is not None}
    tiers = sorted({str(each.tier.get("says", "")) for each in said.values()})
    return ShiftCover(shift, known, "; ".join(tier for tier in tiers if tier))


def _cover(glance: Glance, shift: Shift, unit: str, said: Said | None) -> Cover | None:
    stated = _stated(said, shift.key)
    if said is not None and stated is not None:
        return _needed(glance, unit, stated, said.at)
    if not any(each.unit == unit and each.starts == shift.start for each in roster(glance.view)):
        return None
    rostered = len(on_shift(glance.view, unit, shift.start))
    return Cover(unit, rostered, None, None, Severity.UNKNOWN, glance.now)


def _stated(said: Said | None, key: str) -> dict[str, Any] | None:
    shifts = said.output.get("shifts", ()) if said else ()
    return next((each for each in shifts if each.get("shift") == key), None)


def _needed(glance: Glance, unit: str, stated: dict[str, Any], as_of: datetime) -> Cover:
    needed, beyond = stated.get("needed", {}), stated.get("beyond_grid", ())
    need, high, rostered = needed.get("base"), needed.get("high"), stated.get("rostered")
    word = Severity.UNKNOWN
    if rostered is not None and need is not None:
        word = glance.thresholds.of_nurses(rostered - need, rostered - (need if high is None else high))
        if word is Severity.PLAN and "high" in beyond:
            word = Severity.WATCH
    return Cover(unit, rostered, need, high, word, as_of, "base" in beyond)
