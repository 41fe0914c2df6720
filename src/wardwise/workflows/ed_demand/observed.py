"""What came: the hours of a department as the log tells them at a view's instant."""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from wardwise.learn.counts.series import HourlySeries
from wardwise.loop.capture.canonical import digest
from wardwise.loop.derive.state.arrivals import LOOKBACK, hourly_arrivals
from wardwise.loop.derive.view import View
from wardwise.workflows.ed_demand.local_hours import number_of

ALL_HISTORY = timedelta(days=3650)


@dataclass(frozen=True, slots=True)
class Observed:
    """Whole hours up to the one still going on, NaN where nobody can tell, and the events last counted."""

    series: HourlySeries
    sources: tuple[str, ...]

    @property
    def hours_told(self) -> int:
        """How many hours are told of."""
        return int(np.isfinite(self.series.counts).sum())

    @property
    def last_told(self) -> int | None:
        """The last hour told of; None when none is."""
        told = np.flatnonzero(np.isfinite(self.series.counts))
        return self.series.first + int(told[-1]) if told.size else None

    @property
    def digest(self) -> str:
        """SHA-256 of the hours."""
        return digest(f"{self.series.first}:".encode() + self.series.counts.tobytes())


def observed(view: View, unit: str, *, back: timedelta = LOOKBACK) -> Observed:
    """The hours of a unit back to the first told of, at most `back`."""
    found = view.keep(f"ed hours of {unit} over {back}", lambda view: _read(view, unit, back))
    assert isinstance(found, Observed)  # noqa: S101 - the view keeps Any
    return found


def _read(view: View, unit: str, back: timedelta) -> Observed:
    told = hourly_arrivals(view, unit, back=back)
    counts = np.array([np.nan if count is None else float(count) for count in told.counts], dtype=np.float64)
    return Observed(HourlySeries(number_of(told.start), counts), told.sources)
