"""Who answers for each entity: the highest rung that may, and where it has nothing to say the next below it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import polars as pl

from wardwise.loop.declare.question import Question
from wardwise.loop.declare.rung import Rung
from wardwise.loop.declare.workflow import Workflow
from wardwise.loop.derive.view import View
from wardwise.loop.estimate.prediction import Prediction
from wardwise.loop.guard import Guard, Standing
from wardwise.loop.published import load_model


@dataclass(frozen=True, slots=True)
class Answered:
    """A prediction and the rung it came from, with why not a better one."""

    prediction: Prediction
    standing: Standing


class RungFailed(Exception):
    """A rung broke while it answered; the cause is the fault itself."""

    def __init__(self, rung: Rung) -> None:
        """Remember which rung it was."""
        super().__init__(rung.maker)
        self.rung = rung


def answered(workflow: Workflow, view: View, guard: Guard, features: pl.DataFrame) -> list[Answered]:
    """An answer for every row of features, in their order; an empty one only from the last rung of the ladder."""
    found: dict[str, list[Answered]] = {str(entity): [] for entity in features["entity"]}
    for each in _descend(workflow, view, guard, features):
        found[each.prediction.entity].append(each)
    return [each for of_one in found.values() for each in of_one]


def _descend(workflow: Workflow, view: View, guard: Guard, features: pl.DataFrame) -> Iterator[Answered]:
    whys: list[str] = []
    while not features.is_empty():
        standing = guard.standing(workflow, view)
        rung, whys = standing.rung, [*whys, *([standing.why] if standing.why else [])]
        told = replace(standing, why="; ".join(dict.fromkeys(whys)))
        below = workflow.stages.ladder[workflow.stages.ladder.index(rung) + 1 :]
        made = _estimate(rung, workflow, view, features)
        speaking = {each.entity for each in made if each.output or not below}
        yield from (Answered(each, told) for each in made if each.entity in speaking)
        features = features.filter(~pl.col("entity").is_in(sorted(speaking)))
        whys = [*whys, f"{rung.maker} has too little to go on"]
        if not below:
            return
        workflow = replace(workflow, stages=replace(workflow.stages, ladder=below))


def _estimate(rung: Rung, workflow: Workflow, view: View, features: pl.DataFrame) -> list[Prediction]:
    try:
        model = load_model(workflow, view) if rung.model else None
        return list(rung.estimate(Question(view, workflow.name, features, model)))
    except Exception as fault:
        raise RungFailed(rung) from fault
