"""What a house supervisor can do about a shift, and how advice spells it."""

from dataclasses import dataclass
from enum import StrEnum

NAME = "staffing"


class Move(StrEnum):
    """The moves a house supervisor has; nothing to do is a hold of nobody more."""

    CALL = "call"
    HOLD = "hold"
    RELEASE = "release"


@dataclass(frozen=True, slots=True)
class Action:
    """A move with how many nurses; `more` are still short after it and have to be kept on.

    A call counts every float nurse called to the shift so far, so that a later one takes the place of an earlier.
    """

    move: Move
    count: int
    more: int = 0

    @property
    def code(self) -> str:
        """`call-2`, and `call-2-hold-1` where one more has to be kept on."""
        return f"{self.move.value}-{self.count}" + (f"-{Move.HOLD.value}-{self.more}" if self.more else "")

    @property
    def total(self) -> int:
        """Nurses in all that it finds, or lets go."""
        return self.count + self.more

    def meets(self, other: "Action") -> bool:
        """Whether it finds, or lets go, at least as many; calling and keeping on find nurses alike."""
        lets_go = (self.move is Move.RELEASE, other.move is Move.RELEASE)
        return self.total >= other.total and lets_go[0] is lets_go[1]

    def outdoes(self, other: "Action") -> bool:
        """Whether it is the same move for more nurses in all."""
        return self.move is other.move and self.total > other.total


def action_of(code: str) -> Action:
    """The action of a code."""
    move, count, *more = code.split("-")
    return Action(Move(move), int(count), int(more[-1]) if more else 0)
