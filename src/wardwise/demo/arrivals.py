"""How many come to the emergency department, hour by hour: the same law before and after the demo's start."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from math import cos, pi

from holidays import country_holidays

from wardwise.demo.chance import overdispersed, stream
from wardwise.demo.setting import Setting

A_DAY = 105.0
# Share of a day by local hour, in thousandths: quiet before dawn, a first peak late in the morning, a long evening.
BY_HOUR = (27, 21, 17, 15, 14, 15, 19, 28, 42, 54, 61, 63, 61, 59, 57, 56, 57, 58, 59, 56, 52, 45, 38, 26)
BY_WEEKDAY = (1.10, 1.03, 1.00, 0.98, 0.99, 0.97, 0.93)  # Monday first
HOLIDAY = 0.90
WINTER = 0.05  # mid January over the year's mean
HOUR_SIZE = 30.0  # negative binomial size of one hour: variance = mean + mean^2 / 30
DAY_SIZE = 250.0  # days as a whole swing too: about 6% either way
HOUR = timedelta(hours=1)
SURGE_HOURS = 5


@dataclass(frozen=True, slots=True)
class Surge:
    """The declared surge: `factor` times as many arrivals from `start` for `SURGE_HOURS` hours."""

    start: datetime
    factor: float

    def at(self, hour: datetime) -> float:
        """What to multiply the mean of an hour by."""
        return self.factor if self.start <= hour < self.start + SURGE_HOURS * HOUR else 1.0


def surge_of(setting: Setting) -> Surge:
    """One surge of +60% to +80% on the first local afternoon that begins at least an hour after the start."""
    rng = stream(setting.seed, "surge")
    clock = rng.choice((14, 15, 16))
    factor = rng.uniform(1.6, 1.8)
    begins = setting.local(setting.start).replace(hour=clock, minute=0, second=0, microsecond=0)
    while begins.astimezone(UTC) < setting.start + HOUR:
        begins += timedelta(days=1)
    return Surge(begins.astimezone(UTC), factor)


def mean_of(setting: Setting, hour: datetime) -> float:
    """The expected arrivals in the hour that starts then, any surge left out."""
    local = setting.local(hour)
    free = _holidays(setting.country, setting.subdivision, local.year)
    share = BY_HOUR[local.hour] / sum(BY_HOUR)
    season = 1 + WINTER * cos(2 * pi * (local.timetuple().tm_yday - 15) / 365.25)
    day = HOLIDAY if local.date() in free else BY_WEEKDAY[local.weekday()]
    return A_DAY * share * season * day


def arrivals(setting: Setting, start: datetime, end: datetime) -> list[tuple[datetime, int]]:
    """(hour, count) for whole UTC hours in [start, end); an hour's count does not depend on the range asked for."""
    surge = surge_of(setting)
    counts: list[tuple[datetime, int]] = []
    day = start.astimezone(UTC).replace(hour=0)
    while day < end:
        counts += _day(setting, day, surge)
        day += timedelta(days=1)
    return [(hour, count) for hour, count in counts if start <= hour < end]


def _day(setting: Setting, day: datetime, surge: Surge) -> list[tuple[datetime, int]]:
    rng = stream(setting.seed, "arrivals", day.date())
    level = rng.gammavariate(DAY_SIZE, 1 / DAY_SIZE)
    hours = [day + n * HOUR for n in range(24)]
    means = [mean_of(setting, hour) * level * surge.at(hour) for hour in hours]
    return [(hour, overdispersed(rng, mean, size=HOUR_SIZE)) for hour, mean in zip(hours, means, strict=True)]


@lru_cache(maxsize=64)
def _holidays(country: str, subdivision: str | None, year: int) -> frozenset[date]:
    return frozenset(country_holidays(country, subdiv=subdivision, years=year))
