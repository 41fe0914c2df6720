"""One turn of the loop: from what is known at an instant to what is said about it. Read this first."""

from collections.abc import Iterator, Sequence

from wardwise.loop.answers import answered
from wardwise.loop.capture.event import Draft
from wardwise.loop.declare.workflow import Workflow
from wardwise.loop.derive.state.advice import advice_states
from wardwise.loop.derive.view import View
from wardwise.loop.estimate.prediction import Prediction
from wardwise.loop.guard import Guard
from wardwise.loop.record import Record
from wardwise.sites.site import Mode


def turn(workflow: Workflow, view: View, guard: Guard, *, entities: Sequence[str], runtime: str) -> list[Draft]:
    """What a workflow concludes at a view's instant: drafts of predictions, of advice ended, of advice and deliveries.

    Nothing is read but the view and nothing is written: the same view gives the same drafts, byte for byte.
    """
    if not entities or guard.mode(workflow, view, None) is Mode.OFF:
        return []
    features = workflow.stages.features.compute(view, view.spine(entities))
    answers = answered(workflow, view, guard, features)
    predictions = [each.prediction for each in answers]

    record = Record(workflow, view, features, runtime)
    drafts = [record.prediction(each.prediction, each.standing) for each in answers]
    drafts += list(_endings(record, drafts, predictions))
    for advice in workflow.stages.advise(view, predictions):
        given = record.advice(advice, answers[advice.prediction].standing, cause=drafts[advice.prediction])
        drafts += [given, record.delivery(guard.verdict(workflow, view, advice), advice, cause=given)]
    return drafts


def _endings(record: Record, made: Sequence[Draft], predictions: Sequence[Prediction]) -> Iterator[Draft]:
    """Unanswered advice on the entities asked about that these predictions no longer bear out."""
    workflow, view, gone = record.workflow, record.view, set[str]()
    for prediction, cause in zip(predictions, made, strict=True):
        for standing in advice_states(view):
            about_it = standing.workflow == workflow.name and standing.entity == prediction.entity
            if about_it and standing.unsettled_at(view.instant.at) and standing.id not in gone:
                ending = workflow.stages.ended(view, prediction, standing)
                if ending:
                    gone.add(standing.id)
                    yield record.ending(standing, ending, cause=cause)
