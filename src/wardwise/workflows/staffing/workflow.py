"""Staffing: after every forecast of arrivals and every call-out, nurses needed against nurses rostered."""

from collections.abc import Sequence
from datetime import timedelta

from wardwise.loop.capture.event import Event
from wardwise.loop.declare.cadence import Trigger
from wardwise.loop.declare.files import Files
from wardwise.loop.declare.promise import Promise
from wardwise.loop.declare.workflow import Stages, Workflow
from wardwise.loop.derive.state.ed import every_department
from wardwise.loop.derive.view import View
from wardwise.workflows.staffing.action import NAME
from wardwise.workflows.staffing.advise import Moves
from wardwise.workflows.staffing.demand import FORECASTER
from wardwise.workflows.staffing.estimate import ladder
from wardwise.workflows.staffing.features import feature_set
from wardwise.workflows.staffing.kpis import kpis
from wardwise.workflows.staffing.rehearsal import TASKS

VERSION = 2


def declare(files: Files) -> Workflow:
    """The workflow at a site."""
    says = files.strings
    return Workflow(
        name=NAME,
        version=VERSION,
        files=files,
        stages=Stages(
            spine=every_department,
            features=feature_set(says),
            ladder=ladder(files),
            advise=Moves(files).advise,
            ended=Moves(files).ended,
            kpis=kpis(files),
        ),
        promises=(Promise("call_out_answered", says["promise_call_out"], timedelta(minutes=1)),),
        triggers=(
            Trigger(frozenset({"prediction.made"}), says["why_forecast"], forecast),
            Trigger(frozenset({"shift.called_out"}), says["why_call_out"]),
        ),
        tasks=tuple(TASKS),
    )


def forecast(_view: View, events: Sequence[Event]) -> bool:
    """Whether a forecast of arrivals is among them."""
    return any(event.payload.get("workflow") == FORECASTER for event in events)
