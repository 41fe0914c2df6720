"""Streams read from real brokers: settled after the commit, redelivered, away and back, deleted unread."""

import gc
import signal
import warnings

import pytest
from benches.kill.clients import arrival
from benches.load.brokers import KafkaServer, NatsServer
from nats.js.api import AckPolicy, ConsumerConfig
from tests.feeds.stream.desk import CutOff, Desk

from wardwise.errors import StoreUnavailable, Unanswered
from wardwise.loop.capture.inbox import Receipt

MESSAGES = [arrival(f"m{number}") for number in range(1, 6)]


def ids(desk: Desk) -> list[str]:
    return [raw.arrival.control_id for raw in desk.raws]


def test_what_is_stored_and_not_settled_comes_again_and_what_is_settled_no_more(desk: Desk) -> None:
    gone = CutOff()
    desk.publish(*MESSAGES)
    cut = desk.subscription(gone)
    with pytest.raises(StoreUnavailable):
        desk.turns(cut)
    kept = gone.pending("demo", after=0)
    assert kept
    desk.inbox.receive([raw.arrival for raw in kept])  # what the disk holds after the crash
    again = desk.subscription()
    desk.read(again, 5, again=len(kept))
    desk.end(again)
    desk.publish(arrival("m6"))
    last = desk.subscription()
    desk.read(last, 6)
    desk.end(last)
    assert ids(desk) == ["m1", "m2", "m3", "m4", "m5", "m6"]
    assert desk.inbox.counts("demo").duplicate == len(kept)


def test_a_poisoned_message_holds_up_nothing_behind_it(desk: Desk) -> None:
    desk.publish(MESSAGES[0], b"", b"no HL7 at all", MESSAGES[1])
    subscription = desk.subscription()
    desk.read(subscription, 4)
    desk.end(subscription)
    assert ids(desk) == ["m1", "m2"]
    assert desk.inbox.counts("demo").refused == 2


def test_while_nothing_can_be_kept_nothing_is_asked_for(desk: Desk) -> None:
    desk.publish(*MESSAGES)
    desk.why = "the disk is full"
    subscription = desk.subscription()
    for _ in range(3):
        assert subscription.turn() == 0
    assert desk.inbox.counts("demo").received == 0
    desk.why = ""
    desk.read(subscription, 5)
    desk.end(subscription)


def test_what_is_deleted_while_nothing_can_be_kept_is_on_record(nats_server: NatsServer) -> None:
    desk = Desk(nats_server, name="full")
    nats_server.ask(lambda js: js.add_stream(name="full", subjects=["h.full"], max_msgs=2))
    desk.publish(*MESSAGES[:1])
    subscription = desk.subscription()
    desk.read(subscription, 1)
    desk.why = "the disk is full"
    subscription.turn()
    desk.publish(*MESSAGES[1:])
    desk.why = ""
    desk.read(subscription, 4)
    desk.end(subscription)
    (refused,) = desk.inbox.refused("demo")
    assert refused.arrival.refusal == "messages were deleted by the broker before they were read: full@2-3"
    assert ids(desk) == ["m1", "m4", "m5"]


def test_a_killed_server_is_said_and_read_on_when_it_is_back(nats_server: NatsServer) -> None:
    desk = Desk(nats_server, name="killed")
    desk.make()
    desk.publish(*MESSAGES[:2])
    subscription = desk.subscription()
    desk.read(subscription, 2)
    nats_server.kill()
    with pytest.raises(Unanswered, match="did not give messages"):
        desk.turns(subscription)
    with pytest.raises(Unanswered, match="did not give a connection"):
        subscription.turn()
    nats_server.start()
    desk.publish(*MESSAGES[2:])
    desk.read(subscription, 5)
    desk.end(subscription)
    assert ids(desk) == ["m1", "m2", "m3", "m4", "m5"]


@pytest.mark.slow
def test_a_broker_that_says_nothing_is_asked_for_a_sign_and_read_on_when_it_speaks(kafka_server: KafkaServer) -> None:
    desk = Desk(kafka_server, name="silent")
    desk.make()
    desk.publish(*MESSAGES[:2])
    subscription = desk.subscription()
    desk.read(subscription, 2)
    kafka_server.signal(signal.SIGSTOP)
    try:
        with pytest.raises(Unanswered, match="did not give a sign of life"):
            desk.turns(subscription)
    finally:
        kafka_server.signal(signal.SIGCONT)
    desk.publish(*MESSAGES[2:])
    desk.read(subscription, 5)
    desk.end(subscription)
    with warnings.catch_warnings():  # the library leaves a connection to the collector that it was just making
        warnings.simplefilter("ignore", ResourceWarning)
        del subscription
        gc.collect()
    assert ids(desk) == ["m1", "m2", "m3", "m4", "m5"]


def test_what_the_broker_deleted_unread_is_on_record_once(nats_server: NatsServer) -> None:
    desk = Desk(nats_server, name="purged")
    nats_server.ask(lambda js: js.add_stream(name="purged", subjects=["h.purged"], max_msgs=2))
    desk.publish(*MESSAGES[:1])
    first = desk.subscription()
    desk.read(first, 1)
    desk.end(first)
    desk.publish(*MESSAGES[1:])
    second = desk.subscription()
    desk.read(second, 4)
    desk.end(second)
    (refused,) = desk.inbox.refused("demo")
    assert refused.arrival.refusal == "messages were deleted by the broker before they were read: purged@2-3"
    assert ids(desk) == ["m1", "m4", "m5"]
    assert refused.receipt is Receipt.REFUSED


@pytest.mark.parametrize(
    ("config", "why"),
    [
        (ConsumerConfig(ack_policy=AckPolicy.NONE), "does not wait for acknowledgements"),
        (ConsumerConfig(max_deliver=3), "gives up after some deliveries"),
        (ConsumerConfig(headers_only=True), "gives headers only"),
        (ConsumerConfig(deliver_subject="elsewhere"), "pushes"),
        (ConsumerConfig(filter_subject="h.orders"), "reads other subjects than the feed"),
    ],
)
def test_a_consumer_that_could_lose_messages_is_not_used(
    nats_server: NatsServer, config: ConsumerConfig, why: str
) -> None:
    name = "".join(each for each in why.title() if each.isalpha())
    nats_server.stream(name, f"h.{name}", *(["h.orders"] if config.filter_subject else []))
    config.name = config.durable_name = "ward"
    nats_server.ask(lambda js: js.add_consumer(name, config=config))
    with pytest.raises(Unanswered, match=f"the consumer ward {why}"):
        Desk(nats_server, name=name).subscription().turn()


def test_a_stream_that_is_not_there_is_named(nats_server: NatsServer) -> None:
    with pytest.raises(Unanswered, match="it has no stream absent"):
        Desk(nats_server, name="absent").subscription().turn()
