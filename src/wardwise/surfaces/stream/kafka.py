"""Publishes to a topic of Kafka."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaConnectionError, KafkaError, MessageSizeTooLargeError, RecordListTooLargeError

from wardwise.brokers.answering import answering
from wardwise.brokers.kafka import told
from wardwise.brokers.plaintext import see_who_would_answer
from wardwise.brokers.sign_in import Files
from wardwise.sites.stream import Kafka
from wardwise.surfaces.stream.envelope import CONTENT_TYPE
from wardwise.surfaces.stream.outlet import Letter

_REQUEST_SECONDS = 5.0
_ANSWER_SECONDS = 16.0  # longer than the library tries: what it gave up it does not send behind our back
_GOODBYE_SECONDS = 7.0
_LARGEST = 16 * 1024 * 1024


@dataclass(slots=True)
class KafkaOutlet:
    """One message at a time, each confirmed by all replicas in sync, so that none overtakes another; the key chooses
    the partition. A producer is idempotent where the broker lets it: then no retry of the library doubles a message.
    """

    at: Kafka
    files: Files
    largest: int = _LARGEST
    _producer: AIOKafkaProducer | None = None

    async def open(self) -> None:
        """Connect, idempotent or, where the broker does not know of that or forbids it, not."""
        known = {**told(self.at, self.files), "request_timeout_ms": round(_REQUEST_SECONDS * 1000)}
        async with answering("a connection", 2 * _ANSWER_SECONDS, KafkaError):
            await see_who_would_answer(known)
            try:
                await self._start(known, idempotent=True)
            except KafkaConnectionError:
                raise
            except KafkaError:
                await self.close()
                await self._start(known, idempotent=False)

    async def send(self, letter: Letter) -> str:
        """Wait until every replica in sync has it."""
        producer = self._open()
        headers = [
            ("content-type", CONTENT_TYPE.encode()),
            ("ce_id", letter.id.encode()),
            ("ce_type", letter.type.encode()),
        ]
        async with answering("that it stored a message", _ANSWER_SECONDS, KafkaError):
            try:
                await producer.send_and_wait(self.at.topic, letter.body, key=letter.key.encode(), headers=headers)
            except (MessageSizeTooLargeError, RecordListTooLargeError):
                # An idempotent producer has counted it, and would have what follows refused.
                await self._start_anew()
                return f"its {len(letter.body):,} bytes are more than the broker takes"
        return ""

    async def look(self) -> None:
        """Ask where the partitions are, which a broker must answer."""
        async with answering("a sign of life", _ANSWER_SECONDS, KafkaError):
            if not await self._open().client.force_metadata_update():
                raise ConnectionResetError

    async def close(self) -> None:
        """Let go of the connection; what is not confirmed by then is sent again by whoever opens anew."""
        producer, self._producer = self._producer, None
        if producer is not None:
            with suppress(KafkaError, OSError, TimeoutError):
                await asyncio.wait_for(producer.stop(), _GOODBYE_SECONDS)

    def _open(self) -> AIOKafkaProducer:
        assert self._producer is not None  # noqa: S101 - whoever sends has opened
        return self._producer

    async def _start_anew(self) -> None:
        await self.close()
        await self.open()

    async def _start(self, known: Mapping[str, Any], *, idempotent: bool) -> None:
        self._producer = AIOKafkaProducer(
            **known, acks="all", enable_idempotence=idempotent, max_request_size=self.largest
        )
        await self._producer.start()
