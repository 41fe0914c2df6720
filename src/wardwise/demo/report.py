"""What a demo did, counted from its log: for people, for machines, and for comparing two runs of one seed."""

import hashlib
from collections import Counter
from typing import Any

from wardwise.assemble.replaying import replay_site
from wardwise.assemble.stores import READ_ONLY, open_stores
from wardwise.govern.data.balance import balance_of
from wardwise.loop.capture.decision import DECISION_KINDS, decision_bytes
from wardwise.loop.capture.event import Event
from wardwise.loop.capture.log import Log
from wardwise.loop.estimate.prediction import tier_of
from wardwise.run.settings import Settings

_PAGE = 10_000


def report(settings: Settings, site: str, *, played: frozenset[str]) -> dict[str, Any]:
    """Messages, events, decisions and their hash, responses by kind, and whether a replay gives the same bytes.

    `played` names the troubles the demo makes on purpose: their incidents are counted apart, and 0 is bad news.
    """
    with open_stores(settings.data, READ_ONLY) as stores:
        events = _everything(stores.log, site)
        replayed = replay_site(stores, site, progress=lambda _done, _total: None)
        head = stores.log.verify(site)
        balance = balance_of(stores.inbox, stores.log, site)
    incidents = _incidents(events)
    return {
        "messages": balance.figures(),
        "events": len(events),
        "events_by_kind": dict(sorted(Counter(event.kind for event in events).items())),
        "predictions": _count(events, "prediction.made", "workflow"),
        "recommendations": _count(events, "advice.given", "workflow"),
        "deliveries": _count(events, "delivery.made", "status"),
        "ended": _count(events, "advice.ended", "by"),
        "responses": _count(events, "response.given", "answer"),
        "outcomes": _count(events, "outcome.measured", "measure"),
        "tiers": _tiers(events),
        "incidents": {where: count for where, count in incidents.items() if where not in played},
        "incidents_played": {where: incidents[where] for where in sorted(played)},
        "decisions": replayed.decisions,
        "decision_hash": _decision_hash(events),
        "replay_identical": replayed.identical,
        "replay": replayed.figures(),
        "log": {"position": head.position, "head": head.chain, "verified": True},
    }


def _count(events: list[Event], kind: str, field: str) -> dict[str, int]:
    counted = Counter(str(event.payload[field]) for event in events if event.kind == kind)
    return dict(sorted(counted.items()))


def _incidents(events: list[Event]) -> Counter[str]:
    opened = (event.payload for event in events if event.kind == "incident.opened")
    return Counter(str(said.get("where") or said["what"]) for said in opened)


def _tiers(events: list[Event]) -> dict[str, int]:
    made = (event for event in events if event.kind == "prediction.made")
    return dict(sorted(Counter(f"{event.payload['workflow']}/{tier_of(event).tier}" for event in made).items()))


def _decision_hash(events: list[Event]) -> str:
    every = hashlib.sha256()
    for event in events:
        if event.kind in DECISION_KINDS:
            every.update(decision_bytes(event))
    return every.hexdigest()


def _everything(log: Log, site: str) -> list[Event]:
    found: list[Event] = []
    after = 0
    while page := log.read(site, after=after, limit=_PAGE):
        found += page
        after = page[-1].position
    return found
