"""What tells who is one person: merges, links and renumberings that stand, and the visits told under each token."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from wardwise.loop.capture.event import Status
from wardwise.loop.capture.fold import Order
from wardwise.loop.derive.fold.fact import Fact
from wardwise.loop.derive.fold.projection import Projection
from wardwise.loop.derive.fold.standing import happened
from wardwise.loop.derive.fold.two_tellers import counting

EVERYBODY = "everybody"
LINK = "link"


@dataclass(frozen=True, slots=True)
class Merge:
    """What was said of two tokens: that they are one person, that they are not (`parts`), or nothing sure (`doubtful`).

    A linked token stays in use, a merged or renumbered one is retired.
    """

    order: Order
    survivor: str
    merged: str
    manner: str
    parts: bool
    doubtful: bool


@dataclass(frozen=True, slots=True)
class Visit:
    """One stay of a patient as far as it tells who that is."""

    encounter: str
    patient: str
    began: Order
    began_at: datetime
    born: str | None
    sex: str | None
    source: str
    event: str


def merges_told(_key: str, facts: Sequence[Fact]) -> tuple[Merge, ...]:
    """Everything that was said of who is one person, in order."""
    return tuple(
        Merge(
            order=fact.order,
            survivor=str(fact.patient),
            merged=str(fact.told["merged_patient"]),
            manner=fact.told.get("manner") or "merge",
            parts=fact.status == Status.CANCELLED.value,
            doubtful=fact.status == Status.SUSPECT.value,
        )
        for fact in counting(facts)
    )


def visits_of(patient: str, facts: Sequence[Fact]) -> tuple[Visit, ...]:
    """The stays told under one token, in the order they began; what was cancelled or deleted was none."""
    told: dict[str, list[Fact]] = {}
    for fact in counting(facts):
        if fact.status != Status.CANCELLED.value:
            told.setdefault(str(fact.encounter), []).append(fact)
    each = (_visit(patient, encounter, happened(mine)) for encounter, mine in told.items())
    return tuple(sorted((visit for visit in each if visit is not None), key=lambda visit: visit.began))


def _visit(patient: str, encounter: str, facts: Sequence[Fact]) -> Visit | None:
    if not facts:
        return None
    first = facts[0]
    born = [fact.told["born"] for fact in facts if fact.told.get("born")]
    sex = [fact.told["sex"] for fact in facts if fact.told.get("sex")]
    return Visit(
        encounter=encounter,
        patient=patient,
        began=first.order,
        began_at=first.at,
        born=born[-1] if born else None,
        sex=sex[-1] if sex else None,
        source=first.source,
        event=first.id,
    )


def _never(_state: object) -> datetime | None:
    return None


MERGES: Projection[tuple[Merge, ...]] = Projection(
    name="merges",
    kinds=frozenset({"stay.merged"}),
    key=lambda _fact: EVERYBODY,
    fold=merges_told,
    leaves=_never,
)

VISITS: Projection[tuple[Visit, ...]] = Projection(
    name="visits",
    kinds=frozenset(
        {"stay.arrived", "stay.registered", "stay.admitted", "stay.updated", "stay.moved", "stay.cancelled"}
    ),
    key=lambda fact: fact.patient if fact.encounter else None,
    fold=visits_of,
    leaves=_never,
)
