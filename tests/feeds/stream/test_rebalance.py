"""Two readers in one Kafka group: partitions go from one to the other while messages come, and each counts once."""

import threading
from collections import Counter
from collections.abc import Sequence

import pytest
from benches.kill.clients import arrival
from benches.load.brokers import KafkaServer
from tests.feeds.stream.desk import Desk
from tests.waiting import wait_until

from wardwise.feeds.stream.subscription import Subscription
from wardwise.loop.capture.inbox import Arrival, Raw, Receipt
from wardwise.stores.memory.inbox import MemoryInbox

ROUNDS = 60
ALL = {"0", "1", "2", "3"}


class Shared(MemoryInbox):
    """One at a time, as a database has it."""

    def __init__(self) -> None:
        super().__init__()
        self._one = threading.Lock()

    def receive(self, arrivals: Sequence[Arrival]) -> list[Raw]:
        with self._one:
            return super().receive(arrivals)


class Reader(threading.Thread):
    """Takes turns on a thread of its own, as the service does, until told to stop."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(daemon=True)
        self.desk = Desk(desk.server, name=desk.name, inbox=desk.inbox)
        self.subscription: Subscription = self.desk.subscription()
        self.partitions: set[str] = set()

    def run(self) -> None:
        while not self.desk.stopping:
            self.subscription.turn()
            consumer = self.subscription.broker._consumer  # type: ignore[attr-defined]
            self.partitions |= {str(each.partition) for each in consumer.assignment()} if consumer else set()
        self.desk.open.remove(self.subscription)

    def stop(self) -> None:
        self.desk.stopping = True
        self.join(30)
        assert not self.is_alive()


@pytest.mark.slow
def test_partitions_that_change_hands_lose_nothing_and_count_nothing_twice(kafka_server: KafkaServer) -> None:
    desk = Desk(kafka_server, name="rebalanced")
    kafka_server.topic(desk.name, partitions=4)
    desk.inbox = Shared()
    first, second = Reader(desk), Reader(desk)
    sent = [arrival(f"r{number}") for number in range(4 * ROUNDS)]
    first.start()
    wait_until(lambda: first.partitions == ALL)
    kafka_server.publish(desk.name, sent[: 2 * ROUNDS], partitions=4)
    second.start()
    wait_until(lambda: bool(second.partitions))
    kafka_server.publish(desk.name, sent[2 * ROUNDS : 3 * ROUNDS], partitions=4)
    first.stop()
    kafka_server.publish(desk.name, sent[3 * ROUNDS :], partitions=4)
    wait_until(lambda: desk.inbox.counts("demo").stored == len(sent))
    second.stop()
    assert Counter(raw.arrival.control_id for raw in desk.raws) == Counter(f"r{n}" for n in range(len(sent)))
    assert {raw.receipt for raw in desk.raws} == {Receipt.STORED}
    assert second.partitions == ALL
