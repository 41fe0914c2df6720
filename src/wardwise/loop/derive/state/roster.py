"""Who is rostered where: assignments less call-outs, swaps carried over."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from wardwise.loop.derive.view import View

LOOKBACK = timedelta(days=366)  # a roster is published at most a year ahead
KINDS = ("shift.assigned", "shift.called_out", "shift.swapped")


@dataclass(frozen=True, slots=True)
class Assignment:
    """One member of staff on one shift of one unit."""

    staff: str
    unit: str
    shift: str
    starts: datetime
    ends: datetime
    skill: str
    event: str
    called_out: bool = False


def roster(view: View) -> list[Assignment]:
    """Every known assignment, in order of start, then unit and staff."""
    return view.keep("roster", _fold, kinds=KINDS)


def on_shift(view: View, unit: str, starts: datetime) -> list[Assignment]:
    """Who is rostered on a unit for the shift that starts then and has not called out."""
    return [a for a in roster(view) if a.unit == unit and a.starts == starts and not a.called_out]


def _fold(view: View) -> list[Assignment]:
    out = {(row["staff"], row["starts"]) for row in view.events("shift.called_out").iter_rows(named=True)}
    swapped = {
        (row["staff"], row["starts"]): row["to_staff"] for row in view.events("shift.swapped").iter_rows(named=True)
    }
    assigned: dict[tuple[str, datetime], Assignment] = {}
    for row in view.events("shift.assigned").iter_rows(named=True):
        staff = swapped.get((row["staff"], row["starts"]), row["staff"])
        assigned[staff, row["starts"]] = Assignment(
            staff=staff,
            unit=row["unit"],
            shift=row["shift"],
            starts=row["starts"],
            ends=row["ends"],
            skill=row["skill"],
            event=row["id"],
            called_out=(staff, row["starts"]) in out,
        )
    return sorted(assigned.values(), key=lambda a: (a.starts, a.unit, a.staff))
