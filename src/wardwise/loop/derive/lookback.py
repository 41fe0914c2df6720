"""How far back each kind of event has to be loaded for a set of workflows to take their turns."""

from collections.abc import Iterable, Iterator
from datetime import timedelta

from wardwise.loop.declare.workflow import Workflow
from wardwise.loop.derive.fold.ledger import FACTS
from wardwise.loop.derive.state import advice
from wardwise.sites.contract import Contract

_SINGLE = timedelta(days=3)
CONTRACTS = timedelta(hours=72)  # a day of facts told up to 48 hours late
PROFILES = timedelta(days=35)


def lookbacks(workflows: Iterable[Workflow], contracts: Iterable[Contract] = ()) -> dict[str, timedelta]:
    """The longest lookback that anybody declares, by kind; a kind that is not named is loaded whole."""
    longest: dict[str, timedelta] = {}

    def at_least(kind: str, back: timedelta) -> None:
        longest[kind] = max(longest.get(kind, timedelta()), back)

    for kind in FACTS:  # state is folded by the ledger; tables of these are for what looks at single events
        at_least(kind, _SINGLE)
    for kind in advice.KINDS:
        at_least(kind, advice.LOOKBACK)
    for workflow in workflows:
        for need in workflow.needs:
            at_least(need.kind, need.lookback)
        for kpi in workflow.stages.kpis:
            at_least(kpi.of, kpi.longest)
            at_least("outcome.measured", kpi.longest)
        at_least("prediction.made", timedelta(hours=48))
    for kind, back in (each for contract in contracts for each in _held(contract)):
        at_least(kind, back)
    at_least("message.quarantined", CONTRACTS)
    at_least("feed.profiled", PROFILES)
    return longest


def _held(contract: Contract) -> Iterator[tuple[str, timedelta]]:
    """What a contract's rules look at: a day and what comes late to it, or the period a sample is drawn from."""
    sampled = timedelta(days=contract.review.every_days + 1) if contract.review else timedelta()
    for provided in contract.provides:
        yield provided.kind, max(CONTRACTS, sampled)
    for label in contract.labels:
        for kind in label.kinds:
            yield kind, timedelta(hours=label.within_hours) + CONTRACTS
