"""The plan's grid: how many nurses a shift needs for how many arrivals."""

from collections.abc import Sequence

from wardwise.errors import ImpossibleValue
from wardwise.hospital.shift import Shift
from wardwise.sites.policies import Policies
from wardwise.sites.policy import Policy, Row

GRID = "ed_nurse_grid"
ANY_SHIFT = "any"


def grid_of(policies: Policies, shift: Shift, unit: str) -> Policy:
    """The grid in force at a unit on the day a shift begins."""
    return policies.value(GRID, at=shift.start, unit=unit)


def nurses_for(arrivals: float, shift: Shift, grid: Policy) -> int:
    """Nurses for a shift's arrivals: the first row whose limit, included, holds them; beyond all rows, the last.

    A grid without rows for a shift of that name may have rows for `any`.
    """
    rows = _rows_for(shift, grid)
    row = next((row for row in rows if arrivals <= float(row["arrivals_up_to"])), rows[-1])
    return int(row["nurses"])


def beyond(arrivals: float, shift: Shift, grid: Policy) -> float | None:
    """The arrivals the grid goes to, where these are more; None where a row holds them."""
    limit = float(_rows_for(shift, grid)[-1]["arrivals_up_to"])
    return limit if arrivals > limit else None


def _rows_for(shift: Shift, grid: Policy) -> Sequence[Row]:
    rows = _rows(grid, shift.name) or _rows(grid, ANY_SHIFT)
    if not rows:
        raise ImpossibleValue(
            what=f"{GRID} has no row for the shift {shift.name}", remedy=f"Add rows for it, or rows for `{ANY_SHIFT}`."
        )
    return rows


def _rows(grid: Policy, shift: str) -> Sequence[Row]:
    return sorted((row for row in grid.rows if row["shift"] == shift), key=lambda row: float(row["arrivals_up_to"]))
