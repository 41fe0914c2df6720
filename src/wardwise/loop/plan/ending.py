"""The end of advice before its time: what it asked for is no longer right, and why."""

from dataclasses import dataclass
from enum import StrEnum


class EndedBy(StrEnum):
    """What ended a piece of advice that nobody had answered."""

    LEFT = "left"
    MOVED = "moved"
    PASSED = "passed"  # what it was about is over
    REPLACED = "replaced"  # other advice on the same stands now
    CORRECTED = "corrected"  # a fact it rested on was put right at its source


@dataclass(frozen=True, slots=True)
class Ending:
    """Why advice ended: a coded reason, a sentence for people, and the events that show it (there may be none)."""

    by: EndedBy
    says: str
    traces: tuple[str, ...] = ()
