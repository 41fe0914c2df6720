"""One MLLP connection: bytes to frames in time, answers out, and the manners of a door that is full."""

import asyncio
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol

import structlog

from wardwise.feeds.hl7v2.framing import Frame, Framer, Problem
from wardwise.feeds.hl7v2.peer import NOBODY, peer_of

_LOG = structlog.get_logger("mllp")
_MOST_OF_A_HEADER = 16 * 1024


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a connection is waited for, in seconds.

    `frame` for a frame to end, and for answers to be read; `quiet` for anybody to say anything at all; `dead` for the
    sender's machine to answer the network's own questions, from its last word.
    """

    frame: float
    quiet: float
    dead: int


class Door(Protocol):
    """What a connection asks of the door that it came through."""

    def admit(self, line: "Line", transport: asyncio.Transport) -> None:
        """Count the connection in, or turn it away."""
        ...

    def leave(self, line: "Line | TurnedAway") -> None:
        """Count the connection out."""
        ...

    def take(self, line: "Line", frames: Sequence[Frame], *, held: int) -> None:
        """Take frames in; `held` is by how many bytes the line's unfinished ones grew."""
        ...

    def make_room(self) -> None:
        """Bring the bytes of all connections back into the budget."""
        ...

    def refusal(self, body: bytes) -> bytes:
        """The framed answer to a message that comes when the door is full."""
        ...


class Pause(Enum):
    """Why a line is not read: too much waits to be stored, or its sender does not read the answers."""

    STORE = auto()
    UNREAD = auto()


class Line(asyncio.Protocol):
    """One connection. A frame has its time from its beginning to its end, pauses not counted.

    One that is quiet for long is let go: a sender may be silent for hours, but one that left without the end of the
    connection coming through, or that forgot it, would hold its place for ever.
    """

    def __init__(self, door: Door, patience: Patience) -> None:
        """Not connected yet."""
        self._door = door
        self._patience = patience
        self._framer = Framer()
        self._held = 0
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self.peer = NOBODY
        self._pauses: set[Pause] = set()
        self._since: float | None = None  # when what is under way began
        self._unfinished_timer: asyncio.TimerHandle | None = None
        self._unread_timer: asyncio.TimerHandle | None = None
        self._quiet_timer: asyncio.TimerHandle | None = None
        self._heard_at = 0.0
        self._owed = 0  # messages and fragments taken in that the door has not settled yet
        self._ended = False

    @property
    def unfinished(self) -> int:
        """Bytes of the frame under way."""
        return self._framer.unfinished

    @property
    def passed_over(self) -> int:
        """Bytes that were counted and not kept: of frames given up as too large, and padding between frames."""
        return self._framer.skipped + self._framer.padding

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask the door in."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - create_server makes no other
        self._transport = transport
        self.peer = peer_of(transport)
        _notice_death(transport, self._patience.dead)
        self._heard_at = self._loop.time()
        self._quiet_timer = self._loop.call_later(self._patience.quiet, self._hush)
        self._door.admit(self, transport)

    def data_received(self, data: bytes) -> None:
        """Pass on the frames that these bytes end, and time the one that they begin."""
        begun, self._heard_at = self._framer.begun, self._loop.time()
        self._pass_on(self._framer.feed(data))
        if self._framer.idle:
            self._since = None
        elif self._since is None or self._framer.begun != begun:
            self._since = self._loop.time()
            self._watch(self._patience.frame)
        self._door.make_room()

    def eof_received(self) -> bool:
        """The sender has said all it wants to say and still waits: stay open until it has its answers."""
        self._since = None
        self._ended = True
        self._pass_on(self._framer.flush())
        return bool(self._owed) and not self.peer.over_tls  # TLS knows no half-closed connection

    def connection_lost(self, exc: Exception | None) -> None:
        """Pass on what is left; nothing is timed any more."""
        del exc
        for timer in (self._unfinished_timer, self._unread_timer, self._quiet_timer):
            if timer is not None:
                timer.cancel()
        self._pass_on(self._framer.flush())
        self._door.leave(self)

    def pause_writing(self) -> None:
        """The sender does not read its answers: take no more from it, and cut it off if that lasts."""
        self.pause(Pause.UNREAD)
        self._unread_timer = self._loop.call_later(self._patience.frame, self._cut_off)

    def resume_writing(self) -> None:
        """The sender reads again."""
        if self._unread_timer is not None:
            self._unread_timer.cancel()
        self.resume(Pause.UNREAD)

    def owe(self, count: int) -> None:
        """Remember how much was taken in that is still to be settled."""
        self._owed += count

    def settle(self, data: bytes, count: int) -> None:
        """Send what settles so many, unless the sender has gone; it will ask again with the same bytes.

        A sender that has ended its half and has all its answers is let go.
        """
        self._owed -= count
        if self._transport is None or self._transport.is_closing():
            return
        if data:
            self._transport.write(data)
        if self._ended and not self._owed:
            self.hang_up()

    def pause(self, why: Pause) -> None:
        """Stop reading."""
        self._pauses.add(why)
        if self._transport is not None:
            self._transport.pause_reading()

    def resume(self, why: Pause) -> None:
        """Read again if nothing else speaks against it; the frame under way gets its time anew."""
        self._pauses.discard(why)
        if not self._pauses and self._transport is not None:
            if self._since is not None:
                self._since = self._loop.time()
            self._transport.resume_reading()

    def give_up(self) -> None:
        """Refuse the frame under way as too large and pass over what is still to come of it."""
        self._pass_on(self._framer.overflow())

    def hang_up(self) -> None:
        """End the connection after what was written has gone out."""
        if self._transport is not None:
            self._transport.close()

    def _pass_on(self, frames: Sequence[Frame]) -> None:
        before, self._held = self._held, self._framer.held
        self._door.take(self, frames, held=self._held - before)

    def _watch(self, seconds: float) -> None:
        if self._unfinished_timer is None:
            self._unfinished_timer = self._loop.call_later(seconds, self._look)

    def _look(self) -> None:
        # A frame that stays unfinished is given up: the sender is told, the line stays open.
        self._unfinished_timer = None
        if self._since is None:
            return
        if self._pauses:
            self._since = self._loop.time()
        left = self._since + self._patience.frame - self._loop.time()
        if left > 0:
            self._watch(left)
        else:
            self._since = None
            self._pass_on(self._framer.flush())

    def _hush(self) -> None:
        left = self._heard_at + self._patience.quiet - self._loop.time()
        if left > 0 or self._owed or self._pauses:  # whoever waits for us is not quiet
            self._quiet_timer = self._loop.call_later(max(left, 1.0), self._hush)
        else:
            _LOG.info("a quiet connection is let go", seconds=round(self._loop.time() - self._heard_at))
            self._cut_off()

    def _cut_off(self) -> None:
        if self._transport is not None:
            self._transport.abort()  # close() would wait for the answers to be read


