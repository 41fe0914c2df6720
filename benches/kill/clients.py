"""Senders that send a message again until it is acknowledged, each on its own connection."""

import socket
import threading
import time
from collections.abc import Sequence

_PATIENCE_SECONDS = 5.0
_PAUSE_SECONDS = 0.02
_END = b"\x1c\r"


def arrival(control: str) -> bytes:
    """Somebody comes to the emergency department."""
    return (
        f"MSH|^~\\&|EHR|LGH|WW|WW|20260301080000||ADT^A04|{control}|P|2.5.1\rEVN|A04|20260301080000\r"
        f"PID|1||M{control}^^^LGH^MR||ZZPHI^A\rPV1|1|E|ED^^{control}||||||||||||||||V{control}^^^LGH\r"
    ).encode()


def exchange(line: socket.socket, body: bytes) -> bytes:
    """Send one message, wait for its answer; OSError when the line breaks first."""
    line.sendall(b"\x0b" + body + _END)
    answer = b""
    while not answer.endswith(_END):
        part = line.recv(65536)
        if not part:
            raise ConnectionResetError
        answer += part
    return answer


class Client(threading.Thread):
    """Sends arrivals one after the other until told to stop; `acked` holds the control ids it was told are safe."""

    def __init__(self, number: int, port: int, *, pause: float = 0.0) -> None:
        """Not started yet."""
        super().__init__(name=f"client-{number}", daemon=True)
        self.acked: list[str] = []
        self.times: list[float] = []
        self.other: list[bytes] = []
        self._number = number
        self._port = port
        self._pause = pause
        self._ending = threading.Event()

    def run(self) -> None:
        """One message after the other, each until it is acknowledged."""
        line: socket.socket | None = None
        control = self._control()
        while not self._ending.is_set():
            try:
                line = line or socket.create_connection(("127.0.0.1", self._port), _PATIENCE_SECONDS)
                answer = exchange(line, arrival(control))
            except OSError:
                if line is not None:
                    line.close()
                line = None
                time.sleep(_PAUSE_SECONDS)
                continue
            if f"MSA|AA|{control}".encode() in answer:
                self.times.append(time.monotonic())
                self.acked.append(control)
                control = self._control()
            else:
                self.other.append(answer)
                time.sleep(_PAUSE_SECONDS)
            time.sleep(self._pause)
        if line is not None:
            line.close()

    def stop(self) -> None:
        """Stop after the message under way."""
        self._ending.set()

    def _control(self) -> str:
        return f"k{self._number}-{len(self.acked)}"


def stop_all(clients: Sequence[Client]) -> None:
    """Stop every client and wait for it."""
    for client in clients:
        client.stop()
    for client in clients:
        client.join(2 * _PATIENCE_SECONDS)
