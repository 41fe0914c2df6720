"""A broker of this machine that sends its clients elsewhere is told nothing more without TLS."""

import asyncio
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from aiokafka import client
from aiokafka.errors import KafkaConnectionError
from benches.load.brokers import KafkaServer
from tests.feeds.stream.desk import Desk, require

from wardwise.brokers.plaintext import keep_plaintext_here
from wardwise.brokers.sign_in import Files
from wardwise.errors import NotRunnable, Unanswered
from wardwise.feeds.stream.kafka import KafkaTopic
from wardwise.sites.stream import Kafka
from wardwise.sites.this_machine import is_this_machine


@pytest.fixture(scope="module")
def sends_elsewhere() -> Iterator[KafkaServer]:
    require("tansu")
    with closing(KafkaServer(front="127.0.0.2:9")) as server:
        yield server


def test_a_broker_here_that_sends_elsewhere_is_refused_by_name(sends_elsewhere: KafkaServer) -> None:
    read = Desk(sends_elsewhere, name="t")
    read.broker = lambda: KafkaTopic(Kafka(servers=(sends_elsewhere.address,), topic="t"), "ward", Files(Path()))  # type: ignore[method-assign]
    with pytest.raises(Unanswered, match=r"sends its clients on to 127\.0\.0\.2:9, which is not this machine"):
        read.subscription().turn()


@pytest.mark.parametrize("protocol", ["PLAINTEXT", "SASL_PLAINTEXT"])
def test_whom_a_broker_names_later_is_not_connected_to_either(protocol: str) -> None:
    keep_plaintext_here()
    with pytest.raises(KafkaConnectionError, match="nothing would be encrypted"):
        asyncio.run(client.create_conn("kafka.example", 9092, ssl_context=None, security_protocol=protocol))


def test_a_library_that_cannot_be_kept_here_reads_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "create_conn", print)
    with pytest.raises(NotRunnable, match="going elsewhere without TLS"):
        keep_plaintext_here()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST", "::1", "[::1]"])
def test_this_machine(host: str) -> None:
    assert is_this_machine(host)


@pytest.mark.parametrize("host", ["", "127.0.0.2", "kafka.example", "localhost.example", "::ffff:127.0.0.1"])
def test_elsewhere(host: str) -> None:
    assert not is_this_machine(host)
