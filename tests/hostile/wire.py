"""A plain client of an MLLP door that is not ours: it does what it is told and no more."""

import socket
import struct
from typing import Self

END = b"\x1c\r"
MOST_SECONDS = 30.0


class Wire:
    """A plain socket to an MLLP door: sends what it is told and keeps what comes back."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=MOST_SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.told = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def end_sending(self) -> None:
        self._socket.shutdown(socket.SHUT_WR)

    def reset(self) -> None:
        """Break the connection as a crash does: RST, and whatever was under way is gone."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.close()

    def receive(self) -> bool:
        """Wait for some bytes; False when the door has ended its side."""
        part = self._socket.recv(65536)
        self.told += part
        return bool(part)

    def answers_upto(self, control_id: bytes) -> list[bytes]:
        """Every answer up to the one to a message, that one included."""
        while not (b"|" + control_id + b"\r" in self.told and self.told.endswith(END)):
            assert self.receive(), "the door hung up"
        return self.told.split(END)[:-1]

    def answers_upto_the_end(self) -> list[bytes]:
        """Every answer until the door hangs up."""
        while self.receive():
            pass
        return self.told.split(END)[:-1]
