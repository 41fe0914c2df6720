"""Carry a state over new hours; any way of cutting the hours into parts ends in the same state."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from wardwise.learn.counts.pattern import Pattern
from wardwise.learn.counts.series import Calendar, HourlySeries
from wardwise.learn.counts.spread import Spread, WindowSums
from wardwise.learn.counts.state import CountState, OpenDay
from wardwise.learn.counts.stretch import RANGE_LEVELS, Misses, missed

Floats = npt.NDArray[np.float64]

HORIZON_DAYS = 7


def advance(
    pattern: Pattern, spread: Spread, state: CountState, *, series: HourlySeries, calendar: Calendar
) -> CountState:
    """The state after all hours of `series` from `state.hour` on; hours not reported (NaN) teach nothing."""
    if series.end == state.hour:
        return state
    known = calendar.between(state.hour, series.end)
    counts = series.between(state.hour, series.end)
    expected = pattern.expected(known)
    starts = known.midnights()
    for start, stop in zip(starts, np.append(starts[1:], counts.size), strict=True):
        if known.day[start] != state.today.number:
            state = _finish_day(spread, state, step=pattern.settings.stretch_step)
            variance = float(spread.of_days(known.day_of_year[start : start + 1])[0])
            today = OpenDay(number=int(known.day[start]), variance=variance)
            state = replace(state, today=today)
        state = _within_day(spread, state, counts[start:stop], expected[start:stop], fade=pattern.hourly_fade)
    return state


def _finish_day(spread: Spread, state: CountState, *, step: float) -> CountState:
    """Score the day that is over, then note the level at this midnight."""
    stretch = state.stretch
    day = state.today
    if day.hours and not day.has_gap:
        misses = Misses(hour=day.hours_missed / day.hours, day=_days_missed(spread, state))
        stretch = stretch.after(misses, step)
    midnights = (state.level, *state.midnights[: HORIZON_DAYS - 1])
    return replace(state, stretch=stretch, midnights=midnights)


def _days_missed(spread: Spread, state: CountState) -> float:
    """Share of the forecasts of this day, made at each of the last midnights, whose range missed it."""
    levels = np.asarray(state.midnights)
    day = state.today
    expected = levels * day.expected
    sums = WindowSums(expected, np.square(levels) * day.squares, day.variance * np.square(expected))
    ranges = spread.quantiles(sums, RANGE_LEVELS)
    return float(missed(np.asarray(day.counts), ranges, np.full(levels.size, state.stretch.day)).mean())


def _within_day(spread: Spread, state: CountState, counts: Floats, expected: Floats, *, fade: float) -> CountState:
    """Add the hours of one day, or of a part of it, to the level and to the open day."""
    reported = np.isfinite(counts)
    come, due = counts[reported], expected[reported]
    weights = np.power(fade, np.arange(counts.size - 1, -1, -1, dtype=np.float64))
    faded = fade**counts.size
    forecast = state.midnights[0] * due
    day = state.today
    today = replace(
        day,
        counts=day.counts + float(come.sum()),
        expected=day.expected + float(due.sum()),
        squares=day.squares + float(np.square(due).sum()),
        hours_missed=day.hours_missed + _hours_missed(spread, state, forecast, come),
        hours=day.hours + int(reported.sum()),
        has_gap=day.has_gap or not bool(reported.all()),
    )
    return replace(
        state,
        hour=state.hour + counts.size,
        seen=faded * state.seen + float((weights[reported] * come).sum()),
        expected=faded * state.expected + float((weights[reported] * due).sum()),
        today=today,
    )


def _hours_missed(spread: Spread, state: CountState, forecast: Floats, counts: Floats) -> float:
    """How many hours fell outside the range forecast for them at midnight."""
    if not counts.size:
        return 0.0
    squares = np.square(forecast)
    sums = WindowSums(forecast, squares, state.today.variance * squares)
    ranges = spread.quantiles(sums, RANGE_LEVELS)
    return float(missed(counts, ranges, np.full(counts.size, state.stretch.hour)).sum())
