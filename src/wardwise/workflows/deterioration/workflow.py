"""Deterioration: NEWS2 of a patient whenever a vital sign arrives, and advice to the charge nurse by its bands."""

from collections.abc import Sequence
from datetime import timedelta

import polars as pl

from wardwise.loop.capture.event import Event
from wardwise.loop.declare.cadence import Cadence, Trigger
from wardwise.loop.declare.files import Files
from wardwise.loop.declare.promise import Promise
from wardwise.loop.declare.workflow import Stages, Workflow
from wardwise.loop.derive.state.stays import stays
from wardwise.loop.derive.view import View
from wardwise.workflows.deterioration.advise import Escalation
from wardwise.workflows.deterioration.estimate import NAME, ladder
from wardwise.workflows.deterioration.features import LOOKBACK, feature_set
from wardwise.workflows.deterioration.kpis import kpis

VERSION = 1


def declare(files: Files) -> Workflow:
    """The workflow at a site."""
    says = files.strings
    return Workflow(
        name=NAME,
        version=VERSION,
        files=files,
        stages=Stages(
            spine=patients,
            features=feature_set(says),
            ladder=ladder(files),
            advise=Escalation(files).advise,
            kpis=kpis(files),
        ),
        promises=(Promise("scored", says["promise_scored"], timedelta(minutes=1)),),
        triggers=(
            Trigger(frozenset({"sign.measured"}), says["why_triggered"]),
            Trigger(frozenset({"feed.silent"}), says["why_silence"]),
        ),
        cadence=Cadence(timedelta(hours=1), says["why_hourly"]),
        tasks=(NAME,),
    )


def patients(view: View, woken_by: Sequence[Event]) -> Sequence[str]:
    """The encounters whose vital signs woke the workflow; without such, all that had one in the last day.

    Whoever has left is passed over; whoever we were not told of is not: a missing admission is no reason for silence.
    """
    signs = [event for event in woken_by if event.kind == "sign.measured"]
    asked = [event.about.encounter for event in signs] + _moved_away(view, signs)
    if len(signs) < len(woken_by) or not woken_by:
        asked += view.events("sign.measured", LOOKBACK)["encounter"].to_list()
    gone = {encounter for encounter, stay in stays(view).items() if stay.ended_at is not None}
    return sorted({encounter for encounter in asked if encounter} - gone)


def _moved_away(view: View, signs: Sequence[Event]) -> list[str | None]:
    # A correction may take a measurement from one patient to another; the first one's score changes too.
    replaced = [event.supersedes for event in signs if event.supersedes]
    return view.table("sign.measured").filter(pl.col("id").is_in(replaced))["encounter"].to_list() if replaced else []
