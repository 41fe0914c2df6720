"""The watch over the conservation law sees a count that was bent: without it, its silence would mean nothing."""

from collections.abc import Callable
from pathlib import Path

import apsw
import pytest
from tests.conservation import BOOKS

from wardwise.loop.capture.inbox import INTAKE, Arrival
from wardwise.loop.capture.log import Batch, Disposition, Outcome
from wardwise.stores.memory.inbox import MemoryInbox
from wardwise.stores.memory.log import MemoryLog
from wardwise.stores.sqlite.inbox import SqliteInbox
from wardwise.stores.sqlite.log import SqliteLog

Pair = tuple[SqliteInbox, SqliteLog] | tuple[MemoryInbox, MemoryLog]


def fill(inbox: SqliteInbox | MemoryInbox, log: SqliteLog | MemoryLog, arrival: Callable[..., Arrival]) -> None:
    """Three receipts, one of them refused, one dealt with."""
    raw, *_ = inbox.receive([arrival("1"), arrival("2"), arrival("3", refusal="no")])
    done = Batch([], [Disposition(raw.id, 1, Outcome.APPLIED, 0)], {INTAKE: 1})
    log.append(log.lease("st", "worker"), done, raw.arrival.received_at)


@pytest.fixture
def stores(tmp_path: Path, arrival: Callable[..., Arrival]) -> tuple[SqliteInbox, SqliteLog]:
    inbox, log = SqliteInbox(tmp_path / "inbox.db"), SqliteLog(tmp_path / "events.db")
    fill(inbox, log, arrival)
    BOOKS.check()
    return inbox, log


@pytest.mark.parametrize(
    ("file", "bent"),
    [
        ("inbox.db", "UPDATE tally SET receipts = receipts + 1 WHERE receipt = 'stored'"),
        ("inbox.db", "DELETE FROM tally WHERE receipt = 'refused'"),
        ("inbox.db", "DELETE FROM receipt WHERE sequence = 2"),
        ("events.db", "UPDATE outcome SET raws = raws + 1"),
        ("events.db", "DELETE FROM disposition"),
        ("events.db", "UPDATE consumer SET position = 2"),
    ],
)
@pytest.mark.unbalanced
def test_a_bent_count_of_a_file_is_seen(
    stores: tuple[SqliteInbox, SqliteLog], tmp_path: Path, file: str, bent: str
) -> None:
    other = apsw.Connection(str(tmp_path / file))
    other.execute(bent)
    other.close()
    BOOKS.strict = True
    with pytest.raises(AssertionError):
        BOOKS.check()
    BOOKS.strict = False
    for store in stores:
        store.close()


@pytest.mark.unbalanced
def test_a_raw_passed_over_in_memory_is_seen(arrival: Callable[..., Arrival]) -> None:
    inbox, log = MemoryInbox(), MemoryLog()
    fill(inbox, log, arrival)
    BOOKS.strict = True
    BOOKS.check()
    log.append(log.lease("st", "worker"), Batch([], [], {INTAKE: 2}), arrival().received_at)
    with pytest.raises(AssertionError, match="do not balance"):
        BOOKS.check()
    BOOKS.strict = False


@pytest.mark.unbalanced
def test_it_is_seen_when_a_store_is_closed(stores: tuple[SqliteInbox, SqliteLog], tmp_path: Path) -> None:
    inbox, log = stores
    log.append(
        log.lease("st", "worker"), Batch([], [], {INTAKE: 2}), inbox.pending("st", after=0)[0].arrival.received_at
    )
    BOOKS.strict = True
    with pytest.raises(AssertionError, match="do not balance"):
        inbox.close()
    BOOKS.strict = False
    log.close()
