"""How far back each kind of event has to be loaded for a set of workflows to take their turns."""

from collections.abc import Iterable, Iterator
from datetime import timedelta

from wardwise.loop.declare.workflow import Workflow
from wardwise.loop.derive.fold.ledger import FACTS
from wardwise.loop.derive.state import advice
from wardwise.sites.contract import Contract
from wardwise.sites.repeats import Repeats

_SINGLE = timedelta(days=3)
CONTRACTS = timedelta(hours=72)  # a day of facts told up to 48 hours late
PROFILES = timedelta(days=35)


def lookbacks(
    workflows: Iterable[Workflow], contracts: Iterable[Contract] = (), repeats: Iterable[Repeats] = ()
) -> dict[str, timedelta]:
    """The longest lookback that anybody declares, by kind; a kind that is not named is loaded whole."""
    longest: dict[str, timedelta] = {}

    def at_least(kind: str, back: timedelta) -> None:
        longest[kind] = max(longest.get(kind, timedelta()), back)

    for kind in FACTS:  # state is folded by the ledger; tables of these are for what looks at single events
        at_least(kind, _SINGLE)
    for kind in advice.KINDS:
        at_least(kind, advice.LOOKBACK)
    looked = [each for workflow in workflows for each in _taken(workflow)]
    looked += [each for contract in contracts for each in _held(contract)]
    looked += [each for repeat in repeats for each in repeat.lookbacks()]
    for kind, back in looked:
        at_least(kind, back)
    at_least("message.quarantined", CONTRACTS)
    at_least("feed.profiled", PROFILES)
    return longest


def _taken(workflow: Workflow) -> Iterator[tuple[str, timedelta]]:
    """What a workflow's turns and its outcomes look at."""
    for need in workflow.needs:
        yield need.kind, need.lookback
    for kpi in workflow.stages.kpis:
        yield kpi.of, kpi.longest
        yield "outcome.measured", kpi.longest
    yield "prediction.made", timedelta(hours=48)


def _held(contract: Contract) -> Iterator[tuple[str, timedelta]]:
    """What a contract's rules look at: a day and what comes late to it, or the period a sample is drawn from."""
    sampled = timedelta(days=contract.review.every_days + 1) if contract.review else timedelta()
    for provided in contract.provides:
        yield provided.kind, max(CONTRACTS, sampled)
    for label in contract.labels:
        for kind in label.kinds:
            yield kind, timedelta(hours=label.within_hours) + CONTRACTS
