"""The outcome of a test: how strong the evidence is against how strong it has to be."""

import math
from dataclasses import dataclass

CLEARS_BELOW = 0.5


@dataclass(frozen=True, slots=True)
class Verdict:
    """`effect` in the units the test states; `strength` 1 and more is a finding, below 0.5 clears an earlier one.

    Strength is the smaller of (effect / the least effect that matters) and (log p / log alpha): a difference has to
    be both large and no accident. Between 0.5 and 1 whatever was said before stands, so that nothing flaps.
    """

    effect: float
    p: float
    strength: float

    @property
    def found(self) -> bool:
        """Whether it is a finding."""
        return self.strength >= 1.0

    @property
    def cleared(self) -> bool:
        """Whether an earlier finding no longer stands."""
        return self.strength < CLEARS_BELOW


NOTHING = Verdict(0.0, 1.0, 0.0)


def verdict(effect: float, least: float, p: float, alpha: float) -> Verdict:
    """Weigh an effect and a p-value against the least effect that matters and the false-alarm rate allowed."""
    sure = math.log(max(p, 1e-300)) / math.log(alpha)
    return Verdict(effect, p, min(abs(effect) / least, sure))
