"""Brokers for tests and benchmarks, on loopback and gone at the end: NATS JetStream, and one of the Kafka protocol.

They are installed into `.venv-brokers` from tools/brokers.lock; neither is part of wardwise.
"""

import argparse
import asyncio
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import nats
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js import JetStreamContext

from benches.load.ports import free_port

_PLACE = Path(__file__).parents[2] / ".venv-brokers"
_START_SECONDS = 20.0
_LOOK_EVERY_SECONDS = 0.05
Given = TypeVar("Given")


def program(name: str) -> Path | None:
    """A broker's program where it is installed."""
    found = [_PLACE / "bin" / name, *_PLACE.glob(f"lib/python3*/site-packages/*/bin/{name}")]
    return next((path for path in found if path.exists()), None)


def need_brokers(parser: argparse.ArgumentParser) -> None:
    """Leave with what to do where a broker's program is not installed."""
    absent = [name for name in ("nats-server", "tansu") if program(name) is None]
    if absent:
        parser.error(f"no {', '.join(absent)}: `python3 -m venv .venv-brokers`, and install tools/brokers.lock into it")


class Server:
    """A program that listens on a port of loopback. What it keeps lies in a folder of its own until it is closed."""

    def __init__(self, name: str) -> None:
        """Not started yet; FileNotFoundError where it is not installed."""
        found = program(name)
        if found is None:
            raise FileNotFoundError(name)
        self._program = found
        self.port = free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="wardwise-broker-"))
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self.port}"

    def run(self, *arguments: str, ready: Callable[[], Awaitable[object]]) -> None:
        """Start it, and wait until it answers."""
        with (self.folder / "said").open("ab") as said:
            self._process = subprocess.Popen(
                [self._program, *arguments], cwd=self.folder, stdout=said, stderr=said, stdin=subprocess.DEVNULL
            )
        end = time.monotonic() + _START_SECONDS
        while not asyncio.run(_answers(ready)):
            if self._process.poll() is not None or time.monotonic() > end:
                raise SystemExit(f"{self._program.name} does not answer: {(self.folder / 'said').read_text()[-500:]}")
            time.sleep(_LOOK_EVERY_SECONDS)

    def kill(self) -> None:
        """End it at once."""
        self.signal(signal.SIGKILL)
        if self._process is not None:
            self._process.wait()

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal, if it runs."""
        if self._process is not None and self._process.poll() is None:
            os.kill(self._process.pid, number)

    def close(self) -> None:
        """End it, and take its folder away."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


async def _answers(ready: Callable[[], Awaitable[object]]) -> bool:
    try:
        await asyncio.wait_for(ready(), 5)
    except (KafkaError, NatsError, OSError, TimeoutError):
        return False
    return True


class NatsServer(Server):
    """JetStream with its files, which it finds again after a kill. `settings` go into its configuration."""

    def __init__(self, settings: str = "", **known: Any) -> None:
        """`known` is what a client that may do everything connects with."""
        super().__init__("nats-server")
        self._known = known
        store = f'jetstream {{ store_dir: "{self.folder}/store", sync_interval: always }}'
        configured = f"listen: {self.address}\nmax_payload: 32MB\n{store}\n{settings}\n"
        (self.folder / "settings.conf").write_text(configured)
        self.start()

    def start(self) -> None:
        """Start it, also again."""
        self.run("-c", str(self.folder / "settings.conf"), ready=lambda: self._asked(_nothing))

    def ask(self, work: Callable[[JetStreamContext], Awaitable[Given]]) -> Given:
        """Do something with its JetStream."""
        return asyncio.run(self._asked(work))

    def stream(self, name: str, *subjects: str) -> None:
        """Make a stream of subjects."""
        self.ask(lambda js: js.add_stream(name=name, subjects=list(subjects)))

    def publish(self, subject: str, bodies: Sequence[bytes]) -> None:
        """Put messages into a stream, each once it is stored."""

        async def work(js: JetStreamContext) -> None:
            for body in bodies:
                await js.publish(subject, body)

        self.ask(work)

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[Client]:
        """A connection that does not come back by itself."""
        client = await nats.connect(
            f"nats://{self.address}", allow_reconnect=False, max_reconnect_attempts=1, reconnect_time_wait=0,
            connect_timeout=5, error_cb=_quiet, **self._known,
        )  # fmt: skip
        try:
            yield client
        finally:
            await client.close()

    async def _asked(self, work: Callable[[JetStreamContext], Awaitable[Given]]) -> Given:
        async with self.connected() as client:
            return await work(client.jetstream(timeout=5))


async def _nothing(_: JetStreamContext) -> None:
    """Being connected is enough."""


async def _quiet(_: Exception) -> None:
    """Whoever asked is told."""


class KafkaServer(Server):
    """A broker of the Kafka protocol that keeps everything in memory."""

    def __init__(self, front: str = "") -> None:
        """Started, and answering. Clients are told to come to what stands before it, where there is such a `front`."""
        super().__init__("tansu")
        listens, told = f"tcp://{self.address}", f"tcp://{front or self.address}"
        where = ["--listener-url", listens, "--advertised-listener-url", told, "--storage-engine", "memory://tansu/"]
        self.run("--silent", *where, ready=self._administered)

    def topic(self, name: str, *, partitions: int = 1) -> None:
        """Make a topic."""
        asyncio.run(self._administered(NewTopic(name, partitions, 1)))

    def publish(self, topic: str, bodies: Sequence[bytes | None], *, partitions: int = 1) -> None:
        """Put messages into a topic, in turn to its partitions; None has no body."""

        async def work() -> None:
            async with AIOKafkaProducer(bootstrap_servers=self.address) as producer:
                for number, body in enumerate(bodies):
                    await producer.send_and_wait(topic, body, key=b"k", partition=number % partitions)

        asyncio.run(work())

    async def _administered(self, *topics: NewTopic) -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=self.address, request_timeout_ms=5000)
        await admin.start()
        try:
            if topics:
                await admin.create_topics(list(topics))
        finally:
            await admin.close()
