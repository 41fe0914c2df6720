"""ED demand: who will come to the emergency department, hour by hour for a week, and a word when a surge has begun."""

from datetime import timedelta

from wardwise.loop.declare.cadence import Cadence, Trigger
from wardwise.loop.declare.files import Files
from wardwise.loop.declare.promise import Promise
from wardwise.loop.declare.workflow import Stages, Workflow
from wardwise.loop.derive.state.ed import every_department
from wardwise.workflows.ed_demand.advise import SurgeAdvice
from wardwise.workflows.ed_demand.estimate import ladder
from wardwise.workflows.ed_demand.features import feature_set
from wardwise.workflows.ed_demand.kpis import kpis
from wardwise.workflows.ed_demand.learnt import model_spec
from wardwise.workflows.ed_demand.rehearsal import TASKS
from wardwise.workflows.ed_demand.surge import NAME, SurgeWatch

VERSION = 1
REFRESH = timedelta(minutes=15)


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
            advise=SurgeAdvice(files).advise,
            ended=SurgeAdvice(files).ended,
            kpis=kpis(files),
        ),
        promises=(
            Promise("refreshed", says["promise_refreshed"], timedelta(minutes=20)),
            Promise("surge_told", says["promise_surge_told"], timedelta(minutes=30)),
        ),
        triggers=(Trigger(frozenset({"stay.arrived"}), says["why_surge"], SurgeWatch(files).wakes),),
        cadence=Cadence(REFRESH, says["why_refresh"]),
        model=model_spec(),
        tasks=tuple(TASKS),
    )
