"""Who the broker is and who we are, by certificates, users and passwords in files; nothing of them is said."""

import socket
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

import nkeys
import pytest
from benches.kill.clients import arrival
from benches.load.brokers import KafkaServer, NatsServer
from benches.load.ports import free_port
from tests.feeds.certificates import Authority
from tests.feeds.stream.desk import Desk, require
from tests.feeds.stream.tls_front import tls_front

from wardwise.brokers.sign_in import Files
from wardwise.errors import Unanswered
from wardwise.feeds.stream.broker import Broker
from wardwise.feeds.stream.jetstream import JetStream
from wardwise.feeds.stream.kafka import KafkaTopic
from wardwise.sites.stream import ClientTls, Kafka, Nats

SECRET = "ZZSECRET-of-the-broker"


@dataclass
class Guarded(Desk):
    """A desk whose site's files are in a folder."""

    site: Path = Path()
    at: Nats | None = None

    def broker(self) -> Broker:
        assert self.at is not None
        return JetStream(self.at, "ward", Files(self.site))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("broker")
    for name in ("hospital", "strangers"):
        Authority.make(made, name)
    (made / "password").write_text(SECRET + "\n")
    (made / "wrong").write_text("ZZSECRET-of-somebody\n")
    for name in ("password", "wrong"):
        (made / name).chmod(0o600)
    return made


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[NatsServer]:
    require("nats-server")
    authority = Authority.make(folder, "hospital")
    certificate, key = authority.sign("broker")
    ours, our_key = authority.sign("ward")
    client = f'ca_file: "{authority.file}", verify: true'
    settings = f'tls {{ cert_file: "{certificate}", key_file: "{key}", {client} }}\n'
    settings += f'authorization {{ user: ward, password: "{SECRET}" }}\n'
    context = Files(folder).context(ClientTls(authority=str(authority.file), certificate=str(ours), key=str(our_key)))
    running = NatsServer(settings, tls=context, user="ward", password=SECRET)
    running.stream("H", "h.H")
    yield running
    running.close()


def desk(server: NatsServer, folder: Path, *, tls: dict[str, str] | None, word: str = "password") -> Guarded:
    tls_at = ClientTls(**tls) if tls is not None else None
    at = Nats(servers=(server.address,), stream="H", tls=tls_at, user="ward", password=word)
    return Guarded(server, name="H", site=folder, at=at)


OURS = {"authority": "hospital.pem", "certificate": "ward.crt", "key": "ward.key"}


def test_a_broker_that_asks_for_certificate_and_password_gives_its_messages(server: NatsServer, folder: Path) -> None:
    read = desk(server, folder, tls=OURS)
    read.publish(arrival("m1"))
    subscription = read.subscription()
    read.read(subscription, 1)
    read.end(subscription)


@pytest.mark.parametrize(
    ("tls", "word"),
    [
        (OURS | {"authority": "strangers.pem"}, "password"),
        ({"authority": "hospital.pem"}, "password"),
        (None, "password"),
        (OURS, "wrong"),
    ],
    ids=["the broker's authority is another", "no certificate of ours", "no TLS", "another password"],
)
def test_who_cannot_show_or_see_what_is_asked_gets_nothing_and_no_secret_is_said(
    server: NatsServer, folder: Path, tls: dict[str, str] | None, word: str
) -> None:
    with pytest.raises(Unanswered) as caught:
        desk(server, folder, tls=tls, word=word).subscription().turn()
    assert "ZZSECRET" not in str(caught.value)
    assert "a connection" in str(caught.value)


def heard_by(listener: socket.socket, heard: bytearray, more: bytes = b"") -> None:
    """Keep what one client says to a server that greets it in plain text, and answers only its first words."""
    with listener.accept()[0] as peer:
        peer.sendall(b'INFO {"server_id": "X", %b"version": "2.10.0", "max_payload": 1048576}\r\n' % more)
        while told := peer.recv(4096):
            heard.extend(told)
            if b"PING" in told:
                peer.sendall(b"PONG\r\n")
            if b"SUB" in told or b"PUB" in told:
                break


def test_a_server_without_tls_is_told_nothing_where_the_site_wants_tls(folder: Path) -> None:
    heard = bytearray()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = Thread(target=heard_by, args=(listener, heard))
        thread.start()
        at = Nats(
            servers=(f"127.0.0.1:{listener.getsockname()[1]}",),
            stream="H",
            tls=ClientTls(authority="hospital.pem"),
            user="ward",
            password="password",
        )
        read = Guarded(server=None, name="H", site=folder, at=at)  # type: ignore[arg-type]
        with pytest.raises(Unanswered, match="a connection"):
            read.subscription().turn()
        thread.join()
    assert bytes(heard) == b""


