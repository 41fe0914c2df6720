"""How ill a patient is over time, and the vital signs that show it."""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from wardwise.demo.chance import around


@dataclass(frozen=True, slots=True)
class Body:
    """A patient's own resting values."""

    respiratory: float
    spo2: float
    pulse: float
    systolic: float
    temperature: float
    feverish: bool
    chronic: bool


@dataclass(frozen=True, slots=True)
class Course:
    """Illness as a level over time: 0 well, 1 in danger; straight lines between the points, flat outside them."""

    points: tuple[tuple[datetime, float], ...]

    def level(self, at: datetime) -> float:
        """The level at an instant."""
        after = bisect_right(self.points, at, key=lambda point: point[0])
        if after in {0, len(self.points)}:
            return self.points[min(after, len(self.points) - 1)][1]
        (t0, low), (t1, high) = self.points[after - 1 : after + 1]
        return low + (high - low) * ((at - t0) / (t1 - t0))

    def with_episode(self, onset: datetime, rise: timedelta, *, peak: float, fall: timedelta) -> "Course":
        """The same course with one deterioration laid over it: `rise`, three hours at the top, `fall`."""
        top, eases = onset + rise, onset + rise + timedelta(hours=3)
        base = self.level(onset)
        early = tuple(point for point in self.points if point[0] < onset)
        return Course((*early, (onset, base), (top, peak), (eases, peak), (eases + fall, 0.05)))

    @property
    def worst(self) -> tuple[datetime, float]:
        """The first instant of the highest level, and that level."""
        return max(self.points, key=lambda point: point[1])

    @property
    def recovered(self) -> datetime:
        """When the last point is reached."""
        return self.points[-1][0]


@dataclass(frozen=True, slots=True)
class Signs:
    """One set of observations; an input that was not taken is None. Temperature in degrees Celsius."""

    respiratory: int | None
    spo2: int | None
    oxygen: bool | None
    systolic: int | None
    diastolic: int | None
    pulse: int | None
    consciousness: str | None
    temperature: Decimal | None


INPUTS = tuple(Signs.__dataclass_fields__)


GROWN = 16.0  # years; below, each year less is so much faster a breath and pulse, and so much lower a pressure
BREATHS, BEATS, PRESSURE = 0.9, 3.2, 2.3


def body(rng: Random, *, chronic: bool, years: float) -> Body:
    """Resting values in a hospital bed: an adult's, or a child's by its age in years."""
    short = max(GROWN - years, 0.0)
    return Body(
        respiratory=around(rng, 15.8, spread=1.3, least=12, most=19) + BREATHS * short,
        spo2=around(rng, 94.5 if chronic else 97.3, spread=1.0, least=92, most=99.5),
        pulse=around(rng, 76, spread=9, least=52, most=98) + BEATS * short,
        systolic=around(rng, 130, spread=12, least=106, most=172) - PRESSURE * short,
        temperature=around(rng, 36.8, spread=0.2, least=36.2, most=37.4),
        feverish=rng.random() < 0.55,
        chronic=chronic,
    )


def signs(rng: Random, of: Body, level: float) -> Signs:
    """One set at a level of illness: faster, hotter, lower pressure, less oxygen, at the worst less awake."""
    spo2 = of.spo2 - 8.5 * level + rng.gauss(0, 0.7)
    oxygen = spo2 < 92 or (level > 0.35 and spo2 < 94)
    if oxygen:
        spo2 += 3.0
    systolic = of.systolic - 38 * level + rng.gauss(0, 6)
    heat = 1.9 if of.feverish else 0.3
    awake = level < 0.8 or rng.random() > level - 0.55
    return Signs(
        respiratory=round(max(of.respiratory + 12.5 * level + rng.gauss(0, 1.0), 6)),
        spo2=round(min(max(spo2, 70), 100)),
        oxygen=oxygen,
        systolic=round(max(systolic, 60)),
        diastolic=round(max(systolic * 0.6 + rng.gauss(0, 4), 32)),
        pulse=round(max(of.pulse + 44 * level + rng.gauss(0, 4), 38)),
        consciousness="A" if awake else rng.choice("CCV"),
        temperature=Decimal(f"{of.temperature + heat * level + rng.gauss(0, 0.15):.1f}"),
    )
