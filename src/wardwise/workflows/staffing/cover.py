"""The cover of a unit's shift: who is rostered, who called out, who is free in the float pool, by which events."""

from dataclasses import dataclass, replace

from wardwise.hospital.shift import Shift
from wardwise.loop.derive.state.roster import Assignment, on_shift, roster, roster_told_at
from wardwise.loop.derive.view import View
from wardwise.sites.unit import UnitKind
from wardwise.workflows.staffing.calls import Called, called, coming_anywhere

__all__ = ["Cover", "cover", "pools", "roster_told_at"]


@dataclass(frozen=True, slots=True)
class Cover:
    """Assignments of one shift; `known` is false where the roster tells nothing of it, which is not zero nurses.

    `free` are those of the float `pool` whom no accepted call of any unit has taken yet.
    """

    known: bool
    rostered: tuple[Assignment, ...]
    out: tuple[Assignment, ...]
    pool: tuple[Assignment, ...]
    free: int
    called: Called
    call_outs: tuple[str, ...]

    @property
    def traces(self) -> tuple[str, ...]:
        """The events it rests on: assignments first, then call-outs."""
        return (*(each.event for each in (*self.rostered, *self.out)), *self.call_outs)


def cover(view: View, unit: str, shift: Shift) -> Cover:
    """The cover of a unit's shift at a view's instant."""
    found = view.keep(f"cover of {unit} on {shift.key}", lambda view: _cover(view, unit, shift))
    assert isinstance(found, Cover)  # noqa: S101 - the view keeps Any
    return found


def _cover(view: View, unit: str, shift: Shift) -> Cover:
    here = [each for each in roster(view) if each.unit == unit and each.starts == shift.start]
    out = tuple(each for each in here if each.called_out)
    pool = tuple(each for pool in pools(view) for each in on_shift(view, pool, shift.start))
    told = called(view, unit, shift)
    return Cover(
        known=bool(here),
        rostered=tuple(each for each in here if not each.called_out),
        out=out,
        pool=pool,
        free=max(len(pool) - coming_anywhere(view, shift), 0),
        called=replace(told, coming=min(told.coming, len(pool))),  # who left the pool otherwise comes no longer
        call_outs=tuple(event for each in out for event in each.call_outs),
    )


def pools(view: View) -> tuple[str, ...]:
    """The keys of the float pools."""
    return view.folder.site.keys_of(UnitKind.FLOAT_POOL)
