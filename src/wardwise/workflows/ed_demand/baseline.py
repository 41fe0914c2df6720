"""What people compare a busy afternoon with: the same hours on such days of the last month."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from wardwise.hospital.moment import localise
from wardwise.learn.counts.series import HourlySeries
from wardwise.loop.derive.state.arrivals import arrivals_between
from wardwise.loop.derive.view import View
from wardwise.workflows.ed_demand.local_hours import REST_MARK, marks_of
from wardwise.workflows.ed_demand.observed import observed
from wardwise.workflows.ed_demand.outlook import stretch
from wardwise.workflows.ed_demand.place import Place, place_of

DAYS = 30
LEAST_DAYS = 5
_SATURDAY = 5
_USUAL = np.array([0.1, 0.9])


@dataclass(frozen=True, slots=True)
class Baseline:
    """How far the last hours lie from the mean of the same hours on such days; `working`: a weekday, no holiday.

    `meaningful` when the count lies outside eight in ten of those days and by at least the declared percentage.
    """

    percent: int
    working: bool
    meaningful: bool

    def says(self, strings: Mapping[str, str], *, hours: int) -> str:
        """`Arrivals in the last 4 h were 18% above the 30-day weekday baseline`."""
        word = "above" if self.percent >= 0 else "below"
        key = f"baseline_{word}" if self.meaningful else f"baseline_{word}_routine"
        days = strings["days_working" if self.working else "days_free"]
        return strings[key].format(hours=hours, percent=abs(self.percent), days=days, of=DAYS)


def baseline(view: View, unit: str, *, window: timedelta, least_percent: float) -> Baseline | None:
    """The comparison at a view's instant; None when nobody can tell of these hours or of five such days."""
    place, now = place_of(view.folder), view.instant.at
    came = arrivals_between(view, unit, now - window, now)
    if came is None:
        return None
    working = _is_working(place, _local(place, now))
    usual = np.array(list(_counts(observed(view, unit).series, place, now, window=window, working=working)))
    if usual.size < LEAST_DAYS or usual.mean() <= 0:
        return None
    percent = round(100.0 * (came - float(usual.mean())) / float(usual.mean()))
    low, high = np.quantile(usual, _USUAL)
    return Baseline(percent, working, meaningful=abs(percent) >= least_percent and not low <= came <= high)


def _counts(series: HourlySeries, place: Place, now: datetime, *, window: timedelta, working: bool) -> Iterator[float]:
    """The counts of the same stretch of the clock on each such day of the last month that is wholly told of."""
    local = _local(place, now).replace(tzinfo=None)
    for back in range(1, DAYS + 1):
        end = localise(local - timedelta(days=back), place.zone).at
        if _is_working(place, _local(place, end)) is working:
            part = stretch(end - window, end)
            last = part.first + part.weights.size
            if series.first <= part.first and last <= series.end:
                count = float((series.between(part.first, last) * part.weights).sum())
                if np.isfinite(count):
                    yield count


def _is_working(place: Place, local: datetime) -> bool:
    return local.weekday() < _SATURDAY and REST_MARK not in marks_of(place, local.toordinal())


def _local(place: Place, at: datetime) -> datetime:
    return at.astimezone(ZoneInfo(place.zone))
