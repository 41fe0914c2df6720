"""A whole service of the demo site on loopback, and a plain MLLP client that is not ours to speak to it."""

import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from wardwise.assemble.stores import prepare
from wardwise.run.settings import Settings
from wardwise.run.supervisor import Supervisor


class Sender:
    """Sends a message and waits for its answer; on any trouble it connects anew and sends the same again."""

    def __init__(self, port: Callable[[], int]) -> None:
        self._port = port
        self._line: socket.socket | None = None

    def send(self, body: bytes, *, attempts: int = 1500) -> bytes:
        for _ in range(attempts):
            try:
                return self._once(body)
            except OSError:
                self.close()
                time.sleep(0.02)
        raise AssertionError("the door never answered")

    def close(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None

    def _once(self, body: bytes) -> bytes:
        if self._line is None:
            self._line = socket.create_connection(("127.0.0.1", self._port()), timeout=5)
        self._line.sendall(b"\x0b" + body + b"\x1c\r")
        answer = b""
        while not answer.endswith(b"\x1c\r"):
            part = self._line.recv(65536)
            if not part:
                raise ConnectionResetError
            answer += part
        return answer


@pytest.fixture
def service(tmp_path: Path, demo_site: Path, request: pytest.FixtureRequest) -> Iterator[Supervisor]:
    """The demo site's service on ports of the system's choosing, over a fresh data folder (`sealed`: its inbox is)."""
    data = tmp_path / "data"
    prepare(data, seed=1, encrypt_inbox=getattr(request, "param", "") == "sealed")
    with Supervisor(Settings(site=demo_site, data=data)) as running:
        yield running


@pytest.fixture
def sender(service: Supervisor) -> Iterator[Sender]:
    client = Sender(lambda: service.settings.mllp_port)
    yield client
    client.close()
