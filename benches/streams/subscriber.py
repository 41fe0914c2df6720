"""Reads back what was published: every message of a stream of NATS or of a topic of Kafka, in its broker's order."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, TopicPartition
from nats.js import JetStreamContext

from benches.load.brokers import KafkaServer, NatsServer


@dataclass(frozen=True)
class Had:
    """One message as a subscriber has it; `key` is empty where the broker knows of none."""

    body: bytes
    headers: Mapping[str, str]
    key: str = ""
    partition: int = 0


def had_from_nats(server: NatsServer, stream: str) -> Sequence[Had]:
    """What a stream keeps."""

    async def work(js: JetStreamContext) -> list[Had]:
        info = await js.stream_info(stream)
        kept = [await js.get_msg(stream, seq) for seq in range(max(info.state.first_seq, 1), info.state.last_seq + 1)]
        return [Had(each.data or b"", each.headers or {}) for each in kept]

    return server.ask(work)


def had_from_kafka(server: KafkaServer, topic: str) -> Sequence[Had]:
    """What the partitions of a topic keep, one partition after the other."""

    async def work() -> list[Had]:
        consumer = AIOKafkaConsumer(bootstrap_servers=server.address, auto_offset_reset="earliest")
        await consumer.start()
        try:
            numbers = await consumer._client._wait_on_metadata(topic)  # noqa: SLF001 - it has no other way to say so
            partitions = [TopicPartition(topic, number) for number in sorted(numbers)]
            consumer.assign(partitions)
            ends = await consumer.end_offsets(partitions)
            found: list[Had] = []
            for partition in partitions:
                while await consumer.position(partition) < ends[partition]:
                    records = await consumer.getmany(partition, timeout_ms=500)
                    found += [_had(record) for each in records.values() for record in each]
            return found
        finally:
            await consumer.stop()

    return asyncio.run(work())


def _had(record: object) -> Had:
    headers = {name: value.decode() for name, value in record.headers}  # type: ignore[attr-defined]
    key = (record.key or b"").decode()  # type: ignore[attr-defined]
    return Had(record.value or b"", headers, key, record.partition)  # type: ignore[attr-defined]
