"""The fallback ladder: rungs from the full model down to saying aloud that there is none."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wardwise.loop.declare.question import Question
    from wardwise.loop.estimate.prediction import Prediction


class Tier(StrEnum):
    """How good the maker of a number is, best first."""

    FULL = "full"
    REDUCED = "reduced"
    RULE = "rule"
    LAST_KNOWN = "last-known"
    PASSIVE = "passive"
    NONE = "none"


ORDER = tuple(Tier)


@dataclass(frozen=True, slots=True)
class Rung:
    """One way of answering. `feeds` must be speaking and `model` published for it to be used.

    `says` is what a person reads when this rung is in use.
    """

    tier: Tier
    maker: str
    says: str
    estimate: "Callable[[Question], Sequence[Prediction]]"
    feeds: tuple[str, ...] = ()
    model: bool = False
