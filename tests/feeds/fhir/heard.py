"""An inbox, a log and readers of one feed: what stands there, and the stays that come of it."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime

from tests.feeds.fhir.test_same_stay import said

from wardwise.feeds.intake import read_all
from wardwise.feeds.reading import Reader
from wardwise.loop.capture.event import Event, Status
from wardwise.loop.capture.inbox import INTAKE, Arrival
from wardwise.loop.derive.fold.fact import Fact, fact_of
from wardwise.loop.derive.fold.standing import happened
from wardwise.loop.derive.fold.stay import STAYS, Stay, fold_stay
from wardwise.stores.memory.inbox import MemoryInbox
from wardwise.stores.memory.log import MemoryLog

Made = Callable[..., dict[str, Reader]]


class Heard:
    """An inbox, a log and readers of one feed."""

    def __init__(self, made: Made, feed: str) -> None:
        self.feed, self.inbox, self.log = feed, MemoryInbox(), MemoryLog()
        self.lease = self.log.lease("demo", "t")
        self.readers = made(self.log, feed)

    def hear(self, *told: str) -> None:
        """Messages of HL7 v2."""
        self.take((f"{len(self.log.read('demo'))}.{n}", each.encode()) for n, each in enumerate(told))

    def take(self, bodies: Iterable[tuple[str, bytes]]) -> None:
        """Bodies with what tells them apart."""
        now = datetime.now(UTC)
        self.inbox.receive(
            [
                Arrival(site="demo", source=self.feed, listener="t", control_id=name, body=body, received_at=now)
                for name, body in bodies
            ]
        )
        self.read()

    def read(self) -> None:
        read = read_all(self.inbox.pending("demo", after=self.log.offset("demo", INTAKE)), self.readers)
        self.log.append(self.lease, read.batch, datetime.now(UTC))

    def events(self) -> list[Event]:
        return [event for event in self.log.read("demo") if event.kind.partition(".")[0] != "record"]

    def visible(self) -> list[Event]:
        """What no later event replaces."""
        found = self.events()
        replaced = {event.supersedes for event in found}
        return [event for event in found if event.id not in replaced]

    def visits(self) -> dict[str, list[Fact]]:
        """What is told of each visit, in the total order."""
        found: dict[str, list[Fact]] = {}
        for event in self.visible():
            if event.kind in STAYS.kinds and event.about.encounter:
                found.setdefault(event.about.encounter, []).append(fact_of(event))
        return {visit: sorted(facts, key=lambda fact: fact.order) for visit, facts in found.items()}

    def standing(self) -> Counter[bytes]:
        """What is neither replaced, withdrawn nor cancelled."""
        kept = [event for event in self.visible() if event.status is not Status.CANCELLED]
        visits = self.visits().values()
        told = {fact.id for facts in visits for fact in facts}
        stood = {fact.id for facts in visits for fact in happened([f for f in facts if f.status != "cancelled"])}
        return Counter(said(event) for event in kept if event.id in stood or event.id not in told)

    def stays(self) -> dict[str, Stay]:
        """The stays as they stand, but for the ids of events, the feed, and when they were last told of: a cancel has a
        time of its own, what a version no longer says has not.
        """
        stays = (fold_stay(visit, facts) for visit, facts in self.visits().items())
        return {stay.encounter: replace(stay, left_by=None, source="", told_at=None) for stay in stays}
