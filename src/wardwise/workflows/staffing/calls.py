"""Float nurses called to a shift by advice that was accepted, and how many of them the roster does not show yet."""

from dataclasses import dataclass

from wardwise.hospital.shift import Shift
from wardwise.loop.derive.state.advice import AdviceState, advice_states
from wardwise.loop.derive.state.roster import roster
from wardwise.loop.derive.view import View
from wardwise.workflows.staffing.action import NAME, Action, Move, action_of


@dataclass(frozen=True, slots=True)
class Call:
    """A call to a shift that somebody accepted."""

    advice: AdviceState
    action: Action


@dataclass(frozen=True, slots=True)
class Called:
    """Float nurses whose call to a shift was accepted, in all; `coming` are those not on its roster yet."""

    accepted: int = 0
    coming: int = 0
    advice: tuple[str, ...] = ()


def accepted_calls(view: View, unit: str, shift: Shift) -> list[Call]:
    """Calls to a unit's shift that stand as accepted, in order of when they were given."""
    told = [each for each in _accepted(view, shift) if each.entity == unit]
    calls = [Call(each, action_of(each.state.rpartition(":")[2])) for each in told]
    return [each for each in calls if each.action.move is Move.CALL]


def called(view: View, unit: str, shift: Shift) -> Called:
    """The largest accepted call, less who has joined the roster since the first of them was given.

    Where somebody was also to be kept on, the first to join is taken to be that nurse.
    """
    calls = accepted_calls(view, unit, shift)
    if not calls:
        return Called()
    accepted, asked = max(each.action.count for each in calls), max(each.action.total for each in calls)
    before = view.looking_from(calls[0].advice.given_at, view.instant.position)
    joined = len(_staff(view, unit, shift) - _staff(before, unit, shift))
    return Called(
        accepted=accepted,
        coming=min(accepted, max(asked - joined, 0)),
        advice=tuple(each.advice.id for each in calls),
    )


def coming_anywhere(view: View, shift: Shift) -> int:
    """Float nurses on their way to any unit of the house for a shift."""
    units = sorted({each.entity for each in _accepted(view, shift)})
    return sum(called(view, unit, shift).coming for unit in units)


def _accepted(view: View, shift: Shift) -> list[AdviceState]:
    ours = (each for each in advice_states(view) if each.workflow == NAME and each.answer == "accepted")
    return [each for each in ours if each.state.startswith(f"{shift.key}:")]


def _staff(view: View, unit: str, shift: Shift) -> set[str]:
    return {each.staff for each in roster(view) if each.unit == unit and each.starts == shift.start}
