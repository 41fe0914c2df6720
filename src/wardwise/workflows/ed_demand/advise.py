"""Advice on a surge and on nothing else: a quiet day, a busy one and the season lead to silence."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from wardwise.hospital.place import name_of
from wardwise.hospital.role import Role
from wardwise.loop.declare.files import Files
from wardwise.loop.derive.state.advice import AdviceState, advice_states
from wardwise.loop.derive.view import View
from wardwise.loop.estimate.prediction import Prediction
from wardwise.loop.plan.advice import Advice, Indicator, Reason, Suggestion
from wardwise.loop.plan.ending import EndedBy, Ending
from wardwise.workflows.ed_demand.said import text
from wardwise.workflows.ed_demand.surge import MINUTE, NAME, Refresh, SurgeWatch

_REVIEW, _PLAN = "review-staffing", "open-surge-plan"
_STATE = "surge-"


@dataclass(frozen=True, slots=True)
class SurgeAdvice:
    """Turns a surge into advice by the site's policies and sentences."""

    files: Files

    def advise(self, view: View, predictions: Sequence[Prediction]) -> Sequence[Advice]:
        """One piece of advice for each department in a surge."""
        found = (self._one(view, index, prediction) for index, prediction in enumerate(predictions))
        return [advice for advice in found if advice is not None]

    def ended(self, view: View, prediction: Prediction, standing: AdviceState) -> Ending | None:
        """A surge is over at the second refresh running that is not above the margin, or when it has grown anew."""
        surge: Mapping[str, Any] | None = prediction.output.get("surge")  # type: ignore[assignment]
        if not surge:
            return None
        watch, says = SurgeWatch(self.files), self.files.strings
        level = watch.level(view, prediction.entity, float(surge["lower80"]))
        facts = {"came": surge["observed"], "hours": surge["hours"], "expected": _whole(surge["expected"])}
        if surge["is_surge"]:
            grown = level > int(standing.state.removeprefix(_STATE))
            return Ending(EndedBy.REPLACED, says["ended_grown"].format(**facts), prediction.based_on) if grown else None
        before = watch.refresh_before(view, prediction.entity)
        if surge["above"] or before is None or before.above:
            return None
        return Ending(EndedBy.PASSED, says["ended_over"].format(**facts), (before.id, *prediction.based_on))

    def _one(self, view: View, index: int, prediction: Prediction) -> Advice | None:
        output: Mapping[str, Any] = prediction.output
        watch = SurgeWatch(self.files)
        before = watch.refresh_before(view, prediction.entity)
        if not output.get("surge", {}).get("is_surge") or before is None:
            return None
        surge, now = output["surge"], view.instant.at
        level = watch.level(view, prediction.entity, float(surge["lower80"]))
        if _more_still_stands(view, prediction.entity, level):
            return None
        within = self._minutes(view, "surge_respond_within")
        return Advice(
            entity=prediction.entity,
            state=f"{_STATE}{level}",
            summary=self._summary(view, prediction, surge),
            indicator=Indicator.WARNING if level == 1 else Indicator.CRITICAL,
            owner=Role.HOUSE_SUPERVISOR,
            reasons=tuple(self._reasons(view, prediction, before)),
            when_to_ignore=self.files.card.when_to_ignore,
            act_by=now + within,
            expires_at=now + self._minutes(view, "surge_repeat_after"),
            uncertainty=self._uncertainty(output),
            about=prediction.about,
            prediction=index,
            detail=tuple(self._detail(output)),
            suggestions=tuple(
                Suggestion(code, self.files.strings[f"suggest_{_key(code)}"]) for code in (_REVIEW, _PLAN)
            ),
        )

    def _summary(self, view: View, prediction: Prediction, surge: Mapping[str, Any]) -> str:
        return self.files.strings["summary_surge"].format(
            unit=name_of(prediction.entity).upper(),
            came=surge["observed"],
            hours=surge["hours"],
            expected=_whole(surge["expected"]),
            minutes=self._minutes(view, "surge_respond_within") // MINUTE,
        )

    def _reasons(self, view: View, prediction: Prediction, before: Refresh) -> Iterator[Reason]:
        says, output = self.files.strings, prediction.output
        surge: Mapping[str, Any] = output["surge"]  # type: ignore[assignment]
        sources = prediction.based_on
        facts = {"came": surge["observed"], "hours": surge["hours"], "expected": _whole(surge["expected"])}
        yield Reason(says["reason_came"].format(**facts), sources)
        most = float(surge["observed"]) - float(surge["lower80"])
        beyond = says["reason_beyond"].format(most=text(most), lower=surge["lower80"], margin=surge["margin"])
        yield Reason(beyond, sources)
        clock = before.at.astimezone(ZoneInfo(view.folder.site.zone)).strftime("%H:%M")
        yield Reason(says["reason_running"].format(clock=clock, excess=before.surge["excess"]), (before.id,))

    def _uncertainty(self, output: Mapping[str, Any]) -> str:
        ahead = output["sums"]["next4h"]
        return self.files.strings["uncertainty"].format(low=_whole(ahead["0.1"]), high=_whole(ahead["0.9"]))

    def _detail(self, output: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        says, surge, ahead = self.files.strings, output["surge"], output["sums"]["next4h"]
        came = says["detail_came"].format(came=surge["observed"], expected=_whole(surge["expected"]))
        yield says["label_came"].format(hours=surge["hours"]), came
        if "baseline" in output:
            yield says["label_baseline"], output["baseline"]["says"]
        coming = {"middle": _whole(ahead["0.5"]), "low": _whole(ahead["0.1"]), "high": _whole(ahead["0.9"])}
        yield says["label_next"], says["detail_next"].format(**coming)

    def _minutes(self, view: View, name: str) -> timedelta:
        return int(self.files.policies.value(name, at=view.instant.at).number) * MINUTE


def _more_still_stands(view: View, unit: str, level: int) -> bool:
    # A surge that shrinks and goes on says nothing new.
    return any(
        earlier.workflow == NAME
        and earlier.entity == unit
        and int(earlier.state.removeprefix(_STATE)) > level
        and earlier.shown
        and earlier.pending_at(view.instant.at)
        for earlier in advice_states(view)
    )


def _whole(number: str) -> int:
    return round(float(number))


def _key(code: str) -> str:
    return code.replace("-", "_")
