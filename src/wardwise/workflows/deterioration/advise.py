"""Advice to the charge nurse: from which band on, how soon, and once per band until it rises or the advice expires."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from wardwise.hospital.role import Role
from wardwise.loop.declare.files import Files
from wardwise.loop.derive.state.advice import advice_states
from wardwise.loop.derive.view import View
from wardwise.loop.estimate.prediction import Prediction
from wardwise.loop.plan.advice import Advice, Indicator, Reason, Suggestion
from wardwise.workflows.deterioration.estimate import INCOMPLETE, LAST_KNOWN, NAME, SCORED
from wardwise.workflows.deterioration.news2 import Band, band_of
from wardwise.workflows.deterioration.wording import Wording

_RANK = {band.value: band.rank for band in Band}


@dataclass(frozen=True, slots=True)
class Response:
    """What the policy asks for at a state: how pressing, within how long, and when it may be said again."""

    state: str
    indicator: Indicator
    respond_within: timedelta
    repeat_after: timedelta


@dataclass(frozen=True, slots=True)
class Escalation:
    """Turns scores into advice by the site's policies and sentences."""

    files: Files

    def advise(self, view: View, predictions: Sequence[Prediction]) -> Sequence[Advice]:
        """At most one piece of advice for each prediction."""
        found = (self._one(view, index, prediction) for index, prediction in enumerate(predictions))
        return [advice for advice in found if advice is not None]

    def _one(self, view: View, index: int, prediction: Prediction) -> Advice | None:
        output: Mapping[str, Any] = prediction.output
        response = self._response(view, prediction)
        if response is None or _higher_still_stands(view, prediction.entity, response.state):
            return None
        words = Wording(self.files.strings)
        reasons = tuple(self._reasons(words, prediction, response))
        if not reasons:
            return None
        minutes = response.respond_within // timedelta(minutes=1)
        key = _key(response.state)
        return Advice(
            entity=prediction.entity,
            state=response.state,
            summary=self._summary(words, prediction, response),
            indicator=response.indicator,
            owner=Role.CHARGE_NURSE,
            reasons=reasons,
            when_to_ignore=self.files.card.when_to_ignore,
            act_by=view.instant.at + response.respond_within,
            expires_at=view.instant.at + response.repeat_after,
            uncertainty=words.uncertainty(output),
            about=prediction.about,
            prediction=index,
            detail=words.detail(output),
            suggestions=(Suggestion(response.state, self.files.strings[f"suggest_{key}"].format(minutes=minutes)),),
        )

    def _response(self, view: View, prediction: Prediction) -> Response | None:
        # Points that are there cannot be taken back by points that are not: an incomplete score has a least band.
        output: Mapping[str, Any] = prediction.output
        state = output.get("state")
        if state not in {SCORED, INCOMPLETE, LAST_KNOWN}:
            return None
        known = self._known(view, prediction.about.unit)
        told = known.get(band_of(output["components"]).value)
        if state == LAST_KNOWN:
            return known[LAST_KNOWN] if told and LAST_KNOWN in known else None
        if told or state == SCORED:
            return told
        least = self.files.policies.value("incomplete_told_from", at=view.instant.at, unit=prediction.about.unit).number
        return known.get(INCOMPLETE) if output["partial"] >= least else None

    def _known(self, view: View, unit: str | None) -> dict[str, Response]:
        rows = self.files.policies.value("response", at=view.instant.at, unit=unit).rows
        return {str(row["state"]): _response_of(row) for row in rows}

    def _reasons(self, words: Wording, prediction: Prediction, response: Response) -> Iterator[Reason]:
        output: Mapping[str, Any] = prediction.output
        if response.state == LAST_KNOWN:
            says = self.files.strings["reason_last_known"].format(
                score=output["score"], span=words.span(output["age_min"])
            )
            yield Reason(says, prediction.based_on)
        yield from words.reasons(output)

    def _summary(self, words: Wording, prediction: Prediction, response: Response) -> str:
        output: Mapping[str, Any] = prediction.output
        key = _key(response.state)
        least = output["state"] == INCOMPLETE and response.state != INCOMPLETE
        return self.files.strings["summary_at_least" if least else f"summary_{key}"].format(
            place=words.place(prediction.about),
            score=output["partial"],
            trend=words.trend(output),
            gaps=words.gaps(output),
            minutes=response.respond_within // timedelta(minutes=1),
            span=words.span(output.get("age_min", 0)),
        )


def _response_of(row: Mapping[str, Any]) -> Response:
    return Response(
        state=str(row["state"]),
        indicator=Indicator(row["indicator"]),
        respond_within=timedelta(minutes=int(row["respond_within"])),
        repeat_after=timedelta(minutes=int(row["repeat_after"])),
    )


def _higher_still_stands(view: View, entity: str, state: str) -> bool:
    # A band that falls while advice on a higher one still stands says nothing new; the gate holds back equal ones.
    if state not in _RANK:
        return False
    return any(
        earlier.workflow == NAME
        and earlier.entity == entity
        and _RANK.get(earlier.state, -1) > _RANK[state]
        and earlier.pending_at(view.instant.at)
        for earlier in advice_states(view)
    )


def _key(state: str) -> str:
    return state.replace("-", "_")
