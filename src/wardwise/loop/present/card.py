"""The card: one schema for the board, CDS Hooks and everything else that shows advice."""

from collections.abc import Mapping

from wardwise.hospital.moment import iso
from wardwise.loop.capture.canonical import Json
from wardwise.loop.declare.workflow import Workflow
from wardwise.loop.guard import Standing
from wardwise.loop.plan.advice import Advice, Reason


def card(workflow: Workflow, standing: Standing, advice: Advice) -> Mapping[str, Json]:
    """The advice as every surface shows it; times are RFC 3339 in UTC."""
    about = workflow.card
    return {
        "summary": advice.summary,
        "indicator": advice.indicator.value,
        "source": {"label": f"wardwise: {about.title}", "workflow": workflow.name},
        "reasons": [_reason(reason) for reason in advice.reasons],
        "detail": [{"label": label, "says": says} for label, says in advice.detail],
        "uncertainty": advice.uncertainty,
        "when_to_ignore": list(advice.when_to_ignore),
        "suggestions": [{"code": item.code, "label": item.label} for item in advice.suggestions],
        "owner": advice.owner.value,
        "may_override": list(about.may_override),
        "informed": list(about.informed),
        "accountable": about.accountable,
        "tier": {"tier": standing.rung.tier.value, "says": standing.rung.says, "why": standing.why},
        "act_by": iso(advice.act_by),
        "expires_at": iso(advice.expires_at),
    }


def _reason(reason: Reason) -> Mapping[str, Json]:
    said: dict[str, Json] = {"says": reason.says, "traces": list(reason.traces)}
    return said | {"at": iso(reason.at)} if reason.at else said
