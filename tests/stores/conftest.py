"""One suite per port, run on every store: a new store is one line in LOGS or INBOXES."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from benches.load.postgres_server import Cluster

from wardwise.loop.capture.event import About, Draft
from wardwise.loop.capture.inbox import Arrival, Inbox
from wardwise.loop.capture.log import Log
from wardwise.stores.envelope import Envelope, load_envelope, make_inbox_key
from wardwise.stores.memory.inbox import MemoryInbox
from wardwise.stores.memory.log import MemoryLog
from wardwise.stores.postgres.inbox import PostgresInbox
from wardwise.stores.postgres.log import PostgresLog
from wardwise.stores.postgres.server import Server
from wardwise.stores.sqlite.inbox import SqliteInbox
from wardwise.stores.sqlite.log import SqliteLog

NO_SERVER = Server("", "nowhere")
ON_A_SERVER = "postgres"  # names that begin so need a server

LOGS: dict[str, Callable[[Path, Server], Log]] = {
    "memory": lambda _, __: MemoryLog(),
    "sqlite": lambda folder, _: SqliteLog(folder / "events.db"),
    "postgres": lambda _, server: PostgresLog(server),
}


def new_envelope(folder: Path) -> Envelope:
    """A key to seal with, made where it is not there yet."""
    make_inbox_key(folder)
    return load_envelope(folder)


INBOXES: dict[str, Callable[[Path, Server], Inbox]] = {
    "memory": lambda _, __: MemoryInbox(),
    "sqlite": lambda folder, _: SqliteInbox(folder / "inbox.db"),
    "sqlite-sealed": lambda folder, _: SqliteInbox(folder / "inbox.db", envelope=new_envelope(folder)),
    "postgres": lambda _, server: PostgresInbox(server),
    "postgres-sealed": lambda folder, server: PostgresInbox(server, envelope=new_envelope(folder)),
}

MORNING = datetime(2026, 3, 1, 6, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def address(cluster: Cluster) -> str:
    """A database that these tests share, one after the other."""
    return cluster.database()


@pytest.fixture
def server(cluster: Cluster, address: str) -> Server:
    """That database, empty."""
    return cluster.emptied(address)


@pytest.fixture(scope="session", params=[name for name in LOGS if name != "memory"])
def fresh_log(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Log]:
    """Makes an empty log of one kind, again and again; for many examples in one test."""
    return lambda: LOGS[request.param](tmp_path_factory.mktemp("log"), fresh_server_for(request))


OpenInbox = Callable[[Envelope | None], Inbox]


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def fresh_inbox(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], OpenInbox]:
    """Makes an empty inbox of one kind, again and again: what it gives opens that inbox with or without a key."""

    def fresh() -> OpenInbox:
        folder, server = tmp_path_factory.mktemp("inbox"), fresh_server_for(request)
        if server is NO_SERVER:
            return lambda envelope: SqliteInbox(folder / "inbox.db", envelope=envelope)
        return lambda envelope: PostgresInbox(server, envelope=envelope)

    return fresh


def fresh_server_for(request: pytest.FixtureRequest) -> Server:
    if not request.param.startswith(ON_A_SERVER):
        return NO_SERVER
    cluster: Cluster = request.getfixturevalue("cluster")
    return cluster.emptied(request.getfixturevalue("address"))


def server_for(request: pytest.FixtureRequest) -> Server:
    if not request.param.startswith(ON_A_SERVER):
        return NO_SERVER
    server: Server = request.getfixturevalue("server")
    return server


@pytest.fixture(params=LOGS)
def log(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Log]:
    store = LOGS[request.param](tmp_path, server_for(request))
    yield store
    store.close()


@pytest.fixture(params=INBOXES)
def inbox(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Inbox]:
    store = INBOXES[request.param](tmp_path, server_for(request))
    yield store
    store.close()


@pytest.fixture(scope="session")
def morning() -> datetime:
    return MORNING


@pytest.fixture(scope="session")
def draft() -> Callable[..., Draft]:
    """A heart rate of 80 for encounter e1 at six in the morning, unless told otherwise."""

    def make(identifier: str = "v1", *, kind: str = "sign.measured", minute: int = 0, **facts) -> Draft:
        about = {name: facts.pop(name) for name in ("unit", "patient", "staff") if name in facts}
        payloads = {
            "sign.measured": {"code": "heart-rate", "value": "80", "ucum": "/min"},
            "stay.arrived": {"class": "emergency"},
            "stay.discharged": {},
            "arrivals.counted": {"hour": "2026-03-01T05:00:00Z", "count": 3},
            "lab.resulted": {"code": "lactate", "value": "2.1"},
        }
        return Draft(
            id=identifier,
            kind=kind,
            occurred_at=MORNING + timedelta(minutes=minute),
            source="adt",
            about=About(encounter=facts.pop("encounter", "e1"), **about),
            payload=facts.pop("payload", payloads[kind]),
            **facts,
        )

    return make


@pytest.fixture(scope="session")
def arrival() -> Callable[..., Arrival]:
    """One message of the site's adt feed, unless told otherwise."""

    def make(control_id: str = "1", body: bytes = b"MSH|1", *, minute: int = 0, **facts) -> Arrival:
        return Arrival(
            site=facts.pop("site", "st"),
            source=facts.pop("source", "adt"),
            listener="mllp:2575",
            control_id=control_id,
            body=body,
            received_at=MORNING + timedelta(minutes=minute),
            **facts,
        )

    return make
