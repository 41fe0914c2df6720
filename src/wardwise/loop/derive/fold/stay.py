"""One stay, folded from what was told of it, in the order things happened and not the order we were told."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from wardwise.loop.capture.event import Status
from wardwise.loop.derive.fold.cancels import WHOLE
from wardwise.loop.derive.fold.fact import Fact
from wardwise.loop.derive.fold.projection import Projection
from wardwise.loop.derive.fold.standing import undone
from wardwise.loop.derive.fold.two_tellers import counting

CLOSED_FOR = timedelta(days=30)  # how long a stay that is over, or never began, stays in sight
REPAIRED = "wardwise/repair"  # the source of transfers that a rule found missing
EXPLAINED = timedelta(hours=2)  # a transfer told for so long after a repaired one is the one that was missing

AFTER_DISCHARGE = "told-after-discharge"
IDLE_CANCEL = "cancel-without-target"
GIVEN_ANEW = "number-given-anew"
_NEVER_SEEN = datetime.min.replace(tzinfo=UTC)

_PLACES = frozenset({"stay.arrived", "stay.admitted", "stay.transferred"})
_FULFILS = {"stay.admitted": "admission", "stay.transferred": "transfer", "stay.discharged": "discharge"}


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something about a stay that does not fit: a code, and the event it is about."""

    code: str
    at: datetime
    source: str
    event: str


@dataclass(frozen=True, slots=True)
class Expected:
    """What is announced of a stay and has not happened: admission, transfer or discharge."""

    what: str
    at: datetime | None
    unit: str | None
    event: str


@dataclass(frozen=True, slots=True)
class Stay:
    """One encounter as it stands: `present` while the patient holds a place here.

    `moved_at` is when the patient came to `unit`, `left_from` the unit that the discharge (`left_by`) names. `numbers`
    are the other numbers this visit has had, `named` all patients it was told of, `moved_from` those it was taken from.
    """

    encounter: str
    patient: str | None = None
    unit: str | None = None
    bed: str | None = None
    stay_class: str | None = None
    arrived_at: datetime | None = None
    admitted_at: datetime | None = None
    moved_at: datetime | None = None
    ended_at: datetime | None = None
    born: date | None = None
    complaint: str | None = None
    on_leave: bool = False
    sex: str | None = None
    service: str | None = None
    left_from: str | None = None
    left_by: str | None = None
    told_at: datetime | None = None
    source: str = ""
    expected: tuple[Expected, ...] = ()
    moved_from: frozenset[str] = frozenset()
    numbers: tuple[str, ...] = ()
    named: frozenset[str] = frozenset()
    repaired: tuple[str, ...] = ()
    doubts: tuple[Doubt, ...] = ()

    @property
    def present(self) -> bool:
        """Whether the patient is in the house now, on leave or not."""
        return self.ended_at is None and (self.arrived_at is not None or self.admitted_at is not None)

    @property
    def leaves_at(self) -> datetime | None:
        """When a stay that is over or never began goes out of sight; None while the patient is here."""
        if self.present:
            return None
        awaited = [each.at for each in self.expected if each.at is not None]
        last = max((at for at in (self.told_at, self.ended_at, *awaited) if at is not None), default=None)
        return _NEVER_SEEN if last is None else last + CLOSED_FOR

    def gone_by(self, at: datetime) -> bool:
        """Whether it is out of sight at an instant."""
        return self.leaves_at is not None and self.leaves_at <= at


def fold_stay(encounter: str, facts: Sequence[Fact]) -> Stay:
    """The stay that facts tell of; they come in the total order. Cancelled ones did not happen.

    Of one that a second source alone told of, out of its charge, nothing is said.
    """
    facts = counting(facts)
    stood = [fact for fact in facts if fact.status != Status.CANCELLED.value]
    events, gone, idle = undone(stood)
    stay = Stay(encounter)
    for fact in events:
        if fact.source != REPAIRED or _missing(stay, fact, events, gone):
            stay = _step(stay, fact)
    withdrawn = [fact for fact in facts if fact.status == Status.CANCELLED.value]
    doubts = (
        *stay.doubts,
        *(_doubt(IDLE_CANCEL, fact) for fact in stood if fact.id in idle and not _met(fact, withdrawn)),
    )
    # What was withdrawn tells nothing more, unless there is nothing else: then when it was said to be is all there is.
    told_at = max((fact.at for fact in stood or facts if fact.source != REPAIRED), default=None)
    return replace(stay, told_at=told_at, doubts=doubts)


def _met(cancel: Fact, withdrawn: Sequence[Fact]) -> bool:
    """Whether a cancel of the whole stay finds nothing because its source withdrew what there was."""
    return cancel.told["target"] == WHOLE and any(fact.at <= cancel.at for fact in withdrawn)


