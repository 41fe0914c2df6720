"""What tells who is one person: merges, links and renumberings that stand, and the visits told under each token."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from wardwise.loop.capture.event import Status
from wardwise.loop.capture.fold import Order
from wardwise.loop.derive.fold.cancels import WHOLE
from wardwise.loop.derive.fold.fact import Fact
from wardwise.loop.derive.fold.projection import Projection

EVERYBODY = "everybody"
LINK = "link"
_JOINS_NOBODY = frozenset({Status.CANCELLED.value, Status.SUSPECT.value})


@dataclass(frozen=True, slots=True)
class Merge:
    """Two tokens made one, as it stands; a linked token stays in use, a merged or renumbered one is retired."""

    order: Order
    at: datetime
    survivor: str
    merged: str
    manner: str
    source: str
    event: str


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


def standing_merges(_key: str, facts: Sequence[Fact]) -> tuple[Merge, ...]:
    """The merges that stand, in the order in which they last were told. A doubtful one joins nobody.

    A pair may be joined, parted and joined again: the last word on it counts. Linked ones have no direction, so
    either way round parts them.
    """
    last: dict[tuple[str, str], Merge] = {}
    for fact in facts:
        pair = (str(fact.patient), str(fact.told["merged_patient"]))
        if fact.status in _JOINS_NOBODY:
            _part(last, pair, doubtful=fact.status != Status.CANCELLED.value)
        else:
            last.pop(pair, None)
            manner = fact.told.get("manner") or "merge"
            last[pair] = Merge(fact.order, fact.at, *pair, manner, fact.source, fact.id)
    return tuple(last.values())


def _part(last: dict[tuple[str, str], Merge], pair: tuple[str, str], *, doubtful: bool) -> None:
    inverse = (pair[1], pair[0])
    told = last.pop(pair, None)
    backwards = last.get(inverse)
    if backwards is not None and not doubtful and (told is None or backwards.manner == LINK):
        del last[inverse]


def visits_of(patient: str, facts: Sequence[Fact]) -> tuple[Visit, ...]:
    """The stays told under one token, in the order they began; deleted ones were none."""
    found: dict[str, Visit] = {}
    for fact in facts:
        encounter = str(fact.encounter)
        if fact.kind == "stay.cancelled":
            if fact.told["target"] == WHOLE:
                found.pop(encounter, None)
            continue
        if fact.status == Status.CANCELLED.value:
            continue
        visit = found.get(encounter)
        born, sex = fact.told.get("born"), fact.told.get("sex")
        if visit is None:
            found[encounter] = Visit(encounter, patient, fact.order, fact.at, born, sex, fact.source, fact.id)
        else:
            found[encounter] = replace(visit, born=born or visit.born, sex=sex or visit.sex)
    return tuple(found.values())


def _never(_state: object) -> datetime | None:
    return None


MERGES: Projection[tuple[Merge, ...]] = Projection(
    name="merges",
    kinds=frozenset({"stay.merged"}),
    key=lambda _fact: EVERYBODY,
    fold=standing_merges,
    leaves=_never,
)

VISITS: Projection[tuple[Visit, ...]] = Projection(
    name="visits",
    kinds=frozenset({"stay.arrived", "stay.registered", "stay.admitted", "stay.updated", "stay.cancelled"}),
    key=lambda fact: fact.patient if fact.encounter else None,
    fold=visits_of,
    leaves=_never,
)
