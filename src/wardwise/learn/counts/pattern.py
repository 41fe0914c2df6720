"""The season of a series: a day's total times the share of each hour, at level one."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from wardwise.learn.counts.day_effects import DayEffects, learn_day_effects
from wardwise.learn.counts.days import days_of
from wardwise.learn.counts.hour_shares import hours_followed, learn_hour_shares
from wardwise.learn.counts.series import Calendar, HourlySeries
from wardwise.learn.counts.settings import CountSettings

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Pattern:
    """Learnt effects of days and shares of hours, with the settings they were learnt under."""

    settings: CountSettings
    effects: DayEffects
    shares: tuple[float, ...]

    @property
    def hourly_fade(self) -> float:
        """What an hour keeps of its weight in the level after one more hour."""
        return float(0.5 ** (1.0 / (24.0 * self.settings.level_days)))

    def expected(self, calendar: Calendar) -> Floats:
        """Expected count of every hour of the calendar at level one."""
        shares = np.asarray(self.shares)[hours_followed(calendar, self.settings.rest_mark)]
        return np.asarray(self.effects.totals(calendar) * shares, dtype=np.float64)


def learn_pattern(series: HourlySeries, calendar: Calendar, settings: CountSettings) -> Pattern:
    """Days first, then hours within days; nothing outside `series` is read."""
    effects = learn_day_effects(days_of(series, calendar), settings)
    shares = learn_hour_shares(series, calendar, settings)
    return Pattern(settings, effects, tuple(shares.tolist()))