def _missing(stay: Stay, repair: Fact, told: Sequence[Fact], gone: set[str]) -> bool:
    """Whether a repaired transfer is still needed: what it rests on stands, and no told move explains it."""
    if repair.cause in gone or repair.unit == stay.unit or not stay.present:
        return False
    until = repair.at + EXPLAINED
    moves = (fact for fact in told if fact.kind in _PLACES and fact.source != REPAIRED)
    return not any(fact.unit == repair.unit and repair.at <= fact.at <= until for fact in moves)


def _step(stay: Stay, fact: Fact) -> Stay:
    if _begins_anew(stay, fact):
        stay = Stay(stay.encounter, numbers=stay.numbers, doubts=(*stay.doubts, _doubt(GIVEN_ANEW, fact)))
    if stay.ended_at is not None and fact.kind in _ONLY_INSIDE:
        return replace(stay, doubts=(*stay.doubts, _doubt(AFTER_DISCHARGE, fact)))
    stay = _STEPS[fact.kind](_patient(stay, fact), fact)
    fulfilled = _FULFILS.get(fact.kind)
    if fulfilled is None:
        return stay
    return replace(stay, expected=tuple(each for each in stay.expected if each.what != fulfilled))


def _begins_anew(stay: Stay, fact: Fact) -> bool:
    # An encounter number that comes back after its stay has ended, for somebody else, begins another stay.
    if stay.ended_at is None or fact.kind not in _BEGINS or fact.patient is None or stay.patient is None:
        return False
    return fact.patient != stay.patient and fact.patient not in stay.moved_from


def _patient(stay: Stay, fact: Fact) -> Stay:
    told = fact.told
    same: dict[str, Any] = {
        "source": stay.source if fact.source == REPAIRED else fact.source,
        "stay_class": told.get("class") or stay.stay_class,
        "born": date.fromisoformat(told["born"]) if told.get("born") else stay.born,
        "sex": told.get("sex") or stay.sex,
        "service": told.get("service") or stay.service,
        "complaint": told.get("complaint") or stay.complaint,
    }
    if fact.patient is not None:
        same["named"] = stay.named | {fact.patient}
        same["patient"] = stay.patient if fact.patient in stay.moved_from else fact.patient
    return replace(stay, **same)


def _arrived(stay: Stay, fact: Fact) -> Stay:
    return replace(stay, arrived_at=fact.at, moved_at=fact.at, **_place(fact))


def _admitted(stay: Stay, fact: Fact) -> Stay:
    place = _place(fact)
    return replace(stay, admitted_at=fact.at, moved_at=fact.at, ended_at=None, left_from=None, on_leave=False, **place)


def _transferred(stay: Stay, fact: Fact) -> Stay:
    repaired = (*stay.repaired, fact.id) if fact.source == REPAIRED else stay.repaired
    return replace(stay, moved_at=fact.at, repaired=repaired, **_place(fact))


def _discharged(stay: Stay, fact: Fact) -> Stay:
    return replace(stay, ended_at=fact.at, left_from=fact.unit, left_by=fact.id, on_leave=False)


def _moved(stay: Stay, fact: Fact) -> Stay:
    told = fact.told
    left = {*stay.named, told.get("from_patient"), *stay.moved_from} - {fact.patient, None}
    numbers = [*stay.numbers, *([told["from_encounter"]] if told.get("from_encounter") else [])]
    return replace(
        stay,
        patient=fact.patient,
        moved_from=frozenset(token for token in left if token),
        numbers=tuple(dict.fromkeys(numbers)),
    )


def _expected(stay: Stay, fact: Fact) -> Stay:
    announced = Expected(fact.told["what"], fact.time("expected_at"), fact.told.get("to_unit"), fact.id)
    others = tuple(each for each in stay.expected if each.what != announced.what)
    return replace(stay, expected=(*others, announced))


def _place(fact: Fact) -> dict[str, Any]:
    return {"unit": fact.unit, "bed": fact.bed} if fact.unit else {}


def _doubt(code: str, fact: Fact) -> Doubt:
    return Doubt(code, fact.at, fact.source, fact.id)


_STEPS: dict[str, Callable[[Stay, Fact], Stay]] = {
    "stay.arrived": _arrived,
    "stay.registered": lambda stay, _: stay,
    "stay.expected": _expected,
    "stay.admitted": _admitted,
    "stay.updated": lambda stay, _: stay,
    "stay.transferred": _transferred,
    "stay.left": lambda stay, _: replace(stay, on_leave=True),
    "stay.returned": lambda stay, _: replace(stay, on_leave=False),
    "stay.discharged": _discharged,
    "stay.moved": _moved,
}
_BEGINS = frozenset({"stay.arrived", "stay.registered", "stay.admitted"})
_ONLY_INSIDE = frozenset({"stay.arrived", "stay.transferred", "stay.left", "stay.returned", "stay.expected"})


STAYS: Projection[Stay] = Projection(
    name="stays",
    kinds=frozenset({*_STEPS, "stay.cancelled"}),
    key=lambda fact: fact.encounter,
    fold=fold_stay,
    leaves=lambda stay: stay.leaves_at,
)
