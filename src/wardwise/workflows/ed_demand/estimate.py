"""The ladder: the model with today's arrivals, the model without, the mean of eight weeks, the last forecast, none."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

import polars as pl

from wardwise.hospital.moment import iso
from wardwise.loop.capture.canonical import Json
from wardwise.loop.capture.event import About
from wardwise.loop.declare.files import Files
from wardwise.loop.declare.question import Question
from wardwise.loop.declare.rung import Rung, Tier
from wardwise.loop.derive.state.standing import model_in_use
from wardwise.loop.derive.view import View
from wardwise.loop.estimate.nobody import nobody, unsaid
from wardwise.loop.estimate.prediction import Prediction
from wardwise.workflows.ed_demand.baseline import baseline
from wardwise.workflows.ed_demand.forecaster import WEEK, Forecaster, by_model, by_rule
from wardwise.workflows.ed_demand.learnt import Learnt
from wardwise.workflows.ed_demand.local_hours import HOUR, start_of
from wardwise.workflows.ed_demand.observed import observed
from wardwise.workflows.ed_demand.said import hourly_output, sums_output, text
from wardwise.workflows.ed_demand.surge import HOURS, MINUTE, NAME, WINDOW, SurgeWatch

TARGET = "ed-arrivals-hourly"
_NOT_OF_THE_PAST = ("surge", "baseline")


def ladder(files: Files) -> tuple[Rung, ...]:
    """The rungs, best first."""
    arrivals = Arrivals(files)
    says = files.strings
    live, history = files.feeds_of("stay.arrived"), files.feeds_of("arrivals.counted")
    return (
        Rung(Tier.FULL, "ed-arrivals-counts", says["tier_full"], arrivals.full, feeds=live, model=True),
        Rung(Tier.REDUCED, "ed-arrivals-history", says["tier_reduced"], arrivals.reduced, feeds=history, model=True),
        Rung(Tier.RULE, "mean-of-eight-weeks", says["tier_rule"], arrivals.rule),
        Rung(Tier.LAST_KNOWN, "last-forecast", says["tier_last_known"], arrivals.last_known),
        nobody(files, TARGET),
    )


@dataclass(frozen=True, slots=True)
class Arrivals:
    """The rungs that give numbers, with the site's policies and sentences."""

    files: Files

    def full(self, question: Question) -> Sequence[Prediction]:
        """The count model, its state carried up to this hour; alone it judges surges."""
        learnt = cast("Learnt", question.model)
        made = []
        for unit in question.features["entity"]:
            forecast = self._forecast(question.view, unit, by_model(learnt))
            more = {**self._surge(question.view, unit, learnt), **self._baseline(question.view, unit)}
            said = {**forecast, **more} if forecast else {}
            made.append(_prediction(question.view, unit, said, model=True))
        return made

    def reduced(self, question: Question) -> Sequence[Prediction]:
        """The same model while nobody tells who arrives: from the hours told of, and no word on a surge."""
        view, outlook = question.view, by_model(cast("Learnt", question.model))
        units = question.features["entity"]
        return [_prediction(view, unit, self._forecast(view, unit, outlook), model=True) for unit in units]

    def rule(self, question: Question) -> Sequence[Prediction]:
        """The mean of the last eight same hours of the week; empty where too few weeks are told of."""
        view = question.view
        made = []
        for unit in question.features["entity"]:
            forecast = self._forecast(view, unit, by_rule)
            made.append(
                _prediction(view, unit, {**forecast, **self._baseline(view, unit)}) if forecast else _empty(unit)
            )
        return made

    def last_known(self, question: Question) -> Sequence[Prediction]:
        """The last forecast with its age in minutes, while the policy lets it stand; nothing on the hours just gone."""
        view = question.view
        longest = int(self.files.policies.value("last_known_for", at=view.instant.at).number) * MINUTE
        return [_last(view, unit, longest) for unit in question.features["entity"]]

    def _forecast(self, view: View, unit: str, forecaster: Forecaster) -> Mapping[str, Json]:
        outlook = forecaster(view, unit, view.instant.at, WEEK)
        if outlook is None:
            return {}
        last = observed(view, unit).last_told
        return {
            "from": iso(start_of(outlook.first)),
            "hours": WEEK,
            "quantiles": hourly_output(outlook),
            "sums": sums_output(view, unit, outlook, forecaster),
            "told_until": iso(start_of(last) + HOUR) if last is not None else None,
        }

    def _surge(self, view: View, unit: str, learnt: Learnt) -> Mapping[str, Json]:
        watch = SurgeWatch(self.files)
        excess = watch.excess(view, unit, learnt)
        if excess is None:
            return {}
        margin = watch.margin(view, unit)
        above = excess.lower > margin
        before = watch.refresh_before(view, unit)
        return {
            "surge": {
                "hours": HOURS,
                "observed": int(excess.observed),
                "expected": text(excess.expected),
                "excess": text(excess.excess),
                "lower80": text(excess.lower),
                "margin": text(margin),
                "above": above,
                "is_surge": above and before is not None and before.above,
            }
        }

    def _baseline(self, view: View, unit: str) -> Mapping[str, Json]:
        least = float(self.files.policies.value("baseline_meaningful", at=view.instant.at, unit=unit).number)
        found = baseline(view, unit, window=WINDOW, least_percent=least)
        if found is None:
            return {}
        says = found.says(self.files.strings, hours=HOURS)
        return {"baseline": {"percent": str(found.percent), "says": says, "meaningful": found.meaningful}}


def _prediction(view: View, unit: str, output: Mapping[str, Json], *, model: bool = False) -> Prediction:
    used = model_in_use(view, NAME) if model else None
    sources = observed(view, unit).sources
    return Prediction(
        entity=unit,
        target=TARGET,
        output=output,
        about=About(unit=unit),
        based_on=(*sources, used[1]) if used else sources,
    )


def _last(view: View, unit: str, longest: timedelta) -> Prediction:
    made = view.events("prediction.made", longest).filter((pl.col("workflow") == NAME) & (pl.col("entity") == unit))
    for row in made.sort("position", descending=True).iter_rows(named=True):
        output: dict[str, Any] = json.loads(row["output"])
        if output and json.loads(row["tier"])["tier"] != Tier.LAST_KNOWN.value:
            kept = {key: value for key, value in output.items() if key not in _NOT_OF_THE_PAST}
            kept["age_min"] = (view.instant.at - row["occurred_at"]) // MINUTE
            return Prediction(entity=unit, target=TARGET, output=kept, about=About(unit=unit), based_on=(row["id"],))
    return _empty(unit)


def _empty(unit: str) -> Prediction:
    return unsaid(TARGET, unit, About(unit=unit))
