"""What makes a day busy: weekday, season and marked days, learnt beside a trend that is then left out."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from wardwise.learn.counts.days import Days, waves
from wardwise.learn.counts.series import Calendar
from wardwise.learn.counts.settings import CountSettings

Floats = npt.NDArray[np.float64]

_WEEKDAY_PENALTY = 0.01
_OVERDISPERSION = 1.3
_OUTLIER_SPREADS = 3.0
_SETTLING_ROUNDS = 4
_ROUNDS = 40
_DIGITS = 10


@dataclass(frozen=True, slots=True)
class DayEffects:
    """Log effects on a day's total; a mark never seen in training has none."""

    weekday: tuple[float, ...]
    waves: tuple[float, ...]
    marks: tuple[tuple[str, float], ...]

    def totals(self, calendar: Calendar) -> Floats:
        """Seasonal total of the day each hour belongs to, at level one.

        Terms are added one by one, never by a matrix product: sums of BLAS differ between processors.
        """
        log_total = np.asarray(self.weekday)[calendar.hour_of_week // 24]
        for effect, column in zip(self.waves, waves(calendar.day_of_year, len(self.waves) // 2).T, strict=True):
            log_total = log_total + effect * column
        for name, effect in self.marks:
            log_total = log_total + effect * calendar.mark(name)
        return np.asarray(np.exp(log_total), dtype=np.float64)


def learn_day_effects(days: Days, settings: CountSettings) -> DayEffects:
    """Penalised quasi-Poisson regression by iteratively reweighted least squares, outlying days weighed down."""
    names = tuple(name for name, flags in days.marks.items() if (flags & days.complete).any())
    weekdays = np.eye(7)[days.day_of_week]
    marks = np.stack([np.zeros(len(weekdays)), *(days.marks[name] for name in names)], axis=1)[:, 1:]
    season = waves(days.day_of_year, settings.harmonics)
    trend = _trend_columns(days, settings.trend_knot_days)
    design = np.concatenate([weekdays, season, marks, trend], axis=1)
    penalty = _penalty((season.shape[1], marks.shape[1], trend.shape[1]), settings)
    age = days.number[-1] - days.number
    weights = np.power(0.5, age / settings.memory_days)
    rows = days.complete
    effects = _fit(design[rows], days.totals[rows], weights=weights[rows], penalty=penalty).round(_DIGITS)
    first_mark = 7 + season.shape[1]
    return DayEffects(
        tuple(effects[:7].tolist()),
        tuple(effects[7:first_mark].tolist()),
        tuple(zip(names, effects[first_mark : first_mark + len(names)].tolist(), strict=True)),
    )


def _trend_columns(days: Days, knot_days: int) -> Floats:
    """Hat functions on knots a fixed number of days apart: a broken line through the years."""
    age = (days.number - days.number[0]).astype(np.float64)
    knots = np.arange(0.0, age[-1] + knot_days, knot_days)
    return np.asarray(np.maximum(0.0, 1.0 - np.abs(age[:, None] - knots) / knot_days))


def _penalty(widths: tuple[int, int, int], settings: CountSettings) -> Floats:
    """Ridge on waves and marks, squared steps on the trend (a random walk)."""
    season, marks, trend = widths
    plain = [_WEEKDAY_PENALTY] * 7 + [settings.wave_penalty] * season + [settings.mark_penalty] * marks
    size = len(plain) + trend
    penalty = np.zeros((size, size))
    np.fill_diagonal(penalty, plain + [1.0] * trend)
    steps = np.diff(np.eye(trend), axis=0)
    penalty[len(plain) :, len(plain) :] += settings.trend_penalty * steps.T @ steps
    return penalty


def _fit(design: Floats, totals: Floats, *, weights: Floats, penalty: Floats) -> Floats:
    """Solve for the coefficients; starts from the common mean on every weekday."""
    effects: Floats = np.zeros(design.shape[1])
    effects[:7] = np.log(max(float(totals.mean()), 1e-9))
    trust = np.ones_like(totals)
    for round_number in range(_ROUNDS):
        log_mean = design @ effects
        mean = np.exp(log_mean)
        if round_number >= _SETTLING_ROUNDS:
            spreads = np.abs(totals - mean) / np.sqrt(_OVERDISPERSION * mean)
            trust = np.minimum(1.0, _OUTLIER_SPREADS / np.maximum(spreads, _OUTLIER_SPREADS))
        precision = weights * trust * mean / _OVERDISPERSION
        target = log_mean + (totals - mean) / mean
        before = effects
        weighted = design * precision[:, None]
        solved = np.linalg.solve(weighted.T @ design + penalty, weighted.T @ target)
        effects = np.asarray(solved, dtype=np.float64)
        if round_number > _SETTLING_ROUNDS and float(np.abs(effects - before).max()) < 1e-10:
            break
    return effects
