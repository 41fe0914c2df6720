"""The fallback ladder: the highest rung whose feeds speak and whose model is published."""

from wardwise.errors import ImpossibleValue
from wardwise.loop.declare.rung import Rung, Tier
from wardwise.loop.declare.workflow import Workflow
from wardwise.loop.derive.state.standing import breached_feeds, model_in_use, silent_feeds
from wardwise.loop.derive.view import View
from wardwise.loop.guard import Standing


def standing_of(workflow: Workflow, view: View) -> Standing:
    """The rung that answers now; `why` says what kept the rung above it from answering."""
    silent, breached = silent_feeds(view), breached_feeds(view)
    published = model_in_use(view, workflow.name) is not None
    why = ""
    for rung in workflow.stages.ladder:
        hindered = _hindrance(rung, silent, breached, published=published)
        if not hindered:
            return Standing(rung, why)
        why = why or hindered
    raise ImpossibleValue(
        what=f"the ladder of {workflow.name} has no rung that can always answer",
        remedy=f"End it with a rung of tier {Tier.NONE.value} that needs neither feed nor model.",
    )


def _hindrance(rung: Rung, silent: frozenset[str], breached: frozenset[str], *, published: bool) -> str:
    missing = sorted(silent.intersection(rung.feeds))
    if missing:
        return f"feed {' and '.join(missing)} silent"
    broken = sorted(breached.intersection(rung.feeds))
    if broken:
        return f"feed {' and '.join(broken)} breaks its contract"
    if rung.model and not published:
        return "no model published yet"
    return ""
