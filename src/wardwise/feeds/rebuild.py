"""Rebuild: read every raw again and compare the facts with those in the log. Nothing is written."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

from wardwise.feeds.intake import read_one
from wardwise.feeds.reading import Reader
from wardwise.loop.capture.canonical import canonical
from wardwise.loop.capture.decision import decision_bytes
from wardwise.loop.capture.event import Draft, Event
from wardwise.loop.capture.inbox import INTAKE, Inbox, Raw
from wardwise.loop.capture.log import Log

_PAGE = 1_000


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """How a reading went. `facts` is a hash over all facts read again; `differing` are ids of events."""

    raws: int
    events: int
    facts: str
    differing: tuple[str, ...]

    @property
    def identical(self) -> bool:
        """Whether the raws gave the very events the log holds."""
        return not self.differing

    def figures(self) -> dict[str, object]:
        """The result for machines."""
        return {
            "raws": self.raws,
            "events": self.events,
            "facts": self.facts,
            "identical": self.identical,
            "differing": list(self.differing),
        }


def rebuild(
    inbox: Inbox,
    log: Log,
    site: str,
    *,
    readers: Mapping[str, Reader],
    progress: Callable[[int, int], None],
    take: Callable[[Raw, Sequence[Draft]], None] = lambda _raw, _facts: None,
) -> Rebuilt:
    """Compare, raw by raw, the facts read now with the events that carry that raw's id; `take` is handed each.

    What no worker has read yet is left out: the log cannot hold it.
    """
    upto = log.offset(site, INTAKE)
    held = _facts_by_raw(log, site)
    total = inbox.waiting(site, after=0) - inbox.waiting(site, after=upto)
    facts = hashlib.sha256()
    differing: list[str] = []
    raws = events = 0
    for raw in takewhile(lambda each: each.sequence <= upto, _raws(inbox, site)):
        raws += 1
        progress(raws, total)
        drafts = read_one(raw, readers).drafts
        take(raw, drafts)
        again = {draft.id: _fact_digest(draft) for draft in drafts}
        before = held.get(raw.id, {})
        for key in sorted(again.keys() | before.keys()):
            events += 1
            if again.get(key) != before.get(key):
                differing.append(key)
            facts.update(again.get(key, b""))
    return Rebuilt(raws, events, facts.hexdigest(), tuple(differing))


def _fact_digest(fact: Draft) -> bytes:
    # When it was known is left out: an import dates what a live feed would have learnt on arrival.
    more = [fact.status.value, list(fact.flags), fact.supersedes, fact.sequence, fact.confidence]
    return hashlib.blake2b(decision_bytes(fact) + canonical(more), digest_size=16).digest()


def _facts_by_raw(log: Log, site: str) -> dict[str, dict[str, bytes]]:
    held: dict[str, dict[str, bytes]] = {}
    for event in _events(log, site):
        if event.raw is not None and event.kind != "message.quarantined":
            held.setdefault(event.raw, {})[event.id] = _fact_digest(event)
    return held


def _events(log: Log, site: str) -> Iterator[Event]:
    after = 0
    while page := log.read(site, after=after):
        yield from page
        after = page[-1].position


def _raws(inbox: Inbox, site: str) -> Iterator[Raw]:
    after = 0
    while page := inbox.pending(site, after=after, limit=_PAGE):
        yield from page
        after = page[-1].sequence
