"""Which facts of one stay were cancelled: a cancel undoes the one it names, and never guesses."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

WHOLE = "stay"  # the target of a cancel that undoes everything told of the stay so far


@dataclass(frozen=True, slots=True)
class Told:
    """One fact of a stay as far as cancels look at it; `target` and `named` are of a cancel.

    `number` is the visit number it was told under, `numbers` those that the visit of a cancel had by then.
    """

    id: str
    kind: str
    at: datetime
    what: str | None = None
    target: str | None = None
    named: datetime | None = None
    number: str | None = None
    numbers: frozenset[str | None] = frozenset({None})


def cancelled_ids(facts: Sequence[Told], cancels: Iterable[Told]) -> tuple[set[str], set[str]]:
    """(ids of the facts of one stay that did not happen, ids of the cancels that found nothing to undo).

    Both come in the order in which they happened. A cancel names its target by kind and time, an expectation also
    by what was expected. One without a time undoes the only fact of its kind that happened by then and still
    stands; where there are several, it undoes none.
    """
    gone: set[str] = set()
    idle: set[str] = set()
    for cancel in cancels:
        meant = _meant([fact for fact in facts if fact.id not in gone], cancel)
        gone.update(fact.id for fact in meant)
        if not meant:
            idle.add(cancel.id)
    return gone, idle


def _meant(standing: list[Told], cancel: Told) -> list[Told]:
    standing = [fact for fact in standing if fact.number in cancel.numbers]
    before = [fact for fact in standing if fact.at <= cancel.at]
    if cancel.target == WHOLE:
        return before
    named = cancel.named
    kin = [fact for fact in (standing if named else before) if _of_kind(fact, cancel)]
    if named is not None:
        return [fact for fact in kin if fact.at == named][-1:]
    return kin if len(kin) == 1 else []


def _of_kind(fact: Told, cancel: Told) -> bool:
    return fact.kind == cancel.target and (cancel.what is None or fact.what == cancel.what)
