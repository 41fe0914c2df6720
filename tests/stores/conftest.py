"""One suite per port, run on every store: a new store is one line in LOGS or INBOXES."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from wardwise.loop.capture.event import About, Draft
from wardwise.loop.capture.inbox import Arrival, Inbox
from wardwise.loop.capture.log import Log
from wardwise.stores.envelope import load_envelope, make_inbox_key
from wardwise.stores.memory.inbox import MemoryInbox
from wardwise.stores.memory.log import MemoryLog
from wardwise.stores.sqlite.inbox import SqliteInbox
from wardwise.stores.sqlite.log import SqliteLog

LOGS: dict[str, Callable[[Path], Log]] = {
    "memory": lambda _: MemoryLog(),
    "sqlite": lambda folder: SqliteLog(folder / "events.db"),
}


def sealed_inbox(folder: Path) -> SqliteInbox:
    """An inbox with a key, made where it is not there yet."""
    make_inbox_key(folder)
    return SqliteInbox(folder / "inbox.db", envelope=load_envelope(folder))


INBOXES: dict[str, Callable[[Path], Inbox]] = {
    "memory": lambda _: MemoryInbox(),
    "sqlite": lambda folder: SqliteInbox(folder / "inbox.db"),
    "sqlite-sealed": sealed_inbox,
}

MORNING = datetime(2026, 3, 1, 6, 0, tzinfo=UTC)


@pytest.fixture(params=LOGS)
def log(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Log]:
    store = LOGS[request.param](tmp_path)
    yield store
    store.close()


@pytest.fixture(params=INBOXES)
def inbox(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Inbox]:
    store = INBOXES[request.param](tmp_path)
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
