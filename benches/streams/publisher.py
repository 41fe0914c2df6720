"""Publishes arrivals one after the other until told to stop; each until the broker confirms it, whatever happens."""

import asyncio
import threading
from abc import ABC, abstractmethod

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from nats.errors import Error as NatsError

from benches.kill.clients import arrival
from benches.load.brokers import KafkaServer, NatsServer
from benches.streams.site import PARTITIONS, SUBJECT, TOPIC

_PAUSE_SECONDS = 0.01
_AGAIN_SECONDS = 0.1


class Publisher(ABC, threading.Thread):
    """`sent` holds the control ids that the broker confirmed."""

    def __init__(self, name: str) -> None:
        """Not started yet."""
        super().__init__(name=name, daemon=True)
        self.sent: list[str] = []
        self._ending = threading.Event()

    def run(self) -> None:
        """Publish until told to stop; connect anew when a connection breaks."""
        while not self._ending.is_set():
            try:
                asyncio.run(self._connected())
            except (KafkaError, NatsError, OSError, TimeoutError):
                self._ending.wait(_AGAIN_SECONDS)

    def stop(self) -> None:
        """Stop after the message under way, and wait for it."""
        self._ending.set()
        self.join(30)

    @property
    def ending(self) -> bool:
        """Whether it was told to stop."""
        return self._ending.is_set()

    @property
    def next(self) -> str:
        """The control id of the message under way: the same until it is confirmed."""
        return f"{self.name}-{len(self.sent)}"

    @abstractmethod
    async def _connected(self) -> None:
        """Publish over one connection until it breaks or the end."""


class NatsPublisher(Publisher):
    """Into the stream of the site."""

    def __init__(self, server: NatsServer) -> None:
        """Not started yet."""
        super().__init__("n")
        self._server = server

    async def _connected(self) -> None:
        async with self._server.connected() as client:
            context = client.jetstream(timeout=2)
            while not self.ending:
                await context.publish(SUBJECT, arrival(self.next))
                self.sent.append(self.next)
                await asyncio.sleep(_PAUSE_SECONDS)


class KafkaPublisher(Publisher):
    """Into the topic of the site, in turn to its partitions."""

    def __init__(self, server: KafkaServer) -> None:
        """Not started yet."""
        super().__init__("k")
        self._server = server

    async def _connected(self) -> None:
        async with AIOKafkaProducer(bootstrap_servers=self._server.address, request_timeout_ms=5000) as producer:
            while not self.ending:
                partition = len(self.sent) % PARTITIONS
                await producer.send_and_wait(TOPIC, arrival(self.next), key=b"adt", partition=partition)
                self.sent.append(self.next)
                await asyncio.sleep(_PAUSE_SECONDS)
