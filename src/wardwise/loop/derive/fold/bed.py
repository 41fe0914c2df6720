"""One bed: the last thing anybody said of its state."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from wardwise.loop.capture.event import Status
from wardwise.loop.derive.fold.fact import Fact
from wardwise.loop.derive.fold.projection import Projection


@dataclass(frozen=True, slots=True)
class BedSaid:
    """What was last said of a bed, when and by whom; `state` is None where all of it was taken back."""

    bed: str
    unit: str | None = None
    state: str | None = None
    at: datetime | None = None
    source: str = ""
    event: str = ""


def fold_bed(bed: str, facts: Sequence[Fact]) -> BedSaid:
    """The last word on a bed."""
    said = [fact for fact in facts if fact.status != Status.CANCELLED.value]
    if not said:
        return BedSaid(bed)
    last = said[-1]
    return BedSaid(bed, last.unit, last.told["state"], last.at, last.source, last.id)


BEDS: Projection[BedSaid] = Projection(
    name="beds",
    kinds=frozenset({"bed.changed"}),
    key=lambda fact: fact.bed,
    fold=fold_bed,
    leaves=lambda _said: None,
    last_word=True,
)
