"""Asks a FHIR server what is new of a type of resource, and stores it before the cursor moves.

The cursor is the server's own time of the newest resource that was stored, never ours: clocks differ. A window that
broke off anywhere is asked for again as a whole; what came twice is known by its version.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from wardwise.feeds.asked_feed import AskedFeed
from wardwise.feeds.fhir.delivery import Delivery
from wardwise.feeds.fhir.document import TYPE, text
from wardwise.feeds.fhir.envelope import enveloped
from wardwise.feeds.fhir.limits import STANDARD
from wardwise.feeds.fhir.references import needed
from wardwise.feeds.fhir.refusal import Refused
from wardwise.feeds.fhir.server import Page, Server
from wardwise.feeds.fhir.version import Version, version_of
from wardwise.feeds.fhir.windows import pages
from wardwise.feeds.kept import Kept
from wardwise.feeds.mapped.trouble import Unreadable
from wardwise.hospital.moment import from_iso, iso, micros, moment
from wardwise.sites.poll import Poll

LISTENER = "poll"

_AHEAD = timedelta(days=1)  # behind a time that is further ahead of ours nothing would be new for so long
_MOST_AROUND = STANDARD.resources - 210  # a page has 200 at most
_LARGEST_AROUND = STANDARD.size // 4
_NOTHING = enveloped(())


@dataclass(slots=True)
class Poller:
    """One feed. Not safe for threads. What was told is remembered as far back as the overlap reaches."""

    feed: AskedFeed
    poll: Poll
    server: Server
    cursors: Kept
    _told: dict[str, dict[tuple[str, Version], int]] = field(default_factory=dict)

    def turn(self, kind: str) -> int:
        """Store all that is new of a type, then move its cursor; returns how many resources were new.

        Raises Refused (the cursor stays) and StoreUnavailable (nothing more is asked). What was recorded on a day to
        come is stored and moves no cursor.
        """
        kept = self.cursors.read()
        at = from_iso(kept[kind]) if kind in kept else self.poll.since
        told = self._told.setdefault(kind, {})
        around: dict[str, Page | None] = {}
        fresh: dict[tuple[str, Version], int] = {}
        newest, latest, to_come = at, self.feed.clock.now() + _AHEAD, False
        for page in pages(self.server, self.poll, kind, at):
            here = dict(self._versions(page))
            times = [moment(recorded) for recorded in here.values()]
            newest = max([newest, *(each for each in times if each <= latest)])
            to_come = to_come or any(each > latest for each in times)
            if here.keys() - told.keys():
                self.feed.store(enveloped([page.body], self._around(page, around)), of=kind)
                fresh |= here
        new = len(fresh.keys() - told.keys())
        if newest > at:
            self.cursors.keep({**self.cursors.read(), kind: iso(newest)})
        since = micros(newest - timedelta(seconds=self.poll.overlap_seconds)) - 1
        self._told[kind] = {key: recorded for key, recorded in (told | fresh).items() if recorded >= since}
        if to_come:
            raise Refused(
                what=f"all of {kind}", why="it says of some that they were recorded on days to come", wait=None
            )
        self.feed.beat(_NOTHING, of=f"{kind}:nothing-new")
        return new

    def _versions(self, page: Page) -> Iterator[tuple[tuple[str, Version], int]]:
        """What stands on a page by name and version, with when it was recorded in microseconds."""
        try:
            delivery = Delivery.of(page.content)
        except Unreadable as trouble:
            raise Refused(what="a page", why=trouble.quarantine.why, wait=None) from None
        for resource in delivery.resources:
            version = version_of(resource)
            # With its versionId as written: where those are no numbers, two versions of one instant differ in it alone.
            name = f"{text(resource, TYPE)}/{text(resource, 'id')}/{text(resource, 'meta', 'versionId')}"
            yield (name, version), version.recorded
        for gone in delivery.deleted:
            yield (f"{gone.type}/{gone.id}", gone.version), gone.version.recorded

    def _around(self, page: Page, known: dict[str, Page | None]) -> list[bytes]:
        """What the resources of a page refer to and is not on it, and what those refer to in turn."""
        delivery = Delivery.of(page.content)
        there = {f"{text(each, TYPE)}/{text(each, 'id')}" for each in delivery.resources}
        asked = [name for each in delivery.resources for name in needed(each)]
        found: dict[str, bytes] = {}
        while asked and len(found) < _MOST_AROUND and sum(map(len, found.values())) < _LARGEST_AROUND:
            name = asked.pop()
            if name in there or name in found:
                continue
            if name not in known:
                known[name] = self.server.read(name)
            there.add(name)
            beside = known[name]
            if beside is not None:
                found[name] = beside.body
                asked += needed(beside.content)
        return [found[name] for name in sorted(found)]
