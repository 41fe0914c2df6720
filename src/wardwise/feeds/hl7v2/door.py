"""The MLLP door: frames in, synced to the inbox in groups, acknowledged only then."""

import asyncio
import itertools
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from socket import socket
from ssl import SSLContext

import structlog

from wardwise.errors import StoreUnavailable
from wardwise.feeds.hl7v2.framing import Frame
from wardwise.feeds.hl7v2.gathering import Gathering
from wardwise.feeds.hl7v2.line import Line, Patience, Pause, TurnedAway
from wardwise.feeds.hl7v2.reception import Received, Reception, answer, door_full, try_again
from wardwise.hospital.clock import Clock
from wardwise.hospital.moment import micros
from wardwise.loop.capture.inbox import Inbox, Raw

_LOG = structlog.get_logger("mllp")
_MOST_AT_ONCE = 512
_BACKLOG = 256
_HANDSHAKE_SECONDS = 10.0  # for a certificate to be shown; a connection that waits longer is cut
_MOST_TURNED_AWAY = 64


@dataclass(frozen=True, slots=True)
class DoorLimits:
    """What one door takes on.

    Connections; bytes over all of them, in unfinished frames or waiting to be stored; seconds a frame may
    take from its beginning to its end, and a sender to read its answers; seconds a message may wait for others, so
    that one sync serves them all; seconds after which a quiet connection is let go, and one whose machine is gone.
    """

    connections: int = 256
    waiting_bytes: int = 64 * 1024 * 1024
    idle_seconds: float = 30.0
    gather_seconds: float = 0.002
    quiet_seconds: float = 24 * 3600.0
    dead_seconds: int = 120


@dataclass(frozen=True, slots=True)
class _Waiting:
    line: Line
    received: Received


