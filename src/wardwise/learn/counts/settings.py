"""The choices of a count model, each with the reason for its value."""

from dataclasses import dataclass

from wardwise.errors import ImpossibleValue


@dataclass(frozen=True, slots=True)
class CountSettings:
    """Penalties are precisions of a normal prior on the log scale: 400 means effects of about 5%.

    The values were compared on nine half-years of one hospital and are flat around where they stand:
    halving or doubling any of them moves the daily error by less than 1%.
    """

    rest_mark: str = "holiday"
    """A day so marked takes the hours of a Sunday."""
    harmonics: int = 5
    """Annual waves; the shortest is ten weeks."""
    wave_penalty: float = 4000.0
    mark_penalty: float = 40.0
    trend_knot_days: int = 14
    trend_penalty: float = 4000.0
    """Keeps the trend that is removed while seasons are learnt as slow as the level that follows it later."""
    memory_days: float = 500.0
    """Half-life of past days while seasons and hours are learnt."""
    level_days: float = 16.0
    """Half-life of the level, the ratio of what came to what the season expects."""
    hour_prior: float = 3000.0
    """Arrivals' worth of trust that Tuesdays share the hours of all working days."""
    hour_smoothing: float = 0.3
    """Share of an hour taken from the hours beside it."""
    stretch_step: float = 0.04
    """How fast ranges widen after a miss."""

    def __post_init__(self) -> None:
        """Refuse values outside what the formulas bear."""
        positive = (self.trend_knot_days, self.memory_days, self.level_days)
        not_negative = (self.wave_penalty, self.mark_penalty, self.trend_penalty, self.hour_prior)
        fine = min(positive) > 0 and min(not_negative) >= 0 and self.harmonics >= 0
        if not (fine and 0 <= self.hour_smoothing <= 1 and 0 <= self.stretch_step < 1):
            raise ImpossibleValue(
                what="a setting of the count model is out of range",
                remedy="Half-lives and knots above 0, penalties from 0, smoothing 0 to 1, step 0 to below 1",
            )
