"""A small blocking MLLP sender: one message, one answer, the same bytes again when none comes."""

import socket
from collections.abc import Callable
from dataclasses import dataclass
from time import sleep
from types import TracebackType
from typing import Self

from wardwise.demo.errors import NoAnswer
from wardwise.demo.loopback import require_loopback

OPEN, CLOSE = b"\x0b", b"\x1c\r"
CHUNK = 65_536
LONGEST_ANSWER = 1_048_576
TRY_AGAIN = frozenset({"AE", "CE"})


@dataclass(frozen=True, slots=True)
class Ack:
    """An acknowledgement: MSA-1, MSA-2, MSA-3. `attempts` counts the sendings it took."""

    code: str
    control: str
    text: str
    attempts: int = 1

    @property
    def accepted(self) -> bool:
        """Whether the receiver has it safe."""
        return self.code in {"AA", "CA"}


class _Lost(Exception):  # noqa: N818, RUF100 - never reaches a user: send() tries again
    """The connection broke or stayed silent."""


class MllpClient:
    """One connection of one feed; connects when first needed."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        patience: float = 10.0,
        attempts: int = 6,
        pause: Callable[[float], None] = sleep,
    ) -> None:
        """`patience` in seconds waits for an answer; `pause` waits before the second and later attempts."""
        self._address = (require_loopback(host), port)
        self._patience = patience
        self._attempts = attempts
        self._pause = pause
        self._socket: socket.socket | None = None
        self._held = b""

    def send(self, body: bytes, control: str) -> Ack:
        """Send until there is an answer whose MSA-2 is `control`; raises NoAnswer.

        An answer that asks to try again is obeyed; answers to other messages are passed over.
        """
        for attempt in range(1, self._attempts + 1):
            if attempt > 1:
                self._pause(0.05 * 2**attempt)
            try:
                ack = self._once(body, control)
            except (_Lost, OSError):
                self.close()
                continue
            if ack.code not in TRY_AGAIN:
                return Ack(ack.code, ack.control, ack.text, attempt)
        raise NoAnswer(
            address="{}:{}".format(*self._address), control=control or "(without id)", attempts=self._attempts
        )

    def close(self) -> None:
        """Let go of the connection; the next send opens another."""
        if self._socket is not None:
            self._socket.close()
        self._socket, self._held = None, b""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _once(self, body: bytes, control: str) -> Ack:
        if self._socket is None:
            self._socket = socket.create_connection(self._address, timeout=self._patience)
        self._socket.sendall(OPEN + body + CLOSE)
        while True:
            ack = read_ack(self._frame(self._socket))
            if ack is not None and ack.control == control:
                return ack

    def _frame(self, connection: socket.socket) -> bytes:
        while CLOSE not in self._held:
            data = connection.recv(CHUNK)
            if not data or len(self._held) > LONGEST_ANSWER:
                raise _Lost
            self._held += data
        frame, _, self._held = self._held.partition(CLOSE)
        return frame.rpartition(OPEN)[2]


def read_ack(frame: bytes) -> Ack | None:
    """The MSA of an answer; None when it has none."""
    for line in frame.decode("utf-8", "replace").replace("\n", "\r").split("\r"):
        fields = [*line.split("|"), "", "", ""]
        if fields[0] == "MSA":
            return Ack(fields[1], fields[2], fields[3])
    return None
