"""The fallback ladder: the highest rung whose feeds speak, keep their contracts, and whose model is published."""

from collections.abc import Sequence

from wardwise.errors import ImpossibleValue
from wardwise.loop.declare.rung import Rung, Tier
from wardwise.loop.declare.workflow import Workflow
from wardwise.loop.derive.state.breaches import Breach, breaches
from wardwise.loop.derive.state.charge import covered_for
from wardwise.loop.derive.state.standing import model_in_use, silent_feeds
from wardwise.loop.derive.view import View
from wardwise.loop.guard import Standing


def standing_of(workflow: Workflow, view: View) -> Standing:
    """The rung that answers now; `why` says what kept the rung above it from answering."""
    covered = _covered(workflow, view)
    silent = silent_feeds(view) - covered
    broken = [breach for breach in touching(workflow, breaches(view)) if breach.feed not in covered]
    published = model_in_use(view, workflow.name) is not None
    why = ""
    for rung in workflow.stages.ladder:
        hindered = _hindrance(rung, silent, broken, published=published)
        if not hindered:
            return Standing(rung, why)
        why = why or hindered
    raise ImpossibleValue(
        what=f"the ladder of {workflow.name} has no rung that can always answer",
        remedy=f"End it with a rung of tier {Tier.NONE.value} that needs neither feed nor model.",
    )


def touching(workflow: Workflow, broken: Sequence[Breach]) -> tuple[Breach, ...]:
    """The breaches on which a workflow steps down: those of a kind and field it reads from that feed."""
    return tuple(breach for breach in broken if breach.steps_down and _read_by(workflow, breach))


def _read_by(workflow: Workflow, breach: Breach) -> bool:
    read = [need for need in workflow.needs if need.feed in {None, breach.feed}]
    return any(breach.touches(need.kind, need.fields) for need in read)


def _covered(workflow: Workflow, view: View) -> frozenset[str]:
    """Feeds for which a second source stands in now, for everything the workflow reads of them."""
    found = set()
    for feed in {feed for pair in view.folder.site.two_sources for feed in pair.feeds}:
        contract = view.folder.contracts.get(feed)
        read = [need.kind for need in workflow.needs if need.feed in {None, feed}]
        kinds = [kind for kind in read if contract is not None and contract.provided(kind)]
        if covered_for(view, feed, kinds):
            found.add(feed)
    return frozenset(found)


def _hindrance(rung: Rung, silent: frozenset[str], broken: Sequence[Breach], *, published: bool) -> str:
    missing = sorted(silent.intersection(rung.feeds))
    if missing:
        return f"feed {' and '.join(missing)} silent"
    breach = next((breach for breach in broken if breach.feed in rung.feeds), None)
    if breach is not None:
        return breach.says
    if rung.model and not published:
        return "no model published yet"
    return ""
