"""Advice: what to do, why, by when, from whom, and when to leave it."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from wardwise.errors import ImpossibleValue
from wardwise.hospital.role import Role
from wardwise.loop.capture.event import NOBODY, About

LONGEST_SUMMARY = 139  # CDS Hooks: a summary has fewer than 140 characters


class Indicator(StrEnum):
    """How pressing a card is, as CDS Hooks spells it."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class Reason:
    """One sentence of why, and the events it can be traced to; a reason without a trace is a defect.

    `at` is when what it says was so at the bedside. A card may be read hours later, so a sentence names times of the
    clock and never an age; whoever shows it works the age out.
    """

    says: str
    traces: tuple[str, ...]
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Something a person can accept in one action; `code` stays the same over wordings."""

    code: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """A recommendation to one owner.

    `state` names the condition advised upon: while it stays the same and the advice is open, a repeat is held back.
    `prediction` is the index of the prediction it follows from in this turn.
    """

    entity: str
    state: str
    summary: str
    indicator: Indicator
    owner: Role
    reasons: tuple[Reason, ...]
    when_to_ignore: tuple[str, ...]
    act_by: datetime
    expires_at: datetime
    uncertainty: str
    about: About = NOBODY
    prediction: int = 0
    detail: tuple[tuple[str, str], ...] = ()
    suggestions: tuple[Suggestion, ...] = field(default=())

    def __post_init__(self) -> None:
        if not 0 < len(self.summary) <= LONGEST_SUMMARY:
            raise ImpossibleValue(
                what=f"the summary of advice {self.state} has {len(self.summary)} characters",
                remedy=f"Say it in 1 to {LONGEST_SUMMARY}.",
            )
        if not self.reasons or any(not reason.traces for reason in self.reasons):
            raise ImpossibleValue(
                what=f"advice {self.state} has a reason that traces to no event",
                remedy="Give each reason the ids of the events it rests on.",
            )
        if not self.when_to_ignore:
            raise ImpossibleValue(
                what=f"advice {self.state} does not say when to ignore it", remedy="Say it in one sentence."
            )
