"""A rung that breaks must not break the workflow, and must not go unseen."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from wardwise.assemble.workflows import load_workflows
from wardwise.govern.runtime.gate import Gate
from wardwise.loop.attempt import attempt
from wardwise.loop.capture.event import About, Draft
from wardwise.loop.declare.question import Question
from wardwise.loop.declare.rung import Rung
from wardwise.loop.declare.workflow import Workflow
from wardwise.loop.derive.view import View
from wardwise.loop.estimate.prediction import Prediction, tier_of
from wardwise.run.faults import fault_drafts, tier_changes
from wardwise.sites.load import SiteFolder

EIGHT = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
VITAL = Draft(
    id="v1",
    kind="sign.measured",
    occurred_at=EIGHT,
    source="oru",
    about=About(encounter="ada", unit="demo/4a"),
    payload={"code": "pulse", "value": "88", "ucum": "/min"},
)


def breaks(_question: Question) -> Sequence[Prediction]:
    raise ZeroDivisionError("ZZPHI must not be told")


@pytest.fixture
def broken(folder: SiteFolder) -> Workflow:
    """Deterioration, with a top rung that breaks."""
    workflow = load_workflows(folder)["deterioration"]
    top = replace(workflow.stages.ladder[0], estimate=breaks)
    return replace(workflow, stages=replace(workflow.stages, ladder=(top, *workflow.stages.ladder[1:])))


def test_the_next_rung_answers_and_says_why(seen: Callable[..., View], broken: Workflow) -> None:
    taken = attempt(broken, seen([VITAL]), Gate(), entities=["ada"], runtime="r")
    said = tier_of(next(draft for draft in taken.drafts if draft.kind == "prediction.made"))
    assert said.tier == "none"  # nobody was scored before, so the last score has nothing to say either
    assert "failed (ZeroDivisionError)" in said.why
    assert taken.faults == (f"{broken.stages.ladder[0].maker}: ZeroDivisionError",)


def test_a_rung_with_nothing_to_say_hands_on_to_the_next_with_its_reason(
    seen: Callable[..., View], folder: SiteFolder
) -> None:
    workflow = load_workflows(folder)["ed_demand"]
    drafts = attempt(workflow, seen([]), Gate(), entities=["demo/ed"], runtime="r").drafts
    said = tier_of(next(draft for draft in drafts if draft.kind == "prediction.made"))
    assert said.tier == "none"
    assert said.why == (
        "no model published yet; mean-of-eight-weeks has too little to go on; last-forecast has too little to go on"
    )


def test_the_fault_is_an_incident_that_names_its_kind_and_no_data(seen: Callable[..., View], broken: Workflow) -> None:
    view = seen([VITAL])
    taken = attempt(broken, view, Gate(), entities=["ada"], runtime="r")
    incidents = list(fault_drafts(broken.name, view, taken.faults))
    assert [draft.kind for draft in incidents] == ["incident.opened"]
    assert "ZZPHI" not in str([draft.payload for draft in [*incidents, *taken.drafts]])


def test_a_fault_in_the_last_rung_is_not_swallowed(seen: Callable[..., View], broken: Workflow) -> None:
    last = Rung(broken.stages.ladder[-1].tier, "none", "none", breaks)
    only = replace(broken, stages=replace(broken.stages, ladder=(last,)))
    with pytest.raises(ZeroDivisionError):
        attempt(only, seen([VITAL]), Gate(), entities=["ada"], runtime="r")


def test_a_change_of_tier_is_told_once(seen: Callable[..., View], folder: SiteFolder, broken: Workflow) -> None:
    whole = load_workflows(folder)["deterioration"]
    before = attempt(whole, seen([VITAL]), Gate(), entities=["ada"], runtime="r").drafts
    later = seen([VITAL, *before], EIGHT + timedelta(days=1))
    after = attempt(broken, later, Gate(), entities=["ada"], runtime="r").drafts
    changes = [draft.payload for draft in tier_changes(broken, later, after)]
    assert [(change["was"], change["tier"]) for change in changes] == [("rule", "none")]
    assert not list(tier_changes(whole, later, attempt(whole, later, Gate(), entities=["ada"], runtime="r").drafts))
