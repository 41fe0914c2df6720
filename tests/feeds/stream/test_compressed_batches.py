"""Compressed batches of Kafka: read as what they hold, and never inflated beyond a limit."""

import asyncio
import gc
import random
import struct
import tracemalloc

import cramjam
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.consumer import fetcher
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.legacy_records import LegacyRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords
from benches.kill.clients import arrival
from benches.load.brokers import KafkaServer
from tests.feeds.stream.desk import Desk

from wardwise.errors import NotRunnable
from wardwise.feeds.stream.batches import Batches, Unread, bound_batches
from wardwise.feeds.stream.inflate import LARGEST, inflate

CODECS = {"gzip": 1, "snappy": 2, "lz4": 3, "zstd": 4}
MESSAGES = [arrival(f"m{number}") for number in range(1, 6)]
BOMB = bytes(LARGEST + 1)


def batch(codec: int, *bodies: bytes, at: int = 0) -> bytes:
    """As a producer makes it and a broker keeps it at a place."""
    builder = DefaultRecordBatchBuilder(2, codec, 0, -1, -1, -1, 1 << 40)
    for number, body in enumerate(bodies):
        builder.append(number, 0, None, body, [])
    return struct.pack(">q", at) + bytes(builder.build())[8:]


def held(given: bytes) -> list[tuple[int, bytes]]:
    """Every record of an answer, read as the library reads them, and what is left asked for again."""
    found: list[tuple[int, bytes]] = []
    while given:
        batches = Batches(given)
        left = given
        while batches.has_next():
            found += [(record.offset, record.value) for record in batches.next_batch()]
            left = given[batches._at :]
        assert left != given
        given = left
    return found


@pytest.mark.parametrize("codec", CODECS.values(), ids=CODECS)
@pytest.mark.parametrize("seed", range(5))
def test_what_fits_is_what_the_library_would_read(codec: int, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - bodies, not secrets
    bodies = [chance.randbytes(chance.randrange(3000)) * chance.randrange(4) for _ in range(chance.randrange(1, 40))]
    packed = batch(codec, *bodies, at=seed * 1000)
    theirs = MemoryRecords(packed).next_batch()
    assert held(packed) == [(record.offset, record.value) for record in theirs]
    assert [value for _, value in held(packed)] == bodies


@pytest.mark.parametrize("codec", CODECS.values(), ids=CODECS)
def test_a_bomb_is_refused_by_its_places_and_takes_no_room_and_the_next_batch_is_read(codec: int) -> None:
    bomb = batch(codec, b"first", BOMB, at=7)
    given = bomb + batch(codec, b"next", at=9)
    gc.collect()
    tracemalloc.start()
    (place, value), after = held(given)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert isinstance(value, Unread)
    assert (value.first, place, bytes(value)) == (7, 8, bomb)
    assert f"inflates to more than {LARGEST:,} bytes" in value.why
    assert after == (9, b"next")
    assert most < 2.5 * LARGEST + len(given)


@pytest.mark.parametrize("codec", [*CODECS.values(), 7], ids=[*CODECS, "unknown"])
def test_what_cannot_be_inflated_is_refused(codec: int) -> None:
    packed = bytearray(batch(min(codec, 4), b"x" * 1000, at=3))
    packed[22] = codec
    packed[61:] = b"\xff" * (len(packed) - 61)
    ((place, value),) = held(bytes(packed))
    assert isinstance(value, Unread)
    assert (value.first, place) == (3, 3)
    assert value.why


@pytest.mark.parametrize("codec", [1, 2, 3], ids=["gzip", "snappy", "lz4"])
def test_the_compressed_form_of_before_0_11_is_refused_and_the_plain_one_read(codec: int) -> None:
    packed, plain = LegacyRecordBatchBuilder(1, codec, 1 << 20), LegacyRecordBatchBuilder(1, 0, 1 << 20)
    packed.append(0, 0, None, b"old")
    plain.append(0, 0, None, b"plain")
    (_, refused), (_, read) = held(bytes(packed.build()) + bytes(plain.build()))
    assert isinstance(refused, Unread)
    assert "before Kafka 0.11" in refused.why
    assert read == b"plain"


def test_snappy_is_read_as_one_block_too() -> None:
    assert inflate(2, bytes(cramjam.snappy.compress_raw(MESSAGES[0]))) == MESSAGES[0]


def test_an_answer_is_inflated_as_far_as_a_plain_one_would_go_and_the_rest_asked_for_again() -> None:
    batches = Batches(b"".join(batch(1, bytes(3 << 20), at=at) for at in range(10)))
    read = 0
    while batches.has_next():
        read += sum(1 for _ in batches.next_batch())
    assert read == 2


def test_a_library_that_cannot_be_bounded_reads_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetcher, "MemoryRecords", dict)
    with pytest.raises(NotRunnable, match="inflating without end"):
        bound_batches()


@pytest.mark.parametrize("codec", CODECS)
def test_a_broker_s_compressed_messages_are_read_and_a_bomb_among_them_is_on_record(
    kafka_server: KafkaServer, codec: str
) -> None:
    desk = Desk(kafka_server, name=f"packed-{codec}")
    desk.make()

    async def publish() -> None:
        told = {"bootstrap_servers": kafka_server.address, "compression_type": codec, "max_request_size": 1 << 30}
        async with AIOKafkaProducer(**told) as producer:
            for body in (*MESSAGES[:2], BOMB, *MESSAGES[2:]):
                await producer.send_and_wait(desk.name, body)

    asyncio.run(publish())
    subscription = desk.subscription()
    desk.read(subscription, 6)
    desk.end(subscription)
    assert [raw.arrival.control_id for raw in desk.raws] == ["m1", "m2", "m3", "m4", "m5"]
    (refused,) = desk.inbox.refused("demo")
    assert refused.arrival.control_id == f"packed-{codec}/0@2-2"
    assert "a compressed batch is not read" in refused.arrival.refusal
