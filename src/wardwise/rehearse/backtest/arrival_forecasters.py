"""The count model and the two dull forecasts, behind one protocol."""

from dataclasses import dataclass, field

import numpy as np

from wardwise.learn.counts.model import CountModel
from wardwise.learn.counts.naive import ErrorQuantiles, learn_errors, mean_of_last
from wardwise.learn.counts.series import HOURS_OF_WEEK, Calendar, HourlySeries
from wardwise.learn.counts.state import CountState
from wardwise.rehearse.backtest.origins import DAY_LEVELS, HOUR_LEVELS, SUM_HOURS, WEEK_DAYS, WeekAhead, sliding_sums

_MEDIAN = np.array([0.5])


@dataclass(slots=True)
class ModelForecaster:
    """A fixed model whose state follows the past it is handed; origins come in order of time."""

    model: CountModel
    calendar: Calendar
    state: CountState = field(init=False)

    def __post_init__(self) -> None:
        """Stand at the end of training."""
        self.state = self.model.start

    def week_ahead(self, past: HourlySeries, *, days: int) -> WeekAhead:
        """Move the state to the end of `past`, then forecast."""
        earlier = self.state if self.state.hour <= past.end else self.model.start
        self.state = self.model.advance(earlier, past, self.calendar)
        forecast = self.model.forecast(self.state, self.calendar, hours=days * 24)
        hourly = forecast.hourly(HOUR_LEVELS)
        hourly[:, 1] = np.round(hourly[:, 1])
        starts = np.arange(days * 24 - SUM_HOURS + 1)
        sums = forecast.over(starts, starts + SUM_HOURS, _MEDIAN)[:, 0]
        return WeekAhead(forecast.daily(DAY_LEVELS), hourly, sums)


@dataclass(frozen=True, slots=True)
class MeanForecaster:
    """The mean of the last so many same weekdays and same hours of the week; one repeat is seasonal naive."""

    repeats: int
    daily_errors: ErrorQuantiles
    hourly_errors: ErrorQuantiles

    def week_ahead(self, past: HourlySeries, *, days: int) -> WeekAhead:
        """Points from the last weeks, ranges from the errors such points had in training."""
        totals = past.counts.reshape(-1, 24).sum(axis=1)
        daily = mean_of_last(totals, steps=days, period=WEEK_DAYS, repeats=self.repeats)
        hourly = mean_of_last(past.counts, steps=days * 24, period=HOURS_OF_WEEK, repeats=self.repeats)
        day_ranges = self.daily_errors.around(daily)
        day_ranges[:, DAY_LEVELS.size // 2] = daily
        hour_ranges = self.hourly_errors.around(hourly)
        hour_ranges[:, 1] = hourly
        return WeekAhead(day_ranges, hour_ranges, sliding_sums(hourly))


def mean_forecaster(train: HourlySeries, *, repeats: int) -> MeanForecaster:
    """A dull forecaster whose ranges are learnt on the training series."""
    totals = train.counts.reshape(-1, 24).sum(axis=1)
    return MeanForecaster(
        repeats,
        learn_errors(totals, period=WEEK_DAYS, repeats=repeats, levels=DAY_LEVELS),
        learn_errors(train.counts, period=HOURS_OF_WEEK, repeats=repeats, levels=HOUR_LEVELS),
    )
