"""The catalogue of kinds: one file per noun."""

from wardwise.errors import ImpossibleValue, UnknownKind
from wardwise.loop.capture.event import Draft
from wardwise.loop.capture.kinds import (
    bed,
    case,
    decision,
    governance,
    lab,
    note,
    order,
    record,
    shift,
    sign,
    staff,
    stay,
)
from wardwise.loop.capture.kinds.kind import Kind

CATALOGUE: dict[str, Kind] = {
    kind.name: kind
    for noun in (stay, sign, lab, order, note, bed, case, shift, staff, record, decision, governance)
    for kind in noun.KINDS
}


def kind_of(name: str, version: int) -> Kind:
    """The kind of this name, if this program knows the version; raises UnknownKind."""
    kind = CATALOGUE.get(name)
    if kind is None:
        raise UnknownKind(kind=name, version=version, remedy="Check the mapping's `emit` for a misspelt kind.")
    if not 1 <= version <= kind.version:
        raise UnknownKind(
            kind=name,
            version=version,
            remedy=f"This wardwise reads up to version {kind.version}; upgrade it first.",
        )
    return kind


def check(draft: Draft) -> None:
    """Refuse a draft that is not of its kind; raises UnknownKind or ImpossibleValue naming every problem."""
    problems = kind_of(draft.kind, draft.version).problems(draft)
    if problems:
        raise ImpossibleValue(
            what="; ".join(problems), remedy="Correct the mapping or the workflow that made this event."
        )
