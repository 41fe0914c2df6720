"""Moves that nobody told of, found by rule: transfers of wardwise's own that name their rule and their evidence."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from wardwise.loop.capture.event import About, Draft
from wardwise.loop.capture.ids import derived_id
from wardwise.loop.derive.fold.evidence import Seen
from wardwise.loop.derive.fold.stay import REPAIRED, Stay
from wardwise.loop.derive.state.ledger import ledger_of
from wardwise.loop.derive.state.stays import stays
from wardwise.loop.derive.view import View

FLAG = "repaired"
SIGNS_ELSEWHERE = "rule:signs-from-elsewhere"
LEFT_ELSEWHERE = "rule:left-from-elsewhere"
GRACE = timedelta(hours=1)  # a late transfer may still come by itself
CHARTED_LATE = timedelta(minutes=30)  # vital signs of the unit before may be written down after the move
AT_LEAST = 2  # one measurement elsewhere may be a slip, or an examination
LOOKED_BACK = timedelta(days=1)


def repairs(view: View) -> Iterator[Draft]:
    """The transfers that must have happened by what vital signs and discharges say, and that no feed told.

    A patient whose last two measurements or more, at different times, come from another unit is there since the first
    of them. A discharge from a unit where the patient never was tells of a move at the latest by then. Either waits
    an hour for the feed. The fold gives every told transfer precedence (`fold/stay.py`).
    """
    for stay in stays(view).values():
        if stay.present:
            yield from _by_signs(view, stay)
        elif stay.left_from not in (None, stay.unit) and _due(view, stay.ended_at):
            yield _transfer(stay, str(stay.left_from), at=stay.ended_at, cause=stay.left_by, rule=LEFT_ELSEWHERE)


def _by_signs(view: View, stay: Stay) -> Iterator[Draft]:
    if stay.moved_at is None or stay.unit is None or stay.on_leave:
        return
    since = stay.moved_at + CHARTED_LATE
    run: list[Seen] = []
    for seen in reversed(ledger_of(view).signs(stay.encounter, view.instant)):
        if seen.at <= since or seen.unit == stay.unit or (run and seen.unit != run[-1].unit):
            break
        run.append(seen)
    if len({seen.at for seen in run}) >= AT_LEAST and view.instant.at - run[-1].at >= GRACE:
        first = run[-1]
        yield _transfer(stay, first.unit, at=first.at, cause=first.event, rule=SIGNS_ELSEWHERE)


def _due(view: View, ended_at: datetime | None) -> bool:
    return ended_at is not None and GRACE <= view.instant.at - ended_at <= LOOKED_BACK


def _transfer(stay: Stay, unit: str, *, at: datetime | None, cause: str | None, rule: str) -> Draft:
    if at is None or cause is None:
        raise ValueError("a repair rests on something that happened")
    identifier = derived_id(
        "s", kind="stay.transferred", workflow="repair", entity=stay.encounter, position=0, cause=f"{cause} {rule}"
    )
    return Draft(
        id=identifier,
        kind="stay.transferred",
        occurred_at=at,
        source=REPAIRED,
        about=About(unit=unit, patient=stay.patient, encounter=stay.encounter),
        caused_by=(cause,),
        flags=(FLAG, rule),
        payload={"from_unit": stay.unit} if stay.unit else {},
    )
