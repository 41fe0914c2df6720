"""One MLLP connection: bytes to frames in time, answers out, and the manners of a door that is full."""

import asyncio
import socket
from collections.abc import Sequence
from enum import Enum, auto
from typing import Protocol

from wardwise.feeds.hl7v2.framing import Frame, Framer, Problem
from wardwise.feeds.hl7v2.peer import NOBODY, peer_of

_MOST_OF_A_HEADER = 16 * 1024
_KEEPALIVE = {socket.TCP_KEEPIDLE: 60, socket.TCP_KEEPINTVL: 15, socket.TCP_KEEPCNT: 4}  # gone for two minutes is gone


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
    """One connection. A frame has `idle_seconds` from its beginning to its end, pauses not counted."""

    def __init__(self, door: Door, *, idle_seconds: float) -> None:
        """`idle_seconds` is also how long answers may stay unread."""
        self._door = door
        self._idle_seconds = idle_seconds
        self._framer = Framer()
        self._held = 0
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self.peer = NOBODY
        self._pauses: set[Pause] = set()
        self._since: float | None = None  # when what is under way began
        self._unfinished_timer: asyncio.TimerHandle | None = None
        self._unread_timer: asyncio.TimerHandle | None = None
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
        _notice_death(transport)
        self._door.admit(self, transport)

    def data_received(self, data: bytes) -> None:
        """Pass on the frames that these bytes end, and time the one that they begin."""
        begun = self._framer.begun
        self._pass_on(self._framer.feed(data))
        if self._framer.idle:
            self._since = None
        elif self._since is None or self._framer.begun != begun:
            self._since = self._loop.time()
            self._watch(self._idle_seconds)
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
        for timer in (self._unfinished_timer, self._unread_timer):
            if timer is not None:
                timer.cancel()
        self._pass_on(self._framer.flush())
        self._door.leave(self)

    def pause_writing(self) -> None:
        """The sender does not read its answers: take no more from it, and cut it off if that lasts."""
        self.pause(Pause.UNREAD)
        self._unread_timer = self._loop.call_later(self._idle_seconds, self._cut_off)

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
        left = self._since + self._idle_seconds - self._loop.time()
        if left > 0:
            self._watch(left)
        else:
            self._since = None
            self._pass_on(self._framer.flush())

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


def _notice_death(transport: asyncio.Transport) -> None:
    # A sender that lost its power says no goodbye; without this its place would be taken for ever.
    line: socket.socket | None = transport.get_extra_info("socket")
    if line is not None and line.family in {socket.AF_INET, socket.AF_INET6}:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option, value in _KEEPALIVE.items():
            line.setsockopt(socket.IPPROTO_TCP, option, value)
