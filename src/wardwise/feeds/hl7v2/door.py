"""The MLLP door: frames in, synced to the inbox in groups, acknowledged only then."""

import asyncio
import itertools
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import structlog

from wardwise.errors import StoreUnavailable
from wardwise.feeds.hl7v2.framing import Framer
from wardwise.feeds.hl7v2.reception import Received, Reception, answer, try_again
from wardwise.hospital.clock import Clock
from wardwise.hospital.moment import micros
from wardwise.loop.capture.inbox import Inbox, Raw

_LOG = structlog.get_logger("mllp")
_MOST_AT_ONCE = 512


@dataclass(frozen=True, slots=True)
class DoorLimits:
    """What one door takes on: connections, bytes waiting over all of them, seconds a frame may stay unfinished."""

    connections: int = 256
    waiting_bytes: int = 64 * 1024 * 1024
    idle_seconds: float = 30.0


@dataclass(frozen=True, slots=True)
class _Waiting:
    line: "_Line"
    received: Received


class MllpDoor:
    """Listens, stores, answers. One thread commits; the event loop never waits on the disk.

    When the store fails the senders are told to try again and `failed` is called: the process should end
    and be started anew, since what a failed sync left behind is unknown.
    """

    def __init__(
        self,
        inbox: Inbox,
        reception: Reception,
        clock: Clock,
        *,
        failed: Callable[[], None],
        limits: DoorLimits | None = None,
    ) -> None:
        self._inbox = inbox
        self.reception = reception
        self.clock = clock
        self._failed = failed
        self.limits = limits or DoorLimits()
        self.lines: set[_Line] = set()
        self.waiting_bytes = 0
        self._queue: asyncio.Queue[_Waiting] = asyncio.Queue()
        self._committer = ThreadPoolExecutor(1, thread_name_prefix="inbox")
        self._numbers = itertools.count(1)
        self._task: asyncio.Task[None] | None = None

    async def open(self, host: str, port: int) -> asyncio.Server:
        """Begin to listen; port 0 lets the system choose."""
        loop = asyncio.get_running_loop()
        self._task = loop.create_task(self._commit_for_ever())
        return await loop.create_server(lambda: _Line(self), host, port, backlog=256)

    async def close(self) -> None:
        """Answer what was taken in, then let go of every connection."""
        await self._queue.join()
        if self._task is not None:
            self._task.cancel()
        for line in list(self.lines):
            line.hang_up()
        self._committer.shutdown()

    def take(self, line: "_Line", received: Sequence[Received]) -> None:
        """Queue what a connection brought; reading pauses everywhere while too much waits."""
        for one in received:
            self.waiting_bytes += len(one.arrival.body)
            self._queue.put_nowait(_Waiting(line, one))
        if self.waiting_bytes > self.limits.waiting_bytes:
            for every in self.lines:
                every.pause()

    async def _commit_for_ever(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            group = [await self._queue.get()]
            while not self._queue.empty() and len(group) < _MOST_AT_ONCE:
                group.append(self._queue.get_nowait())
            arrivals = [waiting.received.arrival for waiting in group]
            try:
                raws = await loop.run_in_executor(self._committer, self._inbox.receive, arrivals)
            except StoreUnavailable as fault:
                _LOG.error("the inbox took nothing", messages=len(group), fault=type(fault).__name__)
                self._answer(group, None)
                self._failed()
            else:
                self._answer(group, raws)
            self._settle(group)

    def _answer(self, group: Sequence[_Waiting], raws: Sequence[Raw] | None) -> None:
        at = self.clock.now()
        answers: dict[_Line, list[bytes]] = {}
        for index, waiting in enumerate(group):
            control_id = f"{micros(at)}-{next(self._numbers)}"
            if raws is None:
                said = try_again(waiting.received, at=at, control_id=control_id)
            else:
                said = answer(waiting.received, raws[index].receipt, at=at, control_id=control_id)
            answers.setdefault(waiting.line, []).append(said)
        for line, parts in answers.items():
            line.write(b"".join(parts))

    def _settle(self, group: Sequence[_Waiting]) -> None:
        for waiting in group:
            self.waiting_bytes -= len(waiting.received.arrival.body)
            self._queue.task_done()
        if self.waiting_bytes <= self.limits.waiting_bytes // 2:
            for line in self.lines:
                line.resume()


class _Line(asyncio.Protocol):
    """One connection."""

    def __init__(self, door: MllpDoor) -> None:
        self._door = door
        self._framer = Framer()
        self._transport: asyncio.Transport | None = None
        self._idle: asyncio.TimerHandle | None = None
        self._paused = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - create_server makes no other
        self._transport = transport
        if len(self._door.lines) >= self._door.limits.connections:
            _LOG.warning("a connection was refused", open=len(self._door.lines))
            transport.close()
            return
        self._door.lines.add(self)

    def data_received(self, data: bytes) -> None:
        at = self._door.clock.now()
        for frame in self._framer.feed(data):
            self._door.take(self, self._door.reception.receive(frame, at))
        self._watch_idle()

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        if self._idle is not None:
            self._idle.cancel()
        self._flush()
        self._door.lines.discard(self)

    def write(self, data: bytes) -> None:
        """Send, unless the sender has gone; it will ask again with the same bytes."""
        if data and self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def pause(self) -> None:
        """Stop reading while too much waits to be stored."""
        if not self._paused and self._transport is not None and not self._transport.is_closing():
            self._paused = True
            self._transport.pause_reading()

    def resume(self) -> None:
        """Read again."""
        if self._paused and self._transport is not None and not self._transport.is_closing():
            self._paused = False
            self._transport.resume_reading()

    def hang_up(self) -> None:
        """End the connection after what was written has gone out."""
        if self._transport is not None:
            self._transport.close()

    def _watch_idle(self) -> None:
        # A frame that stays unfinished is given up: the sender is told, the line stays open.
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None
        if not self._framer.idle:
            loop = asyncio.get_running_loop()
            self._idle = loop.call_later(self._door.limits.idle_seconds, self._flush)

    def _flush(self) -> None:
        at = self._door.clock.now()
        for frame in self._framer.flush():
            self._door.take(self, self._door.reception.receive(frame, at))
