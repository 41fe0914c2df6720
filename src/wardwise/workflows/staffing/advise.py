"""Advice to the house supervisor, a shift at a time: call, keep on or release, each with what it rests on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from wardwise.hospital.role import Role
from wardwise.hospital.shift import Shift, shifts_from
from wardwise.loop.declare.files import Files
from wardwise.loop.derive.state.advice import advice_states
from wardwise.loop.derive.view import View
from wardwise.loop.estimate.prediction import Prediction
from wardwise.loop.plan.advice import Advice, Indicator, Suggestion
from wardwise.workflows.staffing.cover import cover
from wardwise.workflows.staffing.decide import Action, Move, Row, Rules, action_of, holds, rules_of, scenario_of
from wardwise.workflows.staffing.demand import Demand, demand
from wardwise.workflows.staffing.estimate import MINUTE, NAME, SHIFTS
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

    def _cases(self, view: View, prediction: Prediction) -> Iterator[Case]:
        found = demand(view, prediction.entity, longest=self._forecast_for(view))
        shifts = prediction.output.get("shifts", ())
        if found is None or not isinstance(shifts, list):
            return
        for row in shifts:
            case = self._case(view, prediction, row, found=found)
            if case is not None:
                yield case

    def _case(self, view: View, prediction: Prediction, row: Row, *, found: Demand) -> Case | None:
        unit, rules = prediction.entity, rules_of(self.files.policies, view, prediction.entity)
        if "gap" not in row or not rules.in_time(row, view.instant.at):
            return None
        scenario = scenario_of(row, view.instant.at, surging=found.surging)
        action = rules.action(row, scenario)
        if action.count == 0 or not holds(rules, view, unit, row=row, scenario=scenario):
            return None
        shift = _shift_of(view, str(row["shift"]))
        if _as_much_still_stands(view, unit, shift, action):
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


def _as_much_still_stands(view: View, unit: str, shift: Shift, action: Action) -> bool:
    # Who was asked to find two has been asked to find one; the gate holds back equal ones and counts them.
    key = f"{shift.key}:"
    return any(
        earlier.workflow == NAME
        and earlier.entity == unit
        and earlier.state.startswith(key)
        and earlier.pending_at(view.instant.at)
        and action_of(earlier.state.removeprefix(key)).outdoes(action)
        for earlier in advice_states(view)
    )


def _indicator(case: Case, rules: Rules) -> Indicator:
    if case.action.move is Move.RELEASE:
        return Indicator.INFO
    short = case.action.count + case.action.more
    return Indicator.CRITICAL if short >= rules.critical_from else Indicator.WARNING
