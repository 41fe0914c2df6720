"""When advice on a patient no longer holds: the patient has left or moved, the score is another, a value was corrected.

What is not known ends nothing: while no vital signs arrive, or a measurement is missing that could still score, an
alarm stands.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import polars as pl

from wardwise.hospital.place import name_of
from wardwise.loop.capture.event import About
from wardwise.loop.declare.files import Files
from wardwise.loop.derive.fold.stay import STAYS
from wardwise.loop.derive.state.advice import AdviceState
from wardwise.loop.derive.view import View
from wardwise.loop.estimate.prediction import Prediction
from wardwise.loop.plan.ending import EndedBy, Ending
from wardwise.workflows.deterioration.asked import Asked, Response, rank
from wardwise.workflows.deterioration.estimate import LAST_KNOWN, MEASURED, OUTSIDE, SCORED, stay_of

LATELY = timedelta(hours=48)


@dataclass(frozen=True, slots=True)
class Ends:
    """Why advice ended, in the site's sentences."""

    files: Files

    def ended(self, view: View, prediction: Prediction, standing: AdviceState) -> Ending | None:
        """Why advice no longer holds; None while it does."""
        return self._gone(view, prediction.about, standing) or self._changed(view, prediction, standing)

    def _gone(self, view: View, about: About, standing: AdviceState) -> Ending | None:
        stay, says = stay_of(view, standing.entity), self.files.strings
        if stay is None or ((stay.unit, stay.bed) == (standing.unit, standing.bed) and stay.ended_at is None):
            return None
        traces = _last_told(view, standing.entity)
        if stay.ended_at is not None or about.unit is None:
            return Ending(EndedBy.LEFT, says["ended_left"], traces)
        place = name_of(about.unit) + (f"/{name_of(about.bed)}" if about.bed else "")
        return Ending(EndedBy.MOVED, says["ended_moved"].format(place=place), traces)

    def _changed(self, view: View, prediction: Prediction, standing: AdviceState) -> Ending | None:
        output: Mapping[str, Any] = prediction.output
        state, says = output.get("state"), self.files.strings
        if state == OUTSIDE:
            return Ending(EndedBy.CORRECTED, output["says"], prediction.based_on)
        told = Asked(self.files).of(view, prediction)
        if state not in MEASURED or (told and told.state == standing.state):
            return None
        if standing.state == LAST_KNOWN:
            return Ending(EndedBy.PASSED, says["ended_arriving"], prediction.based_on)
        corrections = _corrections(view, standing)
        by = _by(told, standing, complete=state == SCORED, corrected=bool(corrections))
        return Ending(by, self._score(output, by), corrections or prediction.based_on) if by else None

    def _score(self, output: Mapping[str, Any], by: EndedBy) -> str:
        key = "ended_corrected" if by is EndedBy.CORRECTED else "ended_score"
        least = "" if output["state"] == SCORED else "_at_least"
        return self.files.strings[f"{key}{least}"].format(score=output["partial"])


def _by(told: Response | None, standing: AdviceState, *, complete: bool, corrected: bool) -> EndedBy | None:
    if corrected and (complete or told is None or rank(told.state) < rank(standing.state)):
        return EndedBy.CORRECTED
    if complete:
        return EndedBy.REPLACED if told else EndedBy.PASSED
    return EndedBy.REPLACED if told and rank(told.state) > rank(standing.state) else None


def _corrections(view: View, standing: AdviceState) -> tuple[str, ...]:
    """The events by which measurements that the card scores were replaced or withdrawn."""
    rested_on = {trace for reason in standing.card.get("reasons", ()) for trace in reason["traces"]}
    since, now = view.instant.at - LATELY, view.instant.at
    signs = view.table("sign.measured").filter((pl.col("known_at") <= now) & (pl.col("occurred_at") > since))
    return tuple(signs.filter(pl.col("supersedes").is_in(sorted(rested_on)))["id"].to_list())


def _last_told(view: View, encounter: str) -> tuple[str, ...]:
    """The event that last told of a stay, if it is not long past."""
    told = [view.events(kind, LATELY).filter(pl.col("encounter") == encounter) for kind in sorted(STAYS.kinds)]
    last = [row for events in told for row in events.select("occurred_at", "position", "id").tail(1).iter_rows()]
    return (max(last)[2],) if last else ()
