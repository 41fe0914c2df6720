"""What a model carries from hour to hour: the level, the factors of its ranges and the open day."""

from dataclasses import dataclass, field

from wardwise.learn.counts.stretch import Stretch


@dataclass(frozen=True, slots=True)
class OpenDay:
    """Sums over the hours of a day that has begun, kept to score the ranges once it is over."""

    number: int | None = None
    counts: float = 0.0
    expected: float = 0.0
    squares: float = 0.0
    variance: float = 0.0
    """Relative variance of such a day."""
    hours_missed: float = 0.0
    hours: int = 0
    has_gap: bool = False


@dataclass(frozen=True, slots=True)
class CountState:
    """Everything a forecast knows of the past; it stands before hour `hour`.

    `seen` and `expected` are sums that fade with the half-life of the level; `midnights` are the levels at
    the last seven midnights, newest first.
    """

    hour: int
    seen: float
    expected: float
    midnights: tuple[float, ...] = ()
    stretch: Stretch = field(default_factory=Stretch)
    today: OpenDay = field(default_factory=OpenDay)

    @property
    def level(self) -> float:
        """What came, as a ratio of what the season expects."""
        return self.seen / self.expected
