"""Who is rostered where: assignments less call-outs, swaps carried over; published however far ahead."""

from datetime import datetime

from wardwise.loop.derive.fold.shift import Assignment
from wardwise.loop.derive.state.ledger import ledger_of
from wardwise.loop.derive.view import View

__all__ = ["Assignment", "on_shift", "roster", "roster_told_at"]


def roster(view: View) -> list[Assignment]:
    """Every assignment of shifts to come and of the last 45 days, in order of start, then unit and staff."""

    def every(seen: View) -> list[Assignment]:
        starting = ledger_of(seen).shifts(seen.instant).values()
        return sorted((a for each in starting for a in each.assignments), key=lambda a: (a.starts, a.unit, a.staff))

    return view.keep("roster", every)


def on_shift(view: View, unit: str, starts: datetime) -> list[Assignment]:
    """Who is rostered on a unit for the shift that starts then and has not called out."""
    return [a for a in roster(view) if a.unit == unit and a.starts == starts and not a.called_out]


def roster_told_at(view: View) -> datetime | None:
    """When a shift in sight was last told of; None when none was."""
    return max((each.told_at for each in ledger_of(view).shifts(view.instant).values()), default=None)