class TurnedAway(asyncio.Protocol):
    """One connection too many: its first message, or its silence, is answered by a refusal; then it is closed."""

    def __init__(self, door: Door, transport: asyncio.Transport, *, idle_seconds: float) -> None:
        """Takes the transport over from the line that was not admitted."""
        self._door = door
        self._transport = transport
        self._framer = Framer(_MOST_OF_A_HEADER)
        self._timer = asyncio.get_running_loop().call_later(idle_seconds, self.refuse)
        transport.set_protocol(self)

    def data_received(self, data: bytes) -> None:
        """Answer the first message."""
        for frame in self._framer.feed(data):
            if frame.problem is not Problem.JUNK:
                self.refuse(frame.body)
                return

    def connection_lost(self, exc: Exception | None) -> None:
        """Leave."""
        del exc
        self._timer.cancel()
        self._door.leave(self)

    def refuse(self, body: bytes = b"") -> None:
        """Say why, and close."""
        if not self._transport.is_closing():
            self._transport.write(self._door.refusal(body))
            self._transport.close()


def _notice_death(transport: asyncio.Transport, dead_seconds: int) -> None:
    # A sender that lost its power says no goodbye; without this its place would be taken for ever.
    line: socket.socket | None = transport.get_extra_info("socket")
    if line is None or line.family not in {socket.AF_INET, socket.AF_INET6}:
        return
    silent = max(dead_seconds // 2, 1)
    between = max(dead_seconds // 8, 1)
    line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, silent)
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, between)
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, max((dead_seconds - silent) // between, 1))
    # Questions are asked of a line with nothing under way only; an answer that nobody confirms is timed by this.
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, dead_seconds * 1000)
