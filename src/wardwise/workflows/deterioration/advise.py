"""Advice to the charge nurse: from which band on, how soon, and once per band until it rises or the advice expires."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from wardwise.hospital.moment import from_iso
from wardwise.hospital.role import Role
from wardwise.loop.declare.files import Files
from wardwise.loop.derive.state.advice import advice_states
from wardwise.loop.derive.view import View
from wardwise.loop.estimate.prediction import Prediction
from wardwise.loop.plan.advice import Advice, Reason, Suggestion
from wardwise.workflows.deterioration.asked import Asked, Response, rank
from wardwise.workflows.deterioration.ended import Ends
from wardwise.workflows.deterioration.estimate import INCOMPLETE, LAST_KNOWN, NAME
from wardwise.workflows.deterioration.wording import Wording


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
        response = Asked(self.files).of(view, prediction)
        if response is None or self._higher_still_stands(view, prediction, response.state):
            return None
        words = Wording(self.files.strings, view.folder.site.zone, view.instant.at)
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

    def _higher_still_stands(self, view: View, prediction: Prediction, state: str) -> bool:
        # Somebody has decided on a higher band there, or the score does not show that it is over: nothing new to say.
        ends = Ends(self.files)
        return any(
            earlier.workflow == NAME
            and earlier.entity == prediction.entity
            and earlier.unit == prediction.about.unit
            and rank(earlier.state) > rank(state) >= 0
            and earlier.pending_at(view.instant.at)
            and (earlier.settled or ends.ended(view, prediction, earlier) is None)
            for earlier in advice_states(view)
        )

    def _reasons(self, words: Wording, prediction: Prediction, response: Response) -> Iterator[Reason]:
        output: Mapping[str, Any] = prediction.output
        if response.state == LAST_KNOWN:
            at = from_iso(output["as_of"])
            says = self.files.strings["reason_last_known"].format(score=output["score"], clock=words.clock(at))
            yield Reason(says, prediction.based_on, at)
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
            clock=words.clock(from_iso(output["as_of"])) if output["as_of"] else "",
        )


def _key(state: str) -> str:
    return state.replace("-", "_")
