"""A topic of Kafka, read as a member of a consumer group that keeps our offsets."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError, UnsupportedCodecError

from wardwise.brokers.answering import answering
from wardwise.brokers.kafka import told
from wardwise.brokers.plaintext import see_who_would_answer
from wardwise.brokers.sign_in import Files
from wardwise.feeds.hl7v2.framing import KEPT_OF_OVERFLOW
from wardwise.feeds.stream.batches import Unread, bound_batches
from wardwise.feeds.stream.broker import WAIT_SECONDS, Message
from wardwise.sites.stream import Kafka

_MEBIBYTE = 1024 * 1024
_MOST_AT_ONCE = 500
_FETCHED_AT_ONCE = 16 * _MEBIBYTE  # of one broker; a single message that is larger comes alone
_FETCHED_OF_PARTITION = 4 * _MEBIBYTE
_SESSION_MS = 6_000  # the least that brokers allow by default: for so long nobody reads after a crash
_HEARTBEAT_MS = 1_500
_REQUEST_SECONDS = 5.0
_JOIN_SECONDS = 45.0  # a group may first wait for a member that is gone
_GOODBYE_SECONDS = 7.0  # longer than a request to a broker that says nothing
_PROBE_AFTER = 4  # takes without a message after which the broker is asked whether it is there


@dataclass(slots=True)
class KafkaTopic:
    """`group` keeps the offsets where the site names none. A group without offsets begins at the oldest message: what
    is known already is known again.
    """

    at: Kafka
    group: str
    files: Files
    name: str = "kafka"
    _consumer: AIOKafkaConsumer | None = None
    _given: dict[TopicPartition, int] = field(default_factory=dict)
    _quiet: int = 0

    async def open(self) -> Sequence[Message]:
        """Join the group; returns what the broker deleted before it was read. Raises Unanswered."""
        bound_batches()
        self._given, self._quiet = {}, 0
        known = {**told(self.at, self.files), "request_timeout_ms": round(_REQUEST_SECONDS * 1000)}
        async with answering("a connection", 2 * _REQUEST_SECONDS, KafkaError):
            await see_who_would_answer(known)
        self._consumer = self._made(known)
        async with answering("a place in the group", _JOIN_SECONDS, KafkaError):
            await self._consumer.start()
        async with answering("our offsets", 2 * _REQUEST_SECONDS, KafkaError, IllegalStateError):
            return await self._gone(self._consumer)

    async def take(self) -> Sequence[Message]:
        """The next messages of the partitions that are ours now."""
        consumer = self._joined()
        async with answering("messages", _REQUEST_SECONDS, KafkaError, UnsupportedCodecError):
            found = await consumer.getmany(timeout_ms=round(WAIT_SECONDS * 1000), max_records=_MOST_AT_ONCE)
        self._given = {partition: records[-1].offset + 1 for partition, records in found.items() if records}
        self._quiet = 0 if found else self._quiet + 1
        if self._quiet >= _PROBE_AFTER:
            await self._probe(consumer)
        return [_message(record) for records in found.values() for record in records]

    async def settle(self) -> None:
        """Commit the offsets of what is still ours; what another member has taken over is given to it again."""
        consumer = self._joined()
        ours = consumer.assignment()
        kept = {partition: offset for partition, offset in self._given.items() if partition in ours}
        async with answering("that it noted our offsets", 2 * _REQUEST_SECONDS, KafkaError):
            with suppress(CommitFailedError, IllegalStateError):
                if kept:
                    await consumer.commit(kept)

    async def close(self) -> None:
        """Leave the group, if the broker listens."""
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            with suppress(KafkaError, OSError, TimeoutError):
                await asyncio.wait_for(consumer.stop(), _GOODBYE_SECONDS)

    def _joined(self) -> AIOKafkaConsumer:
        assert self._consumer is not None  # noqa: S101 - whoever takes has opened
        return self._consumer

    def _made(self, known: Mapping[str, Any]) -> AIOKafkaConsumer:
        return AIOKafkaConsumer(
            self.at.topic,
            **known,
            group_id=self.at.group or self.group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            fetch_max_bytes=_FETCHED_AT_ONCE,
            max_partition_fetch_bytes=_FETCHED_OF_PARTITION,
            session_timeout_ms=_SESSION_MS,
            heartbeat_interval_ms=_HEARTBEAT_MS,
        )

    async def _probe(self, consumer: AIOKafkaConsumer) -> None:
        """Fetching goes on in silence when a broker is away, so it is asked for something that it must answer."""
        self._quiet = 0
        async with answering("a sign of life", 2 * _REQUEST_SECONDS, KafkaError, IllegalStateError):
            ours = consumer.assignment()
            await (consumer.end_offsets(ours) if ours else consumer.topics())

    async def _gone(self, consumer: AIOKafkaConsumer) -> list[Message]:
        first = await consumer.beginning_offsets(consumer.assignment())
        gone = []
        for partition, begin in first.items():
            ours = await consumer.committed(partition)
            if ours is not None and ours < begin:
                gone.append(_deleted(partition, ours, begin))
                self._given[partition] = begin
        return gone


def _deleted(partition: TopicPartition, ours: int, begin: int) -> Message:
    place = f"{partition.topic}/{partition.partition}@{ours}-{begin - 1}"
    return Message(place, b"", f"{begin - ours:,} messages were deleted by the broker before they were read: {place}")


def _message(record: ConsumerRecord[Iterable[bytes], bytes | None]) -> Message:
    if isinstance(record.value, Unread):
        place = f"{record.topic}/{record.partition}@{record.value.first}-{record.offset}"
        kept = bytes(record.value[:KEPT_OF_OVERFLOW])
        return Message(place, kept, f"a compressed batch is not read, {record.value.why}: {place}")
    return Message(f"{record.topic}/{record.partition}@{record.offset}", record.value or b"")
