import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from wardwise.demo.errors import NoAnswer, NotLoopback
from wardwise.demo.mllp_client import CLOSE, OPEN, Ack, MllpClient, read_ack

BODY = b"MSH|^~\\&|EHR|LGH|||20260302060000||ADT^A01|Z1|P|2.5.1\rEVN|A01\r"
Answering = Callable[[int], bytes | None]


class Server:
    """Answers the n-th frame by a function of n; None closes the connection."""

    def __init__(self, answering: Answering) -> None:
        self.frames: list[bytes] = []
        self.connections = 0
        self._answering = answering
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            with connection:
                if self._talk(connection):
                    return

    def _talk(self, connection: socket.socket) -> bool:
        self.connections += 1
        held = b""
        while data := connection.recv(65_536):
            if data == b"stop":
                return True
            held += data
            while CLOSE in held:
                frame, _, held = held.partition(CLOSE)
                self.frames.append(frame.removeprefix(OPEN))
                answer = self._answering(len(self.frames))
                if answer is None:
                    return False
                connection.sendall(answer)
        return False

    def stop(self) -> None:
        with socket.create_connection(("127.0.0.1", self.port)) as last:
            last.sendall(b"stop")
        self._thread.join(5)
        self._listener.close()
        assert not self._thread.is_alive()


@contextmanager
def talking(answering: Answering, *, patience: float = 5.0, attempts: int = 4) -> Iterator[tuple[Server, MllpClient]]:
    server = Server(answering)
    client = MllpClient("127.0.0.1", server.port, patience=patience, attempts=attempts, pause=lambda _: None)
    try:
        with client:
            yield server, client
    finally:
        server.stop()


def ack(code: str, control: str, text: str = "") -> bytes:
    return OPEN + f"MSH|^~\\&|W|W|EHR|LGH|20260302060000||ACK|1|P|2.5.1\rMSA|{code}|{control}|{text}\r".encode() + CLOSE


def test_a_message_is_framed_and_its_answer_read() -> None:
    with talking(lambda _: ack("AA", "Z1")) as (server, client):
        assert client.send(BODY, "Z1") == Ack("AA", "Z1", "", 1)
        assert server.frames == [BODY]


def test_a_refusal_is_an_answer_and_is_not_sent_again() -> None:
    with talking(lambda _: ack("AR", "", "not HL7")) as (server, client):
        answer = client.send(b"no header", "")
        assert (answer.code, answer.accepted, answer.text) == ("AR", False, "not HL7")
        assert len(server.frames) == 1


def test_an_answer_to_another_message_is_passed_over() -> None:
    with talking(lambda _: ack("AR", "Z0") + ack("AA", "Z1")) as (_, client):
        assert client.send(BODY, "Z1").accepted


def test_without_an_answer_the_same_bytes_go_over_a_new_connection() -> None:
    with talking(lambda n: None if n < 3 else ack("AA", "Z1")) as (server, client):
        assert client.send(BODY, "Z1") == Ack("AA", "Z1", "", 3)
        assert server.frames == [BODY] * 3
        assert server.connections == 3


def test_silence_counts_as_no_answer() -> None:
    with talking(lambda n: b"" if n == 1 else ack("AA", "Z1"), patience=0.1) as (server, client):
        assert client.send(BODY, "Z1").attempts == 2
        assert server.frames == [BODY] * 2


def test_try_again_is_obeyed() -> None:
    with talking(lambda n: ack("AE" if n == 1 else "AA", "Z1")) as (server, client):
        assert client.send(BODY, "Z1").accepted
        assert len(server.frames) == 2
        assert server.connections == 1


def test_one_connection_carries_many_messages() -> None:
    with talking(lambda n: ack("AA", f"Z{n}")) as (server, client):
        assert all(client.send(BODY, f"Z{n}").accepted for n in range(1, 6))
        assert server.connections == 1


def test_after_the_last_attempt_it_says_which_message_got_no_answer() -> None:
    with talking(lambda _: None) as (server, client):
        with pytest.raises(NoAnswer, match="message Z1 after 4 attempts"):
            client.send(BODY, "Z1")
        assert len(server.frames) == 4


def test_it_speaks_to_this_machine_only() -> None:
    with pytest.raises(NotLoopback):
        MllpClient("192.0.2.1", 2575)


def test_an_answer_without_msa_is_none() -> None:
    assert read_ack(b"MSH|^~\\&|W\rERR|1") is None
