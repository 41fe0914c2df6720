"""Busy hour, declared."""

from datetime import timedelta

from wardwise.loop.declare.cadence import Trigger
from wardwise.loop.declare.files import Files
from wardwise.loop.declare.promise import Promise
from wardwise.loop.declare.workflow import Stages, Workflow
from wardwise.loop.derive.state.ed import every_department

from .advise import BusyHour
from .estimate import ladder
from .features import feature_set
from .kpis import kpis


def declare(files: Files) -> Workflow:
    """The workflow at a site."""
    says = files.strings
    return Workflow(
        name="busy_hour",
        version=1,
        files=files,
        stages=Stages(
            spine=every_department,
            features=feature_set(says),
            ladder=ladder(files),
            advise=BusyHour(files).advise,
            ended=BusyHour(files).ended,
            kpis=kpis(files),
        ),
        promises=(Promise("judged", says["promise"], timedelta(minutes=1)),),
        triggers=(Trigger(frozenset({"arrivals.counted"}), says["why_counted"]),),
    )
