"""Advice to the house supervisor, a shift at a time: call, keep on or release, each with what it rests on."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from wardwise.hospital.role import Role
from wardwise.hospital.shift import Shift, shifts_from
from wardwise.loop.declare.files import Files
from wardwise.loop.derive.state.advice import AdviceState, advice_states
from wardwise.loop.derive.view import View
from wardwise.loop.estimate.prediction import Prediction
from wardwise.loop.plan.advice import Advice, Indicator, Suggestion
from wardwise.loop.plan.ending import EndedBy, Ending
from wardwise.workflows.staffing.action import NAME, Move, action_of
from wardwise.workflows.staffing.cover import cover
from wardwise.workflows.staffing.decide import Row, Rules, holds, lessened, rules_of
from wardwise.workflows.staffing.demand import Demand, demand
from wardwise.workflows.staffing.estimate import BEYOND, MINUTE, SHIFTS
from wardwise.workflows.staffing.wording import Case, Wording

_A_WHILE = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Moves:
    """Turns needs into advice by the site's policies and sentences; routine differences lead to none."""

    files: Files

    def advise(self, view: View, predictions: Sequence[Prediction]) -> Sequence[Advice]:
        """At most one piece of advice for each shift of each unit, in order of shift."""
        return [
            self._advice(view, index, case)
            for index, prediction in enumerate(predictions)
            for case in self._cases(view, prediction)
        ]

    def ended(self, view: View, prediction: Prediction, standing: AdviceState) -> Ending | None:
        """When other advice on the shift takes its place, or the need has gone for good or the roster is filled."""
        unit, rules = prediction.entity, rules_of(self.files.policies, view, prediction.entity)
        key, _, code = standing.state.rpartition(":")
        found = demand(view, unit, longest=self._forecast_for(view))
        row = next((row for row in _rows(prediction) if row["shift"] == key and "gap" in row), None)
        if found is None or row is None:
            return None
        case = self._case(view, prediction, row, found=found)
        if case is not None:
            says = Wording(self.files, view.folder.site.zone).suggestion(case)
            replaced = Ending(EndedBy.REPLACED, self.files.strings["ended_replaced"].format(now=says), (found.id,))
            return replaced if case.action.code != code else None
        scenario = str(row["scenario"])
        if not lessened(rules, view, unit, row=row, scenario=scenario, was=action_of(code)):
            return None
        facts = {"needed": row["needed"][scenario], "rostered": row["rostered"]}
        says = "ended_enough_beyond_grid" if scenario in row.get(BEYOND, ()) else "ended_enough"
        return Ending(EndedBy.PASSED, self.files.strings[says].format(**facts), prediction.based_on)

    def _cases(self, view: View, prediction: Prediction) -> Iterator[Case]:
        found = demand(view, prediction.entity, longest=self._forecast_for(view))
        if found is None:
            return
        for row in _rows(prediction):
            case = self._case(view, prediction, row, found=found)
            if case is not None:
                yield case

    def _case(self, view: View, prediction: Prediction, row: Row, *, found: Demand) -> Case | None:
        unit, rules = prediction.entity, rules_of(self.files.policies, view, prediction.entity)
        if "gap" not in row or not rules.in_time(row, view.instant.at):
            return None
        scenario = str(row["scenario"])
        action = rules.action(row, scenario)
        if action.count == 0 or not holds(rules, view, unit, row=row, scenario=scenario):
            return None
        shift = _shift_of(view, str(row["shift"]))
        if self._as_much_still_stands(view, unit, shift, row=row, scenario=scenario):
            return None
        actions = {name: rules.action(row, name) for name in ("base", "high", "surge")}
        return Case(
            prediction=prediction,
            row=row,
            shift=shift,
            scenario=scenario,
            action=action,
            actions=actions,
            demand=found,
            cover=cover(view, unit, shift),
        )

    def _as_much_still_stands(self, view: View, unit: str, shift: Shift, *, row: Row, scenario: str) -> bool:
        # Who has agreed to find two finds one as well, and one refresh does not take back what was asked;
        # the gate holds back equal ones and counts them.
        key, rules = f"{shift.key}:", rules_of(self.files.policies, view, unit)
        action = rules.action(row, scenario)
        for earlier in advice_states(view):
            ours = earlier.workflow == NAME and earlier.entity == unit and earlier.state.startswith(key)
            if ours and earlier.pending_at(view.instant.at):
                was = action_of(earlier.state.removeprefix(key))
                stands = earlier.settled or not lessened(rules, view, unit, row=row, scenario=scenario, was=was)
                if was.outdoes(action) and stands:
                    return True
        return False

    def _advice(self, view: View, index: int, case: Case) -> Advice:
        rules = rules_of(self.files.policies, view, case.prediction.entity)
        words = Wording(self.files, view.folder.site.zone)
        act_by = _act_by(case, rules, view.instant.at)
        state = f"{case.shift.key}:{case.action.code}"
        return Advice(
            entity=case.prediction.entity,
            state=state,
            summary=words.summary(case),
            indicator=_indicator(case, rules),
            owner=Role.HOUSE_SUPERVISOR,
            reasons=tuple(words.reasons(case)),
            when_to_ignore=self.files.card.when_to_ignore,
            act_by=act_by,
            expires_at=_expires_at(case, rules, act_by),
            uncertainty=words.uncertainty(case),
            about=case.prediction.about,
            prediction=index,
            detail=tuple(words.detail(case)),
            suggestions=(Suggestion(case.action.code, words.suggestion(case)),),
        )

    def _forecast_for(self, view: View) -> timedelta:
        return int(self.files.policies.value("forecast_for", at=view.instant.at).number) * MINUTE


def _rows(prediction: Prediction) -> Sequence[Row]:
    shifts = prediction.output.get("shifts", ())
    return [row for row in shifts if isinstance(row, Mapping)] if isinstance(shifts, list | tuple) else ()


def _shift_of(view: View, key: str) -> Shift:
    site = view.folder.site
    shifts = shifts_from(view.instant.at, site.patterns, site.zone, count=SHIFTS)
    return next(shift for shift in shifts if shift.key == key)


def _act_by(case: Case, rules: Rules, now: datetime) -> datetime:
    """The notice people need before a shift; where it is too late for that, as soon as anybody can."""
    return max(case.shift.start - rules.notice, now + rules.respond_within)


def _expires_at(case: Case, rules: Rules, act_by: datetime) -> datetime:
    """When too little of the shift is left; so each thing is said once a shift."""
    return max(case.shift.end - rules.least_left, act_by + _A_WHILE)


def _indicator(case: Case, rules: Rules) -> Indicator:
    if case.action.move is Move.RELEASE:
        return Indicator.INFO
    short = -int(case.row["gap"][case.scenario])
    return Indicator.CRITICAL if short >= rules.critical_from else Indicator.WARNING
