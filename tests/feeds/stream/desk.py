"""A feed read from a real broker into an inbox in memory, turn by turn."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from benches.load.brokers import KafkaServer, NatsServer, program

from wardwise.brokers.sign_in import Files
from wardwise.errors import StoreUnavailable
from wardwise.feeds.stream.broker import Broker
from wardwise.feeds.stream.intake import Intake
from wardwise.feeds.stream.jetstream import JetStream
from wardwise.feeds.stream.kafka import KafkaTopic
from wardwise.feeds.stream.subscription import Subscription
from wardwise.loop.capture.inbox import Arrival, Raw
from wardwise.run.clock import SystemClock
from wardwise.sites.feed import Feed, FeedKind
from wardwise.sites.stream import Kafka, Nats
from wardwise.stores.memory.inbox import MemoryInbox

EIGHT = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


def require(name: str) -> None:
    """Skip by name where a broker is not installed."""
    if program(name) is None:
        pytest.skip(f"no {name}: see .ci/run")


class CutOff(MemoryInbox):
    """Stores, and is gone before anybody hears of it: what a crash between commit and settlement leaves."""

    def receive(self, arrivals: list[Arrival]) -> list[Raw]:
        super().receive(arrivals)
        raise StoreUnavailable(store="inbox", what="it is gone", remedy="Start it.")


def feed(kind: FeedKind = FeedKind.HL7V2, name: str = "adt") -> Feed:
    return Feed(name=name, kind=kind, mapping="m.yaml", freshness="stream", owner="A", steward="B")


@dataclass
class Desk:
    """One stream of one broker; `publish` puts messages into it, `read` takes turns until so many have come."""

    server: NatsServer | KafkaServer
    kind: FeedKind = FeedKind.HL7V2
    name: str = "adt"
    inbox: MemoryInbox = field(default_factory=MemoryInbox)
    why: str = ""
    stopping: bool = False
    open: list[Subscription] = field(default_factory=list)

    def __post_init__(self) -> None:
        DESKS.append(self)

    def make(self, *, partitions: int = 1) -> None:
        if isinstance(self.server, NatsServer):
            self.server.stream(self.name, f"h.{self.name}")
        else:
            self.server.topic(self.name, partitions=partitions)

    def publish(self, *bodies: bytes) -> None:
        where = f"h.{self.name}" if isinstance(self.server, NatsServer) else self.name
        self.server.publish(where, bodies)

    def broker(self) -> Broker:
        servers = (self.server.address,)
        if isinstance(self.server, NatsServer):
            return JetStream(Nats(servers=servers, stream=self.name), "ward", Files(Path()))
        return KafkaTopic(Kafka(servers=servers, topic=self.name), f"ward-{self.name}", Files(Path()))

    def subscription(self, inbox: MemoryInbox | None = None) -> Subscription:
        broker = self.broker()
        made = Subscription(
            broker=broker,
            intake=Intake("demo", feed(self.kind), broker.name),
            inbox=inbox or self.inbox,
            clock=SystemClock(),
            closed=lambda: self.why,
            stopped=lambda: self.stopping,
        )
        self.open.append(made)
        return made

    def read(self, subscription: Subscription, count: int, *, again: int = 0, turns: int = 60) -> None:
        """Take turns until `count` receipts are of something new, and `again` more are of something known."""
        for _ in range(turns):
            counts = self.inbox.counts("demo")
            if counts.received - counts.duplicate >= count and counts.duplicate >= again:
                break
            subscription.turn()
        counts = self.inbox.counts("demo")
        assert counts.received - counts.duplicate == count, counts
        assert counts.duplicate >= again, counts

    def turns(self, subscription: Subscription) -> None:
        """Forty of them, for one that will not go so far."""
        for _ in range(40):
            subscription.turn()

    def end(self, subscription: Subscription) -> None:
        """One last turn, which lets go."""
        self.open.remove(subscription)
        self.stopping = True
        subscription.turn()
        self.stopping = False

    @property
    def raws(self) -> list[Raw]:
        return self.inbox.pending("demo", after=0)


DESKS: list[Desk] = []


@pytest.fixture(autouse=True)
def let_go() -> Iterator[None]:
    """Whatever became of a test, its subscriptions end with it."""
    yield
    for each in DESKS:
        for subscription in list(each.open):
            each.end(subscription)
    DESKS.clear()


@pytest.fixture(scope="session")
def nats_server() -> Iterator[NatsServer]:
    require("nats-server")
    server = NatsServer()
    yield server
    server.close()


@pytest.fixture(scope="session")
def kafka_server() -> Iterator[KafkaServer]:
    require("tansu")
    server = KafkaServer()
    yield server
    server.close()


@pytest.fixture(params=["nats", "kafka"])
def desk(request: pytest.FixtureRequest) -> Desk:
    """A stream of its own on either broker."""
    server = request.getfixturevalue(f"{request.param}_server")
    made = Desk(server, name=f"t{abs(hash(request.node.name)) % 10**9}")
    made.make()
    return made