class MllpDoor:
    """Listens, stores, answers. One thread commits; the event loop never waits on the disk.

    Over its budget of bytes it stops reading until half is stored, and gives up the largest unfinished frames
    where these hold more than half of it. When the store fails the senders are told to try again and `failed`
    is called: the process should end and be started anew, since what a failed sync left behind is unknown.
    """

    def __init__(
        self,
        inbox: Inbox,
        reception: Reception,
        clock: Clock,
        *,
        failed: Callable[[], None],
        limits: DoorLimits | None = None,
        allow: Sequence[str] = (),
    ) -> None:
        """`allow` are the addresses and networks that may connect; empty means all."""
        self._inbox = inbox
        self.reception = reception
        self.clock = clock
        self._failed = failed
        # Asked before every commit why nothing is taken in now. With a reason nothing is stored, and the senders are
        # told it and to try again.
        self.closed: Callable[[], str] = str
        self.limits = limits or DoorLimits()
        self.allow = tuple(allow)
        self.lines: set[Line] = set()
        self.waiting_bytes = 0
        self._turned_away: set[TurnedAway] = set()
        self._passed_over = 0
        self._held = 0  # bytes of unfinished frames over all lines
        self._paused = False
        self._stopped = False
        self._queue: asyncio.Queue[_Waiting] = asyncio.Queue()
        self._gathering = Gathering(self.limits.gather_seconds)
        self._group: Sequence[_Waiting] = ()
        self._committer = ThreadPoolExecutor(1, thread_name_prefix="inbox")
        self._numbers = itertools.count(1)
        self._task: asyncio.Task[None] | None = None

    @property
    def passed_over(self) -> int:
        """Bytes that all connections so far sent and nobody kept: padding, and the rest of frames too large."""
        return self._passed_over + sum(line.passed_over for line in self.lines)

    async def open(self, host: str, port: int, *, context: SSLContext | None = None) -> asyncio.Server:
        """Begin to listen, over TLS where there is a context; port 0 lets the system choose."""
        loop = asyncio.get_running_loop()
        self._task = loop.create_task(self._commit_for_ever())
        self._task.add_done_callback(self._ended)
        seconds = _HANDSHAKE_SECONDS if context is not None else None
        return await loop.create_server(
            self._line, host, port, backlog=_BACKLOG, ssl=context, ssl_handshake_timeout=seconds
        )

    async def listen(self, ear: socket, context: SSLContext) -> asyncio.Server:
        """Listen on a socket that listens already, with other certificates."""
        loop = asyncio.get_running_loop()
        return await loop.create_server(
            self._line, sock=ear, backlog=_BACKLOG, ssl=context, ssl_handshake_timeout=_HANDSHAKE_SECONDS
        )

    def _line(self) -> Line:
        limits = self.limits
        return Line(self, Patience(limits.idle_seconds, limits.quiet_seconds, limits.dead_seconds))

    async def close(self) -> None:
        """Answer what was taken in, then let go of every connection."""
        await self._queue.join()
        if self._task is not None:
            self._task.cancel()
        for line in list(self.lines):
            line.hang_up()
        for away in list(self._turned_away):
            away.refuse()
        self._committer.shutdown()

    def admit(self, line: Line, transport: asyncio.Transport) -> None:
        """Count a connection in, or turn it away; a new one is not read either while reading pauses."""
        if self.allow and not line.peer.within(self.allow):
            _LOG.warning("a connection was refused: its address is not in `allow`", address=line.peer.address)
            transport.abort()
            return
        if len(self.lines) < self.limits.connections:
            self.lines.add(line)
            if self._paused:
                line.pause(Pause.STORE)
            return
        _LOG.warning("a connection was refused", open=len(self.lines))
        away = TurnedAway(self, transport, idle_seconds=self.limits.idle_seconds)
        self._turned_away.add(away)
        if len(self._turned_away) > _MOST_TURNED_AWAY:
            away.refuse()

    def leave(self, line: Line | TurnedAway) -> None:
        """Count a connection out."""
        if isinstance(line, Line):
            self.lines.discard(line)
            self._passed_over += line.passed_over
            if line.passed_over:
                _LOG.info("a connection ended that sent bytes which are not kept", passed_over=line.passed_over)
        else:
            self._turned_away.discard(line)

    def refusal(self, body: bytes) -> bytes:
        """The framed answer to a message that comes when the door is full."""
        at = self.clock.now()
        return door_full(body, at=at, control_id=self._control_id(at))

    def take(self, line: Line, frames: Sequence[Frame], *, held: int) -> None:
        """Queue what a connection brought; `held` is by how many bytes its unfinished frame grew."""
        self._held += held
        at = self.clock.now()
        for frame in frames:
            arrived = self.reception.receive(frame, at, line.peer)
            line.owe(len(arrived))
            for received in arrived:
                self.waiting_bytes += received.weight
                self._queue.put_nowait(_Waiting(line, received))
        self._gathering.arrived(self._queue.qsize() + len(self._group))
        if self._stopped:
            self._send_back()

    def make_room(self) -> None:
        """Give up the largest frames while unfinished ones fill the budget; pause while stored bytes will free it."""
        most = self.limits.waiting_bytes
        while self._held > most // 2 and self._held + self.waiting_bytes > most:
            largest = max(self.lines, key=lambda line: line.unfinished)
            if not largest.unfinished:
                break
            _LOG.warning("a frame was given up, the budget is used up", size=largest.unfinished)
            largest.give_up()
        if not self._paused and self.waiting_bytes > most // 2 and self._held + self.waiting_bytes > most:
            self._paused = True
            for line in self.lines:
                line.pause(Pause.STORE)

    async def _commit_for_ever(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            self._group = [await self._queue.get()]
            await self._gathering.company(self._queue.qsize() + 1)
            self._group = [*self._group, *self._queued(_MOST_AT_ONCE - 1)]
            if why := self.closed():
                self._answer(self._group, None, why=why)
                self._finish()
                continue
            arrivals = [waiting.received.arrival for waiting in self._group]
            try:
                raws = await loop.run_in_executor(self._committer, self._inbox.receive, arrivals)
            except StoreUnavailable as fault:
                _LOG.error("the inbox took nothing", messages=len(arrivals), fault=type(fault).__name__)
                self._answer(self._group, None)
                self._failed()
            else:
                self._answer(self._group, raws)
            self._finish()

    def _finish(self) -> None:
        self._gathering.answered(len(self._group), self._queue.qsize())
        self._settle(self._group)

    def _queued(self, most: int) -> list[_Waiting]:
        return [self._queue.get_nowait() for _ in range(min(most, self._queue.qsize()))]

    def _ended(self, task: asyncio.Task[None]) -> None:
        # Whatever ended the commits, no sender is left waiting and the process hears of it.
        if task.cancelled():
            return
        self._stopped = True
        _LOG.critical("the commits ended", fault=type(task.exception()).__name__)
        try:
            self._send_back()
        finally:
            self._failed()

    def _send_back(self) -> None:
        group = [*self._group, *self._queued(self._queue.qsize())]
        self._settle(group)
        self._answer(group, None)

    def _answer(self, group: Sequence[_Waiting], raws: Sequence[Raw] | None, *, why: str = "") -> None:
        at = self.clock.now()
        answers: dict[Line, list[bytes]] = {}
        for index, waiting in enumerate(group):
            control_id = self._control_id(at)
            if raws is None:
                said = try_again(waiting.received, at=at, control_id=control_id, why=why)
            else:
                said = answer(waiting.received, raws[index].receipt, at=at, control_id=control_id)
            answers.setdefault(waiting.line, []).append(said)
        for line, parts in answers.items():
            line.settle(b"".join(parts), len(parts))

    def _control_id(self, at: datetime) -> str:
        return f"{micros(at)}-{next(self._numbers)}"

    def _settle(self, group: Sequence[_Waiting]) -> None:
        self._group = ()
        for waiting in group:
            self.waiting_bytes -= waiting.received.weight
            self._queue.task_done()
        if self._paused and self.waiting_bytes <= self.limits.waiting_bytes // 2:
            self._paused = False
            for line in self.lines:
                line.resume(Pause.STORE)