JWT = "-----BEGIN NATS USER JWT-----\nZZSECRET\n------END NATS USER JWT------\n"
SEED = "-----BEGIN USER NKEY SEED-----\n{}\n------END USER NKEY SEED------\n"
GOOD = nkeys.encode_seed(bytes(range(32)), nkeys.PREFIX_BYTE_USER).decode()


@pytest.mark.parametrize(
    "text",
    ["", "ZZSECRET", JWT, SEED.format(GOOD), JWT + SEED.format("SUAZZSECRET"), JWT + SEED.format("é")],
    ids=["empty", "none", "no seed", "no token", "a bad seed", "a seed of other letters"],
)
def test_credentials_that_are_none_are_said_and_end_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "creds").write_text(text)
    (tmp_path / "creds").chmod(0o600)
    at = Nats(servers=("127.0.0.1:1",), stream="H", credentials="creds")
    read = Guarded(server=None, name="H", site=tmp_path, at=at)  # type: ignore[arg-type]
    with pytest.raises(Unanswered, match="our own file of credentials cannot be used") as caught:
        read.subscription().turn()
    assert "ZZSECRET" not in str(caught.value)


def test_credentials_are_signed_with_and_never_shown(tmp_path: Path) -> None:
    (tmp_path / "creds").write_text(JWT + SEED.format(GOOD))
    (tmp_path / "creds").chmod(0o600)
    heard = bytearray()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = Thread(target=heard_by, args=(listener, heard, b'"auth_required": true, "nonce": "once", '))
        thread.start()
        at = Nats(servers=(f"127.0.0.1:{listener.getsockname()[1]}",), stream="H", credentials="creds")
        read = Guarded(server=None, name="H", site=tmp_path, at=at)  # type: ignore[arg-type]
        with pytest.raises(Unanswered, match="its consumer"):
            read.subscription().turn()
        thread.join()
    assert b'"jwt": "ZZSECRET"' in heard or b'"jwt":"ZZSECRET"' in heard
    assert b'"sig"' in heard
    assert GOOD.encode() not in heard


@pytest.mark.parametrize("missing", ["password", "authority", "certificate", "key", "credentials"])
def test_a_file_of_ours_that_is_not_there_is_said(folder: Path, missing: str) -> None:
    at = "127.0.0.1:1"
    if missing == "credentials":
        broker: Broker = JetStream(Nats(servers=(at,), stream="H", credentials="absent"), "ward", Files(folder))
    elif missing == "password":
        broker = KafkaTopic(Kafka(servers=(at,), topic="t", user="ward", password="absent"), "ward", Files(folder))
    else:
        (folder / "ward.crt").touch()
        (folder / "ward.key").touch(0o600)
        tls = ClientTls(**(OURS | {missing: "absent"}))
        broker = KafkaTopic(Kafka(servers=(at,), topic="t", tls=tls), "ward", Files(folder))
    read = Desk(server=None, name="t")  # type: ignore[arg-type]
    read.broker = lambda: broker  # type: ignore[method-assign]
    with pytest.raises(Unanswered, match="our own file of"):
        read.subscription().turn()


@pytest.mark.parametrize("named", ["password", "token", "credentials", "key"])
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o644])
def test_a_secret_that_others_may_read_is_not_used(tmp_path: Path, named: str, mode: int) -> None:
    for name in ("certificate", "key", "secret"):
        (tmp_path / name).touch(0o600)
    (tmp_path / ("key" if named == "key" else "secret")).chmod(mode)
    if named == "key":
        told: dict[str, Any] = {"tls": ClientTls(certificate="certificate", key="key")}
    else:
        told = {named: "secret", "user": "ward" if named == "password" else None}
    at = Nats(servers=("127.0.0.1:1",), stream="H", **told)
    read = Guarded(server=None, name="H", site=tmp_path, at=at)  # type: ignore[arg-type]
    with pytest.raises(Unanswered, match=r"others may read (secret|key): run `chmod 600` on it"):
        read.subscription().turn()


@pytest.mark.parametrize("authority", ["hospital", "strangers"])
def test_kafka_is_spoken_to_over_tls_where_its_certificate_is_known(tmp_path: Path, authority: str) -> None:
    require("tansu")
    certificate, key = Authority.make(tmp_path, "hospital").sign("broker")
    Authority.make(tmp_path, "strangers")
    port = free_port()
    with closing(KafkaServer(front=f"127.0.0.1:{port}")) as server, tls_front(port, server.port, certificate, key):
        tls = ClientTls(authority=f"{authority}.pem")
        at = Kafka(servers=(f"127.0.0.1:{port}",), topic="t", tls=tls)
        read = Desk(server, name="t")
        read.broker = lambda: KafkaTopic(at, "ward", Files(tmp_path))  # type: ignore[method-assign]
        subscription = read.subscription()
        if authority == "hospital":
            assert subscription.turn() == 0
        else:
            with pytest.raises(Unanswered, match="did not give a place in the group"):
                subscription.turn()
        read.end(subscription)
