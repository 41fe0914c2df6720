"""Published to real brokers: JetStream, which drops what it has had, and one of the Kafka protocol."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from benches.load.brokers import NatsServer
from benches.load.ports import free_port
from benches.streams.subscriber import Had, had_from_kafka, had_from_nats
from tests.feeds.stream.desk import require
from tests.surfaces.stream.press import Press

from wardwise.brokers.sign_in import Files
from wardwise.errors import Unanswered
from wardwise.loop.capture.dropped import Dropping
from wardwise.sites.stream import Kafka, Nats
from wardwise.surfaces.stream.jetstream import JetStreamOutlet
from wardwise.surfaces.stream.kafka import KafkaOutlet
from wardwise.surfaces.stream.outlet import Outlet

NOBODY = Files(Path())


def nats_outlet(server: NatsServer, name: str, *, stream: str = "") -> JetStreamOutlet:
    return JetStreamOutlet(Nats(servers=(server.address,), stream=stream or name, subject=f"{name}.out"), NOBODY)


@dataclass
class Stand:
    """A press before a broker of its own subject or topic."""

    press: Press
    had: Callable[[], Sequence[Had]]
    largest: int = 0
    keyed: bool = False

    @property
    def ids(self) -> list[str]:
        return [json.loads(each.body)["id"] for each in self.had()]


@dataclass
class Ends:
    """Presses to be ended whatever became of a test."""

    made: list[Press] = field(default_factory=list)

    def press(self, outlet: Outlet) -> Press:
        self.made.append(Press(outlet=outlet))
        return self.made[-1]


@pytest.fixture
def ends() -> Iterator[Ends]:
    made = Ends()
    yield made
    for press in made.made:
        press.end()


@pytest.fixture(params=["nats", "kafka"])
def stand(request: pytest.FixtureRequest, ends: Ends) -> Stand:
    server, name = request.getfixturevalue(f"{request.param}_server"), f"p{abs(hash(request.node.name)) % 10**9}"
    if isinstance(server, NatsServer):
        server.ask(lambda js: js.add_stream(name=name, subjects=[f"{name}.>"], max_msg_size=20_000))
        return Stand(ends.press(nats_outlet(server, name)), lambda: had_from_nats(server, name), 20_000)
    server.topic(name, partitions=3)
    outlet = KafkaOutlet(Kafka(servers=(server.address,), topic=name), NOBODY, largest=20_000)
    return Stand(ends.press(outlet), lambda: had_from_kafka(server, name), 20_000, keyed=True)


def test_events_are_had_by_a_subscriber_in_the_order_of_each_key(stand: Stand) -> None:
    made = [stand.press.predict(f"enc{number % 7}") for number in range(60)]
    advice = stand.press.advise("enc3")
    stand.press.turn(2)
    had = stand.had()
    bodies = [json.loads(each.body) for each in had]
    for key in {f"enc{number}" for number in range(7)}:
        wanted = [event.id for event in [*made, advice] if event.about.encounter == key]
        assert [body["id"] for body in bodies if body["subject"] == key] == wanted
    assert {each.headers["content-type"] for each in had} == {"application/cloudevents+json; charset=UTF-8"}
    named = "ce_id" if stand.keyed else "Nats-Msg-Id"
    assert [each.headers[named] for each in had] == [body["id"] for body in bodies]
    if stand.keyed:
        assert [each.key for each in had] == [body["partitionkey"] for body in bodies]
        assert len({each.partition for each in had}) > 1
    else:
        assert [body["data"]["position"] for body in bodies] == [event.position for event in [*made, advice]]


def test_one_that_is_too_large_is_recorded_and_the_next_one_goes_out(stand: Stand) -> None:
    first = stand.press.predict()
    large = stand.press.advise(minutes=30, bed="x" * stand.largest)
    last = stand.press.predict()
    stand.press.turn(2)
    assert stand.ids == [first.id, last.id]
    assert [(each.event, each.why) for each in stand.press.dropped] == [(large.id, Dropping.REFUSED)]
    assert "bytes are more than the broker takes" in stand.press.dropped[0].says


def test_what_is_published_again_carries_the_same_id_and_jetstream_keeps_it_once(stand: Stand) -> None:
    made = [stand.press.predict().id for _ in range(4)]
    stand.press.turn()
    stand.press.publisher.outbox._passed = 0  # as if nothing of it had been noted
    stand.press.turn()
    assert stand.ids == ([*made, *made] if stand.keyed else made)


def test_a_quiet_broker_is_seen_to_be_there(stand: Stand) -> None:
    stand.press.turn(13)


def test_a_broker_that_is_killed_and_comes_back_has_everything_in_order_but_what_expired(ends: Ends) -> None:
    require("nats-server")
    with closing(NatsServer()) as server:
        server.stream("W", "W.>")
        press = ends.press(nats_outlet(server, "W"))
        before = [press.predict().id for _ in range(3)]
        press.turn()
        server.kill()
        press.turn()  # which has nothing to send, and sees the connection end
        late, fit = press.advise(minutes=30), press.advise(minutes=120)
        after = [press.predict().id for _ in range(3)]
        for _ in range(2):
            with pytest.raises(Unanswered):
                press.turn()
        press.clock.seconds += timedelta(hours=1).total_seconds()
        server.start()
        press.turn(2)
        assert [json.loads(each.body)["id"] for each in had_from_nats(server, "W")] == [*before, fit.id, *after]
        assert [(each.event, each.why) for each in press.dropped] == [(late.id, Dropping.EXPIRED)]


@pytest.mark.parametrize(
    ("subject", "stream", "says"),
    [
        ("nowhere", "", "no stream keeps the subject nowhere.out"),
        ("kept", "another", "the subject kept.out is kept by another stream than another"),
    ],
)
def test_a_subject_that_is_not_kept_where_it_should_be_is_said_and_nothing_is_passed_by(
    nats_server: NatsServer, ends: Ends, subject: str, stream: str, says: str
) -> None:
    if subject == "kept":
        nats_server.stream("kept", "kept.>")
    press = ends.press(nats_outlet(nats_server, subject, stream=stream))
    press.predict()
    with pytest.raises(Unanswered, match=says):
        press.turn()
    assert (press.dropped, press.log.place("demo", "publish/engine")) == ([], 0)


def test_a_full_stream_stands_still_until_there_is_room(nats_server: NatsServer, ends: Ends) -> None:
    def make(most: int) -> Callable[..., object]:
        verb = "update_stream" if most > 2 else "add_stream"
        told = {"name": "full", "subjects": ["full.>"], "max_msgs": most, "discard": "new"}
        return lambda js: getattr(js, verb)(**told)

    nats_server.ask(make(2))  # type: ignore[arg-type]
    press = ends.press(nats_outlet(nats_server, "full"))
    made = [press.predict().id for _ in range(4)]
    with pytest.raises(Unanswered, match="it refused \\(JetStream error"):
        press.turn()
    nats_server.ask(make(10))  # type: ignore[arg-type]
    press.turn()
    assert [json.loads(each.body)["id"] for each in had_from_nats(nats_server, "full")] == made
    assert press.dropped == []


@pytest.mark.parametrize("sort", ["nats", "kafka"])
def test_nobody_there_is_said_in_our_words(sort: str, ends: Ends) -> None:
    servers = (f"127.0.0.1:{free_port()}",)
    nats = JetStreamOutlet(Nats(servers=servers, stream="W", subject="w"), NOBODY)
    press = ends.press(nats if sort == "nats" else KafkaOutlet(Kafka(servers=servers, topic="w"), NOBODY))
    press.predict()
    with pytest.raises(Unanswered, match="a connection"):
        press.turn()
