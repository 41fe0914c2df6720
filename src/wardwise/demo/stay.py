"""A stay: what the hospital plans for a patient, and the moves that came of it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum

from wardwise.demo.course import Body, Course
from wardwise.demo.person import Person


class Act(Enum):
    """What happens to a stay; the value is the HL7 v2 trigger event that tells of it."""

    ARRIVED = "A04"
    ADMITTED = "A01"
    MOVED = "A02"
    UPDATED = "A08"
    DISCHARGED = "A03"
    UNADMITTED = "A11"
    UNDISCHARGED = "A13"
    MERGED = "A40"


@dataclass(frozen=True, slots=True)
class Spot:
    """A bed in a unit; the bed is empty for the waiting room."""

    unit: str
    bed: str


@dataclass(frozen=True, slots=True)
class Move:
    """One act at an instant; `spot` is where the patient is after it, `was` where before, if that changed.

    `undoes` is when the act took place that a cancel takes back.
    """

    at: datetime
    act: Act
    spot: Spot
    was: Spot | None = None
    undoes: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What would happen if beds were always free. `first` is the kind of unit admitted to, empty for home."""

    number: int
    person: Person
    comes: datetime
    acuity: int
    complaint: tuple[str, str]
    first: str
    elective: bool
    treatment: timedelta
    leaves: datetime
    body: Body
    course: Course
    slips: bool  # a clerk enters an admission or a discharge too early and takes it back


@dataclass(slots=True)
class Stay:
    """A plan as it unfolds: where the patient is, what is reserved, and every move so far."""

    plan: Plan
    moves: list[Move] = field(default_factory=list)
    spot: Spot | None = None
    reserved: Spot | None = None
    queued: bool = False
    admitted: bool = False
    slipped: bool = False

    @property
    def visit(self) -> str:
        """The visit number, PV1-19."""
        return f"ZZV{self.plan.number:07d}"

    @property
    def ended(self) -> datetime | None:
        """When the patient left for good; None while here."""
        last = self.moves[-1] if self.moves else None
        return last.at if last is not None and last.act is Act.DISCHARGED else None

    def spot_at(self, at: datetime) -> Spot | None:
        """Where the patient is at an instant; None before, after and while wrongly discharged or not yet admitted."""
        here: Spot | None = None
        for move in self.moves:
            if move.at > at:
                break
            here = None if move.act in {Act.DISCHARGED, Act.UNADMITTED} else move.spot
        return here
