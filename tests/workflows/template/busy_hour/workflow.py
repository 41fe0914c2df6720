"""Busy hour, declared."""

from collections.abc import Sequence
from datetime import timedelta

from wardwise.hospital.place import unit_of
from wardwise.loop.capture.event import Event
from wardwise.loop.declare.cadence import Trigger
from wardwise.loop.declare.files import Files
from wardwise.loop.declare.promise import Promise
from wardwise.loop.declare.workflow import Stages, Workflow
from wardwise.loop.derive.view import View
from wardwise.sites.unit import UnitKind

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
        card=files.card,
        needs=files.needs,
        stages=Stages(
            spine=departments,
            features=feature_set(says),
            ladder=ladder(files),
            advise=BusyHour(files).advise,
            kpis=kpis(files),
        ),
        promises=(Promise("judged", says["promise"], timedelta(minutes=1)),),
        triggers=(Trigger(frozenset({"arrivals.counted"}), says["why_counted"]),),
        policies=files.policies,
        strings=says,
    )


def departments(view: View, _woken_by: Sequence[Event]) -> Sequence[str]:
    """Every emergency department of the site."""
    units = view.folder.site.units
    return [unit_of(view.site, unit.id) for unit in units if unit.kind is UnitKind.ED]
