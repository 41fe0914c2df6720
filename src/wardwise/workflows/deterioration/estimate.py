"""The ladder: the score from what was measured, the last score with its age, and saying that there is none."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import polars as pl

from wardwise.errors import ImpossibleValue
from wardwise.hospital.moment import from_iso, iso
from wardwise.loop.capture.canonical import Json
from wardwise.loop.capture.event import About
from wardwise.loop.declare.files import Files
from wardwise.loop.declare.question import Question
from wardwise.loop.declare.rung import Rung, Tier
from wardwise.loop.derive.state.stays import Stay, stays
from wardwise.loop.derive.view import View
from wardwise.loop.estimate.nobody import nobody, unsaid
from wardwise.loop.estimate.prediction import Prediction
from wardwise.workflows.deterioration.features import EARLIER
from wardwise.workflows.deterioration.news2 import CITATION, INPUTS, Score
from wardwise.workflows.deterioration.observed import Input, MaxAge, Row, inputs_of, score_of
from wardwise.workflows.deterioration.population import outside

NAME = "deterioration"
TARGET = "news2"
SCORED, INCOMPLETE, OUTSIDE, LAST_KNOWN = "scored", "incomplete", "outside-population", "last-known"
LEFT = "left"
MEASURED = frozenset({SCORED, INCOMPLETE})
_MINUTE = timedelta(minutes=1)


def ladder(files: Files) -> tuple[Rung, ...]:
    """A public score is a rule, however good; so the ladder begins there."""
    scoring = Scoring(files)
    vitals, places = files.feeds_of("sign.measured"), files.feeds_of("stay.admitted")
    says = files.strings
    return (
        Rung(Tier.RULE, "news2-rcp-2017", says["tier_rule"], scoring.rule, feeds=vitals),
        Rung(Tier.LAST_KNOWN, "last-news2", says["tier_last_known"], scoring.last_known, feeds=places),
        nobody(files, TARGET, about_of),
    )


def stay_of(view: View, entity: str) -> Stay | None:
    """The stay of an encounter, also where the visit has been given another number since."""
    known = stays(view)
    return known.get(entity) or next((stay for stay in known.values() if entity in stay.numbers), None)


def about_of(view: View, entity: str) -> About:
    """Where the patient of an encounter is; places are None when nobody has told us."""
    stay = stay_of(view, entity)
    if stay is None:
        return About(encounter=entity)
    return About(unit=stay.unit, bed=stay.bed, patient=stay.patient, encounter=entity)


def gone(view: View, entity: str) -> bool:
    """Whether the patient of an encounter has left."""
    stay = stay_of(view, entity)
    return stay is not None and stay.ended_at is not None


@dataclass(frozen=True, slots=True)
class Scoring:
    """The rungs that give a score, with the site's policies and sentences."""

    files: Files

    def rule(self, question: Question) -> Sequence[Prediction]:
        """NEWS2 of each patient asked about: complete, incomplete, or outside its population; never nothing."""
        view = question.view
        rows = question.features.iter_rows(named=True)
        return [self._left(view, row["entity"]) or self._one(view, row) for row in rows]

    def last_known(self, question: Question) -> Sequence[Prediction]:
        """The last complete score of each with its age in minutes, while the policy lets it stand."""
        view = question.view
        longest = self.files.policies.value("last_known_for", at=view.instant.at).number
        earlier = _last_scores(view, timedelta(minutes=int(longest)))
        asked = question.features["entity"]
        return [self._left(view, entity) or _last(view, entity, earlier.get(entity)) for entity in asked]

    def _left(self, view: View, entity: str) -> Prediction | None:
        # Asked about once more because advice on them stands; a score of somebody who is not here would be noise.
        if not gone(view, entity):
            return None
        output: Mapping[str, Json] = {"state": LEFT, "says": self.files.strings["left"]}
        return Prediction(entity=entity, target=TARGET, output=output, about=about_of(view, entity))

    def _one(self, view: View, row: Row) -> Prediction:
        about = about_of(view, row["entity"])
        inputs = inputs_of(row)
        policies, strings = self.files.policies, self.files.strings
        reason = outside(row, view, about.unit, policies=policies, strings=strings)
        facts = tuple(row[f"{name}_event"] for name in ("born", "spo2_scale", "service") if row[f"{name}_event"])
        if reason:
            output: Mapping[str, Json] = {"state": OUTSIDE, "says": reason, "citation": CITATION}
        else:
            output = self._scored(view, row, inputs, unit=about.unit)
        return Prediction(
            entity=row["entity"],
            target=TARGET,
            output=output,
            about=about,
            based_on=tuple(dict.fromkeys((*(each.event for each in inputs), *facts))),
        )

    def _scored(self, view: View, row: Row, inputs: tuple[Input, ...], *, unit: str | None) -> Mapping[str, Json]:
        at, max_age = view.instant.at, self._max_age(view, unit)
        score = score_of(inputs, row, then=at, max_age=max_age)
        before = inputs_of(row, prefix="earlier_")
        was = score_of(before, row, then=at - EARLIER, max_age=max_age)
        return {
            **_spelled(score),
            "inputs": {each.code: each.spelled() for each in inputs},
            "age_known": row["born"] is not None,
            "earlier": {
                "score": was.score,
                "hours": EARLIER // timedelta(hours=1),
                "events": [each.event for each in before],
            },
        }

    def _max_age(self, view: View, unit: str | None) -> MaxAge:
        rows = self.files.policies.value("input_max_age", at=view.instant.at, unit=unit).rows
        found = {str(row["input"]): timedelta(minutes=int(row["minutes"])) for row in rows}
        absent = ", ".join(code for code in INPUTS if code not in found)
        if absent:
            raise ImpossibleValue(
                what=f"policy input_max_age has no row for {absent}", remedy="Add one for each input."
            )
        return found


def _spelled(score: Score) -> Mapping[str, Json]:
    return {
        "state": SCORED if score.score is not None else INCOMPLETE,
        "score": score.score,
        "band": score.band.value if score.band else None,
        "partial": score.partial,
        "components": dict(score.components),
        "missing": {code: why.value for code, why in score.missing.items()},
        "as_of": iso(score.as_of) if score.as_of else None,
        "variant": score.variant,
        "citation": score.citation,
    }


def _last_scores(view: View, longest: timedelta) -> dict[str, Mapping[str, Any]]:
    made = view.events("prediction.made", longest).filter(pl.col("workflow") == NAME).sort("position")
    found: dict[str, Mapping[str, Any]] = {}
    for row in made.iter_rows(named=True):
        output = json.loads(row["output"])
        if output.get("state") == SCORED:
            found[row["entity"]] = {"id": row["id"], "at": row["occurred_at"], "output": output}
    return found


def _last(view: View, entity: str, known: Mapping[str, Any] | None) -> Prediction:
    if known is None:
        return unsaid(TARGET, entity, about_of(view, entity))
    output: dict[str, Json] = {
        **known["output"],
        "state": LAST_KNOWN,
        "scored_at": iso(known["at"]),
        "age_min": (view.instant.at - from_iso(known["output"]["as_of"])) // _MINUTE,
    }
    return Prediction(
        entity=entity, target=TARGET, output=output, about=about_of(view, entity), based_on=(known["id"],)
    )
