"""What a turn's faults and changes of tier leave in the log, so that nothing degrades unseen."""

from collections.abc import Iterator, Sequence

from wardwise.hospital.moment import iso
from wardwise.loop.capture.event import Draft
from wardwise.loop.capture.ids import derived_id
from wardwise.loop.declare.workflow import Workflow
from wardwise.loop.derive.state.standing import best_tier, last_tier
from wardwise.loop.derive.view import View
from wardwise.loop.estimate.prediction import tier_of


def tier_changes(workflow: Workflow, view: View, drafts: Sequence[Draft]) -> Iterator[Draft]:
    """A `tier.changed` when this turn answered from another rung than the turn before it."""
    made = [tier_of(draft) for draft in drafts if draft.kind == "prediction.made"]
    was, best = last_tier(view, workflow.name), best_tier(each.tier for each in made)
    now = next((each for each in made if each.tier == best), None)
    if now is not None and was is not None and now.tier != was:
        payload = {"workflow": workflow.name, "tier": now.tier, "was": was, "why": now.why or "inputs are back"}
        yield _draft("tier.changed", workflow.name, view, payload)


def fault_drafts(step: str, view: View, faults: Sequence[str]) -> Iterator[Draft]:
    """An `incident.opened` for each thing that broke in a step; it names the kind of fault, never the data."""
    for number, fault in enumerate(faults):
        payload = {"what": f"{step}: {fault}", "severity": "degraded", "where": f"{step}, fault {number + 1}"}
        yield _draft("incident.opened", step, view, payload, entity=fault)


def _draft(kind: str, step: str, view: View, payload: dict[str, str], *, entity: str = "") -> Draft:
    at = view.instant.at
    identifier = derived_id("g", kind=kind, workflow=step, entity=entity, position=view.instant.position, cause=iso(at))
    return Draft(id=identifier, kind=kind, occurred_at=at, source=f"wardwise/{step}", payload=payload)
