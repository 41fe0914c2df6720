"""The decision record: what was seen, by which versions it was made, and what it led to."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

import wardwise
from wardwise.hospital.moment import iso
from wardwise.loop.capture.canonical import Json, canonical, digest
from wardwise.loop.capture.event import About, Draft
from wardwise.loop.capture.ids import derived_id
from wardwise.loop.capture.kinds import CATALOGUE
from wardwise.loop.declare.workflow import Workflow
from wardwise.loop.derive.state.advice import AdviceState
from wardwise.loop.derive.state.standing import model_in_use
from wardwise.loop.derive.view import View
from wardwise.loop.estimate.prediction import Prediction
from wardwise.loop.guard import Standing, Verdict
from wardwise.loop.plan.advice import Advice
from wardwise.loop.plan.ending import Ending
from wardwise.loop.present.card import card
from wardwise.loop.present.delivery import delivery


@dataclass(frozen=True, slots=True)
class Record:
    """Writes down what one turn concluded."""

    workflow: Workflow
    view: View
    features: pl.DataFrame
    runtime: str

    def prediction(self, made: Prediction, standing: Standing) -> Draft:
        """A prediction with its feature row's hash, versions and tier."""
        payload: dict[str, Json] = {
            "workflow": self.workflow.name,
            "entity": made.entity,
            "target": made.target,
            "output": made.output,
            "seen": self._seen(made.entity),
            "versions": self._versions(standing),
            "tier": _tier(standing),
        }
        entity = f"{made.entity}/{made.target}"
        cause = made.based_on[0] if made.based_on else ""
        return self._draft("prediction.made", payload, about=made.about, entity=entity, causes=made.based_on, by=cause)

    def advice(self, advice: Advice, standing: Standing, *, cause: Draft) -> Draft:
        """Advice as its card, caused by the prediction it follows from."""
        payload: dict[str, Json] = {
            "workflow": self.workflow.name,
            "entity": advice.entity,
            "state": advice.state,
            "card": card(self.workflow, standing, advice),
            "expires_at": iso(advice.expires_at),
        }
        entity = f"{advice.entity}/{advice.state}"
        return self._draft("advice.given", payload, about=advice.about, entity=entity, causes=(cause.id,), by=cause.id)

    def ending(self, standing: AdviceState, ending: Ending, *, cause: Draft) -> Draft:
        """That advice no longer holds and why, caused by the prediction that shows it; about whom it was for."""
        payload: dict[str, Json] = {
            "workflow": self.workflow.name,
            "entity": standing.entity,
            "advice": standing.id,
            "by": ending.by.value,
            "says": ending.says,
        }
        about = About(unit=standing.unit, bed=standing.bed, patient=standing.patient, encounter=standing.encounter)
        causes = tuple(dict.fromkeys((cause.id, standing.id, *ending.traces)))
        return self._draft("advice.ended", payload, about=about, entity=standing.id, causes=causes, by=cause.id)

    def delivery(self, verdict: Verdict, advice: Advice, *, cause: Draft) -> Draft:
        """That the advice went out, or was withheld and why."""
        payload = dict(delivery(self.workflow.name, verdict))
        payload["receiver"] = advice.owner.value
        return self._draft(
            "delivery.made", payload, about=advice.about, entity=advice.entity, causes=(cause.id,), by=cause.id
        )

    def _draft(
        self, kind: str, payload: Mapping[str, Json], *, about: About, entity: str, causes: tuple[str, ...], by: str
    ) -> Draft:
        position = self.view.instant.position
        return Draft(
            id=derived_id(
                CATALOGUE[kind].letter,
                kind=kind,
                workflow=self.workflow.name,
                entity=entity,
                position=position,
                cause=f"{by}@{iso(self.view.instant.at)}",
            ),
            kind=kind,
            occurred_at=self.view.instant.at,
            source=f"wardwise/{self.workflow.name}",
            about=about,
            caused_by=causes,
            payload=payload,
        )

    def _seen(self, entity: str) -> Mapping[str, Json]:
        rows = self.view.keep(f"rows of {self.workflow.name}", lambda _: _row_digests(self.features))
        return {"at": iso(self.view.instant.at), "position": self.view.instant.position, "row": rows[entity]}

    def _versions(self, standing: Standing) -> Mapping[str, Json]:
        stages = self.workflow.stages
        model = model_in_use(self.view, self.workflow.name) if standing.rung.model else None
        return {
            "workflow": f"{self.workflow.name}@{self.workflow.version}",
            "features": f"{stages.features.name}@{stages.features.version}:{stages.features.digest[:12]}",
            "model": model[0] if model else "none",
            "policy": self.workflow.policies.version,
            "site": self.view.folder.digest,
            "wardwise": wardwise.__version__,
            "runtime": self.runtime,
        }


def _tier(standing: Standing) -> Mapping[str, Json]:
    rung = standing.rung
    return {"tier": rung.tier.value, "maker": rung.maker, "says": rung.says, "why": standing.why}


def _row_digests(features: pl.DataFrame) -> dict[str, str]:
    # Values as text: floats by their shortest spelling, instants in UTC, so that equal rows have equal bytes.
    rows = features.drop("position", strict=False).iter_rows(named=True)
    spelt = ({name: None if value is None else str(value) for name, value in row.items()} for row in rows)
    return {str(row["entity"]): digest(canonical([row])) for row in spelt}
