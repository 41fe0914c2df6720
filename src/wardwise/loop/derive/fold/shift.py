"""The roster of all shifts that begin at one instant, and what the workforce system lists of each member of staff."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from wardwise.loop.capture.event import Status
from wardwise.loop.derive.fold.fact import Fact
from wardwise.loop.derive.fold.projection import Projection

OVER_FOR = timedelta(days=45)  # how long a shift that has ended stays in sight


@dataclass(frozen=True, slots=True)
class Assignment:
    """One member of staff on one shift of one unit; `call_outs` are the events that say he or she will not come."""

    staff: str
    unit: str
    shift: str
    starts: datetime
    ends: datetime
    skill: str
    event: str
    called_out: bool = False
    call_outs: tuple[str, ...] = ()
    clocked_in: datetime | None = None
    clocked_out: datetime | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class Starting:
    """Every assignment of shifts that start at one instant, by unit and staff; `told_at` is the newest word on them.

    `elsewhere` are (staff, unit, event) of assignments that a later one for the same person and start replaced.
    """

    assignments: tuple[Assignment, ...]
    told_at: datetime
    over_at: datetime | None
    elsewhere: tuple[tuple[str, str, str], ...] = ()


def fold_shifts(_starts: str, facts: Sequence[Fact]) -> Starting:
    """Assignments less call-outs, swaps carried over, whatever the order they were told in."""
    told = [fact for fact in facts if fact.status != Status.CANCELLED.value]
    swapped = {fact.staff: fact.told["to_staff"] for fact in told if fact.kind == "shift.swapped"}
    said: dict[tuple[str | None, str], list[Fact]] = {}
    for fact in told:
        said.setdefault((fact.staff, fact.kind), []).append(fact)
    found: dict[str, Assignment] = {}
    elsewhere: list[tuple[str, str, str]] = []
    for fact in told:
        if fact.kind != "shift.assigned":
            continue
        staff = str(swapped.get(fact.staff, fact.staff))
        before = found.get(staff)
        if before is not None and before.unit != fact.unit:
            elsewhere.append((staff, before.unit, before.event))
        found[staff] = _assignment(staff, fact, said)
    ends = [at for at in (fact.time("ends") for fact in facts) if at is not None]
    return Starting(
        assignments=tuple(sorted(found.values(), key=lambda a: (a.unit, a.staff))),
        told_at=max(fact.known_at for fact in facts),
        over_at=max(ends, default=None),
        elsewhere=tuple(elsewhere),
    )


def _assignment(staff: str, fact: Fact, said: Mapping[tuple[str | None, str], Sequence[Fact]]) -> Assignment:
    out = said.get((staff, "shift.called_out"), ())
    began, ended = (said.get((staff, f"shift.clocked_{way}"), ()) for way in ("in", "out"))
    starts, ends = fact.time("starts"), fact.time("ends")
    assert starts is not None and ends is not None  # noqa: S101, PT018 - the kind requires both
    return Assignment(
        staff=staff,
        unit=str(fact.unit),
        shift=fact.told["shift"],
        starts=starts,
        ends=ends,
        skill=fact.told["skill"],
        event=fact.id,
        called_out=bool(out),
        call_outs=tuple(each.id for each in out),
        clocked_in=began[-1].at if began else None,
        clocked_out=ended[-1].at if ended else None,
        source=fact.source,
    )


@dataclass(frozen=True, slots=True)
class Listing:
    """A member of staff as one feed last listed him or her."""

    unit: str
    skills: tuple[str, ...]
    contract: str | None
    at: datetime
    source: str
    event: str


def fold_listing(_staff: str, facts: Sequence[Fact]) -> tuple[Listing, ...]:
    """The last listing by each source, in order of source."""
    last = {fact.source: fact for fact in facts if fact.status != Status.CANCELLED.value}
    return tuple(_listing(fact) for _, fact in sorted(last.items()))


def _listing(fact: Fact) -> Listing:
    told = fact.told
    skills = tuple(sorted(str(skill) for skill in told["skills"]))
    return Listing(str(fact.unit), skills, told.get("contract"), fact.at, fact.source, fact.id)


def _start(fact: Fact) -> str:
    return str(fact.time("starts"))


SHIFTS: Projection[Starting] = Projection(
    name="shifts",
    kinds=frozenset({"shift.assigned", "shift.called_out", "shift.swapped", "shift.clocked_in", "shift.clocked_out"}),
    key=_start,
    fold=fold_shifts,
    leaves=lambda starting: None if starting.over_at is None else starting.over_at + OVER_FOR,
)

STAFF: Projection[tuple[Listing, ...]] = Projection(
    name="staff",
    kinds=frozenset({"staff.listed"}),
    key=lambda fact: fact.staff,
    fold=fold_listing,
    leaves=lambda _listed: None,
    last_word=True,
)
