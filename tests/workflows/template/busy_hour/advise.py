"""Advice to the charge nurse when the hour was busy."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from wardwise.hospital.place import name_of
from wardwise.hospital.role import Role
from wardwise.loop.declare.files import Files
from wardwise.loop.derive.state.advice import AdviceState
from wardwise.loop.derive.view import View
from wardwise.loop.estimate.prediction import Prediction
from wardwise.loop.plan.advice import Advice, Indicator, Reason, Suggestion
from wardwise.loop.plan.ending import EndedBy, Ending

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class BusyHour:
    """Advises by the site's limit."""

    files: Files

    def advise(self, view: View, predictions: Sequence[Prediction]) -> Sequence[Advice]:
        """One piece of advice for each department whose hour was busy."""
        limit = int(self.files.policies.value("busy_from", at=view.instant.at).number)
        return [
            self._advice(view, index, made, limit)
            for index, made in enumerate(predictions)
            if int(str(made.output.get("count", 0))) >= limit
        ]

    def ended(self, view: View, made: Prediction, _standing: AdviceState) -> Ending | None:
        """When the next hour was not busy; an hour nobody told of ends nothing."""
        limit = int(self.files.policies.value("busy_from", at=view.instant.at).number)
        count = made.output.get("count")
        if count is None or int(str(count)) >= limit:
            return None
        return Ending(EndedBy.PASSED, self.files.strings["ended"].format(count=count), made.based_on)

    def _advice(self, view: View, index: int, made: Prediction, limit: int) -> Advice:
        says, count = self.files.strings, made.output["count"]
        return Advice(
            entity=made.entity,
            state="busy",
            summary=says["summary"].format(unit=name_of(made.entity), count=count),
            indicator=Indicator.INFO,
            owner=Role.CHARGE_NURSE,
            reasons=(Reason(says["reason"].format(count=count, limit=limit), made.based_on),),
            when_to_ignore=self.files.card.when_to_ignore,
            act_by=view.instant.at + HOUR,
            expires_at=view.instant.at + HOUR,
            uncertainty=says["uncertainty"],
            about=made.about,
            prediction=index,
            suggestions=(Suggestion("look", says["suggest"]),),
        )
