"""The model a view's workflow uses: the one last published by then, read once per artefact."""

from functools import lru_cache
from typing import Any

from wardwise.errors import NotRunnable
from wardwise.loop.declare.model import Artefacts, ModelSpec
from wardwise.loop.declare.workflow import Workflow
from wardwise.loop.derive.state.standing import model_in_use
from wardwise.loop.derive.view import View


def load_model(workflow: Workflow, view: View) -> Any:
    """The loaded model in use at the view's instant; raises NotRunnable where there is none."""
    used = model_in_use(view, workflow.name)
    if used is None or workflow.model is None:
        raise NotRunnable(
            what=f"the full model of {workflow.name}",
            why="no model was published by then",
            remedy=f"Run `wardwise train {workflow.name}`; until then a lower rung answers.",
        )
    return _loaded(workflow.model, view.artefacts, used[0])


@lru_cache(maxsize=32)
def _loaded(spec: ModelSpec, artefacts: Artefacts, sha256: str) -> Any:
    return spec.load(artefacts.get(sha256))
