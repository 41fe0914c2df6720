"""One turn of the loop: from what is known at an instant to what is said about it. Read this first."""

from collections.abc import Sequence

from wardwise.loop.capture.event import Draft
from wardwise.loop.declare.question import Question
from wardwise.loop.declare.workflow import Workflow
from wardwise.loop.derive.view import View
from wardwise.loop.guard import Guard
from wardwise.loop.published import load_model
from wardwise.loop.record import Record
from wardwise.sites.site import Mode


def turn(workflow: Workflow, view: View, guard: Guard, *, entities: Sequence[str], runtime: str) -> list[Draft]:
    """What a workflow concludes about entities at a view's instant: drafts of predictions, advice, deliveries.

    Nothing is read but the view and nothing is written: the same view gives the same drafts, byte for byte.
    """
    if not entities or guard.mode(workflow, view, None) is Mode.OFF:
        return []
    standing = guard.standing(workflow, view)
    features = workflow.stages.features.compute(view, view.spine(entities))
    model = load_model(workflow, view) if standing.rung.model else None
    question = Question(view, workflow.name, features, model)
    predictions = standing.rung.estimate(question)

    record = Record(workflow, view, standing, features, runtime)
    drafts = [record.prediction(prediction) for prediction in predictions]
    for advice in workflow.stages.advise(view, predictions):
        given = record.advice(advice, cause=drafts[advice.prediction])
        drafts += [given, record.delivery(guard.verdict(workflow, view, advice), advice, cause=given)]
    return drafts
