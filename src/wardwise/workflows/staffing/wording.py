"""The sentences of a staffing advice, all from strings.yaml; nothing here decides anything."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from wardwise.hospital.moment import from_iso
from wardwise.hospital.place import name_of
from wardwise.hospital.shift import Shift
from wardwise.loop.declare.files import Files
from wardwise.loop.estimate.prediction import Prediction
from wardwise.loop.plan.advice import Reason
from wardwise.workflows.staffing.action import Action, Move
from wardwise.workflows.staffing.cover import Cover
from wardwise.workflows.staffing.demand import SCENARIOS, Demand
from wardwise.workflows.staffing.grid import beyond, grid_of, nurses_for


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One shift that something is to be done about, and all that it rests on."""

    prediction: Prediction
    row: Mapping[str, Any]
    shift: Shift
    scenario: str
    action: Action
    actions: Mapping[str, Action]
    demand: Demand
    cover: Cover


@dataclass(frozen=True, slots=True)
class Wording:
    """Says what a case holds, in the house's words; times are local."""

    files: Files
    zone: str

    def summary(self, case: Case) -> str:
        """`Call 1 float RN to ED for 19:00-07:00: 7 needed, 6 rostered`."""
        return self.files.strings[f"summary_{_kind(case)}"].format(**self._facts(case))

    def suggestion(self, case: Case) -> str:
        """`Call 1 float RN`, and what is to be kept on where nobody else is to be called."""
        return self.files.strings[f"suggest_{_kind(case)}"].format(**self._facts(case))

    def reasons(self, case: Case) -> Iterator[Reason]:
        """The need, the end of the grid, a surge, the roster, earlier calls, the float pool; each with its events."""
        says, facts = self.files.strings, self._facts(case)
        forecast = (case.demand.id,)
        yield Reason(says["reason_need"].format(**facts), forecast)
        limit = self._beyond(case, self._planned(case))
        if limit is not None:
            yield Reason(says["reason_beyond_grid"].format(limit=f"{limit:g}", needed=facts["needed"]), forecast)
        if case.scenario == "surge":
            surge = case.demand.output["surge"]
            came = {"came": surge["observed"], "hours": surge["hours"], "expected": round(float(surge["expected"]))}
            yield Reason(says["reason_surge"].format(**came), forecast)
        yield from self._baseline(case)
        rostered = "reason_roster_out" if case.cover.out else "reason_roster"
        yield Reason(says[rostered].format(**facts), case.cover.traces)
        if case.cover.called.accepted:
            yield Reason(says["reason_called"].format(**facts), case.cover.called.advice)
        if case.cover.free:
            yield Reason(says["reason_float"].format(**facts), tuple(each.event for each in case.cover.pool))

    def _baseline(self, case: Case) -> Iterator[Reason]:
        """The last hours against such days of the month: a shift that means something, or a routine one."""
        found = case.demand.output.get("baseline")
        if found:
            key = "reason_baseline" if found["meaningful"] else "reason_baseline_routine"
            yield Reason(self.files.strings[key].format(says=found["says"]), (case.demand.id,))

    def uncertainty(self, case: Case) -> str:
        """The 80% range of the shift's arrivals and the nurses for it; when an old roster was told."""
        grid = grid_of(self.files.policies, case.shift, case.prediction.entity)
        low, high = case.demand.range80(case.shift)
        least, most = nurses_for(low, case.shift, grid), nurses_for(high, case.shift, grid)
        nurses = str(most) if least == most else self.files.strings["nurses_range"].format(least=least, most=most)
        told = [self.files.strings["uncertainty"].format(low=round(low), high=round(high), nurses=nurses)]
        limit = beyond(high, case.shift, grid)
        if limit is not None:
            told.append(self.files.strings["uncertainty_beyond_grid"].format(limit=f"{limit:g}", needed=most))
        if case.demand.tier != "full":
            told.append(self.files.strings["uncertainty_tier"])
        as_told = case.prediction.output.get("roster_told_at")
        if isinstance(as_told, str):
            at = from_iso(as_told).astimezone(ZoneInfo(self.zone))
            told.append(self.files.strings["uncertainty_roster"].format(clock=f"{at:%a %H:%M}"))
        return " ".join(told)

    def detail(self, case: Case) -> Iterator[tuple[str, str]]:
        """What each scenario asks for."""
        for name in SCENARIOS:
            arrivals, limit = case.demand.arrivals(case.shift, name) or 0.0, self._beyond(case, name)
            key = "detail_scenario" if limit is None else "detail_scenario_beyond_grid"
            says = self.files.strings[key].format(
                arrivals=round(arrivals),
                needed=case.row["needed"][name],
                action=self._action(case, case.actions[name]),
                limit=f"{limit or 0:g}",
            )
            yield self.files.strings[f"label_{name}"], says

    def _planned(self, case: Case) -> str:
        """The scenario whose need is set against the roster: for a release, a high day's."""
        return "high" if case.action.move is Move.RELEASE else case.scenario

    def _beyond(self, case: Case, scenario: str) -> float | None:
        """The arrivals the grid goes to, where the scenario's are more."""
        grid = grid_of(self.files.policies, case.shift, case.prediction.entity)
        return beyond(case.demand.arrivals(case.shift, scenario) or 0.0, case.shift, grid)

    def _action(self, case: Case, action: Action) -> str:
        if not action.count:
            return self.files.strings["action_none"]
        again = action.move is Move.CALL and case.cover.called.accepted
        key = f"action_{action.move.value}" + ("_again" if again else "") + ("_more" if action.more else "")
        return self.files.strings[key].format(n=action.count, more=action.more)

    def _facts(self, case: Case) -> dict[str, Any]:
        grid = grid_of(self.files.policies, case.shift, case.prediction.entity)
        planned = self._planned(case)
        return {
            "n": case.action.count,
            "further": case.action.count - case.cover.called.accepted,
            "accepted": case.cover.called.accepted,
            "coming": case.cover.called.coming,
            "more": case.action.more,
            "unit": name_of(case.prediction.entity).upper(),
            "from": self._clock(case.shift.start),
            "to": self._clock(case.shift.end),
            "needed": case.row["needed"][planned],
            "rostered": case.row["rostered"],
            "out": case.row["called_out"],
            "free": case.row["float_free"],
            "arrivals": round(case.demand.arrivals(case.shift, planned) or 0.0),
            "citation": grid.citation,
        }

    def _clock(self, at: datetime) -> str:
        return at.astimezone(ZoneInfo(self.zone)).strftime("%H:%M")


def _kind(case: Case) -> str:
    """The sentence a case asks for; after an earlier call, whether further nurses are called or only kept on."""
    move, more = case.action.move.value, "_more" if case.action.more else ""
    accepted = case.cover.called.accepted
    if case.action.move is Move.CALL and accepted:
        if case.action.count > accepted:
            return f"{move}_again{more}"
        return f"{move}_over{more}" if more else move
    return f"{move}{more}"
