"""A workflow as declared in its folder: one choice per stage of the loop."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wardwise.loop.capture.event import Event
from wardwise.loop.declare.cadence import Cadence, Trigger
from wardwise.loop.declare.card import WorkflowCard
from wardwise.loop.declare.feature import FeatureSet
from wardwise.loop.declare.files import Files
from wardwise.loop.declare.model import ModelSpec
from wardwise.loop.declare.need import Need
from wardwise.loop.declare.promise import Kpi, Promise
from wardwise.loop.declare.rung import Rung
from wardwise.sites.policies import Policies

if TYPE_CHECKING:
    from wardwise.loop.derive.state.advice import AdviceState
    from wardwise.loop.derive.view import View
    from wardwise.loop.estimate.prediction import Prediction
    from wardwise.loop.plan.advice import Advice
    from wardwise.loop.plan.ending import Ending


@dataclass(frozen=True, slots=True, kw_only=True)
class Stages:
    """The functions of a workflow, one per stage.

    `spine(view, woken_by)` names the entities asked about: encounter tokens, unit keys, the site.
    `advise(view, predictions)` turns predictions into advice; most turns give none.
    `ended(view, prediction, standing)` says why advice nobody has decided on no longer holds; None while it does.
    """

    spine: "Callable[[View, Sequence[Event]], Sequence[str]]"
    features: FeatureSet
    ladder: tuple[Rung, ...]
    advise: "Callable[[View, Sequence[Prediction]], Sequence[Advice]]"
    ended: "Callable[[View, Prediction, AdviceState], Ending | None]"
    kpis: tuple[Kpi, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Workflow:
    """Everything the loop needs to know of one workflow: what its code chooses, and what its files say."""

    name: str
    version: int
    files: Files
    stages: Stages
    promises: tuple[Promise, ...]
    triggers: tuple[Trigger, ...] = ()
    cadence: Cadence | None = None
    model: ModelSpec | None = None
    tasks: tuple[str, ...] = ()

    @property
    def card(self) -> WorkflowCard:
        """What it is for, for whom, and who answers for it."""
        return self.files.card

    @property
    def needs(self) -> tuple[Need, ...]:
        """What it demands of the feeds and of other workflows."""
        return self.files.needs

    @property
    def policies(self) -> Policies:
        """Its numbers, those of the site laid over."""
        return self.files.policies

    @property
    def strings(self) -> Mapping[str, str]:
        """Its sentences."""
        return self.files.strings
