"""Deterioration: NEWS2 of a patient whenever a vital sign arrives, and advice to the charge nurse by its bands."""

from collections.abc import Sequence
from datetime import timedelta

import polars as pl

from wardwise.loop.capture.event import Event
from wardwise.loop.declare.cadence import Cadence, Trigger
from wardwise.loop.declare.files import Files
from wardwise.loop.declare.promise import Promise
from wardwise.loop.declare.workflow import Stages, Workflow
from wardwise.loop.derive.state.advice import advice_states
from wardwise.loop.derive.view import View
from wardwise.workflows.deterioration.advise import Escalation
from wardwise.workflows.deterioration.ended import Ends
from wardwise.workflows.deterioration.estimate import NAME, gone, ladder
from wardwise.workflows.deterioration.features import LOOKBACK, feature_set
from wardwise.workflows.deterioration.kpis import kpis

VERSION = 1
PLACED = frozenset(f"stay.{word}" for word in ("admitted", "transferred", "discharged", "cancelled", "updated"))


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
            ended=Ends(files).ended,
            kpis=kpis(files),
        ),
        promises=(Promise("scored", says["promise_scored"], timedelta(minutes=1)),),
        triggers=(
            Trigger(frozenset({"sign.measured"}), says["why_triggered"]),
            Trigger(frozenset({"feed.silent"}), says["why_silence"]),
            Trigger(PLACED, says["why_stay"], advised_on),
        ),
        cadence=Cadence(timedelta(hours=1), says["why_hourly"]),
        tasks=(NAME,),
    )


def patients(view: View, woken_by: Sequence[Event]) -> Sequence[str]:
    """The encounters whose vital signs woke the workflow; without such, all that had one in the last day.

    Whoever has left is passed over unless advice on them stands; whoever we were not told of is not: a missing
    admission is no reason for silence. Whoever advice was given on is asked about again when told of anew.
    """
    signs = [event for event in woken_by if event.kind == "sign.measured"]
    asked = [event.about.encounter for event in signs] + _moved_away(view, signs)
    advised, standing = _advised(view), _advised(view, unsettled=True)
    asked += [event.about.encounter for event in woken_by if event.kind in PLACED and event.about.encounter in advised]
    if not woken_by or any(event.kind == "feed.silent" for event in woken_by):
        asked += [*view.events("sign.measured", LOOKBACK)["encounter"].to_list(), *standing]
    return sorted({each for each in asked if each and (each in standing or not gone(view, each))})


def advised_on(view: View, events: Sequence[Event]) -> bool:
    """Whether they tell of a patient on whom advice was given that has not run out."""
    return not _advised(view).isdisjoint(event.about.encounter for event in events)


def _advised(view: View, *, unsettled: bool = False) -> set[str | None]:
    now = view.instant.at
    return {
        each.entity
        for each in advice_states(view)
        if each.workflow == NAME and (each.unsettled_at(now) if unsettled else now < each.expires_at)
    }


def _moved_away(view: View, signs: Sequence[Event]) -> list[str | None]:
    # A correction may take a measurement from one patient to another; the first one's score changes too.
    replaced = [event.supersedes for event in signs if event.supersedes]
    return view.table("sign.measured").filter(pl.col("id").is_in(replaced))["encounter"].to_list() if replaced else []
