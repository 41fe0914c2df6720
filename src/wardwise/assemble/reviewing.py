"""Sample review without a browser: what waits in the log of a data folder, and a judgement stored in its inbox."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from wardwise.assemble.handing_in import hand_in, refuse_other_roles
from wardwise.assemble.looking import head_view
from wardwise.assemble.stores import DOOR, READ_ONLY, open_stores
from wardwise.errors import NotRunnable
from wardwise.govern.data.reviewed import Tally, tally
from wardwise.govern.data.sampled import Sampled, sampled
from wardwise.loop.derive.state.samples import Sample, queue, samples
from wardwise.loop.derive.view import View
from wardwise.sites.contract import Contract
from wardwise.sites.review import Judgement


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits of one feed, and what was said so far."""

    feed: str
    steward: str
    tally: Tally
    items: tuple[Sampled, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A judgement as typed: the beginning of an event's id is enough."""

    event: str
    judgement: str
    reason: str
    role: str
    actor: str


def queues(data: Path) -> list[Queue]:
    """The queue of every feed under review of the site in a data folder."""
    with open_stores(data, READ_ONLY) as stores:
        found = []
        for site in stores.log.sites():
            view = head_view(stores, site)
            for contract in _reviewed(view):
                waiting = queue(view, contract.feed)
                items = tuple(sampled(contract, stores.log.find(site, each.event)) for each in waiting)
                found.append(Queue(contract.feed, contract.steward, tally(view, contract.feed), items))
        return found


def judge(data: Path, said: Said, now: datetime) -> str:
    """Store a judgement for the worker to read; returns the event's id. Raises NotRunnable for one it would refuse."""
    with open_stores(data, DOOR) as stores:
        for site in stores.log.sites():
            view = head_view(stores, site)
            for contract in _reviewed(view):
                sample = _holding(samples(view, contract.feed), said.event)
                if sample is not None:
                    event = _event(sample, said.event)
                    _refuse(contract, said)
                    body = {"sample": sample.id, "event": event, "judgement": said.judgement, "reason": said.reason}
                    hand_in(stores, view, body | {"role": said.role, "actor": said.actor}, now)
                    return event
    raise _not_judged(
        f"no sample holds an event that begins with {said.event}", "`wardwise contract review` lists them."
    )


def _reviewed(view: View) -> list[Contract]:
    return [contract for contract in view.folder.contracts.values() if contract.review is not None]


def _holding(drawn: tuple[Sample, ...], beginning: str) -> Sample | None:
    """The newest sample with an event that begins so."""
    return next((one for one in reversed(drawn) if any(item.event.startswith(beginning) for item in one.items)), None)


def _event(sample: Sample, beginning: str) -> str:
    found = [item.event for item in sample.items if item.event.startswith(beginning)]
    if len(found) > 1:
        raise _not_judged(f"{len(found)} events of the sample begin with {beginning}", "Give more of its id.")
    return found[0]


def _refuse(contract: Contract, said: Said) -> None:
    refuse_other_roles(contract, said.role)
    reasons = contract.review.reasons if contract.review else ()
    fitting = [each.code for each in reasons if each.judgement == said.judgement]
    right = said.judgement == Judgement.RIGHT and not said.reason
    if not right and said.reason not in fitting:
        remedy = f"Give --reason, one of: {', '.join(fitting)}." if fitting else "Leave --reason out."
        raise _not_judged(f"the reason does not go with {said.judgement}", remedy)


def _not_judged(why: str, remedy: str) -> NotRunnable:
    return NotRunnable(what="contract review", why=why, remedy=remedy)
