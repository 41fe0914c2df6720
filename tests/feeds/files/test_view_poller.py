"""Views of real databases: what is new, once, by the mapping; the cursor after the commit; never written."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import apsw
import psycopg
import pytest
from benches.load.postgres_server import PASSWORD, Cluster
from tests.clocks import HandClock

from wardwise.errors import Unanswered
from wardwise.feeds.asked_feed import AskedFeed
from wardwise.feeds.files import view as view_module
from wardwise.feeds.files.rows import as_body, as_text, rows_of
from wardwise.feeds.files.view import LISTENER, Database, ViewPoller
from wardwise.feeds.intake import read_all
from wardwise.feeds.mapped.trouble import Unreadable
from wardwise.feeds.reading import Reader
from wardwise.loop.capture.inbox import Arrival, Raw
from wardwise.sites.mapping import read_mapping
from wardwise.sites.view import View
from wardwise.stores.cursors import Cursors
from wardwise.stores.memory.inbox import MemoryInbox
from wardwise.stores.memory.log import MemoryLog
from wardwise.stores.views.postgres import PostgresView
from wardwise.stores.views.sqlite import SqliteView

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
MAPPING = """\
format: csv
version: 1
header: {employee: [Id, emp], unit: [Unit], starts: [starts_at], ends: [ends_at], changed: [changed_at], note: [Note]}
optional: [note]
delivers: delta
key: [employee, starts]
codes:
  units: {ED: ed, 4A: 4a}
emit:
  - kind: shift.assigned
    occurred_at: {take: changed, as: time}
    about:
      staff: {identifier: employee, authority: {constant: workforce}}
      unit: {take: unit, table: units}
    payload:
      shift: {constant: day}
      starts: {take: starts, as: time}
      ends: {take: ends, as: time}
      skill: {constant: ed}
    fact_key: [employee, starts]
"""
Row = tuple[str, str, int, int]  # who, where, on which day of March, changed at which minute of that morning
TABLE = "CREATE TABLE duty (emp TEXT, unit TEXT, starts_at {time}, ends_at {time}, changed_at {time}, diagnosis TEXT)"
VIEW = "CREATE VIEW shifts AS SELECT * FROM duty"


@dataclass
class Desk:
    """A vendor's database, and what asks it."""

    folder: Path
    reader: Reader
    write: Callable[..., None]
    database: Callable[..., Database]
    inbox: MemoryInbox = field(default_factory=MemoryInbox)
    log: MemoryLog = field(default_factory=MemoryLog)
    clock: HandClock = field(default_factory=lambda: HandClock(NOW))

    def poller(self, inbox: MemoryInbox | None = None, mapping: str = MAPPING, **other: Any) -> ViewPoller:
        (self.folder / "mapping.yaml").write_text(mapping)
        limits = {"page": 2, "overlap": 60, "timeout_seconds": 5.0, "view": "shifts"} | other
        return ViewPoller(
            feed=AskedFeed("demo", "roster", LISTENER, self.inbox if inbox is None else inbox, self.clock),
            view=View(address="postgresql://x/y", view="shifts", cursor="changed", since="2026-02-01 00:00:00"),
            mapping=read_mapping(self.folder / "mapping.yaml"), database=self.database(**limits),
            cursors=Cursors(self.folder / "cursors", "roster"),
        )  # fmt: skip

    def add(self, *rows: Row) -> None:
        for who, unit, day, minute in rows:
            date = f"2026-03-{day:02d}"
            told = (who, unit, f"{date} 07:00:00", f"{date} 19:00:00", f"2026-02-28 08:{minute:02d}:00", "secret")
            self.write("INSERT INTO duty VALUES (?, ?, ?, ?, ?, ?)", told)

    def holds(self, who: str) -> bool:
        return any(f'"{who}"'.encode() in raw.arrival.body for raw in self.inbox.pending("demo", after=0))

    def events(self) -> list[tuple[object, str]]:
        pending = self.inbox.pending("demo", after=0)
        read = read_all(pending, {"roster": self.reader})
        assert not [draft for draft in read.batch.drafts if draft.kind == "message.quarantined"], read.batch.drafts
        return [(draft.payload["starts"], str(draft.about.unit)) for draft in read.batch.drafts]

    @property
    def cursor(self) -> str:
        return Cursors(self.folder / "cursors", "roster").read().get("cursor", "")


def in_sqlite(folder: Path) -> tuple[Callable[..., None], Callable[..., Database]]:
    file = folder / "vendor.db"

    def write(statement: str, told: Sequence[object] = ()) -> None:
        with closing(apsw.Connection(str(file))) as connection:
            connection.execute(statement, told)

    write(TABLE.format(time="TEXT"))
    write(VIEW)
    return write, lambda **limits: SqliteView(file, **limits)


@pytest.fixture(params=["sqlite", "postgres"])
def desk(request: pytest.FixtureRequest, tmp_path: Path, reader_of: Callable[..., Reader]) -> Iterator[Desk]:
    if request.param == "sqlite":
        write, database = in_sqlite(tmp_path)
        yield Desk(tmp_path, reader_of("roster", MAPPING), write, database)
        return
    address = request.getfixturevalue("cluster").database()
    with psycopg.connect(address, password=PASSWORD, autocommit=True) as vendor:

        def write(statement: str, told: Sequence[object] = ()) -> None:
            vendor.execute(statement.replace("?", "%s"), told or None)

        write(TABLE.format(time="TIMESTAMP"))
        write(VIEW)
        yield Desk(
            tmp_path, reader_of("roster", MAPPING), write,
            lambda **limits: PostgresView(address=address, password=lambda: PASSWORD, **limits),
        )  # fmt: skip


FIRST: list[Row] = [("E1", "ED", 2, 0), ("E2", "4A", 2, 1), ("E3", "ED", 3, 1)]


def test_rows_become_facts_page_by_page_and_the_cursor_follows(desk: Desk) -> None:
    desk.add(*FIRST)
    assert desk.poller().turn() == 3
    assert [raw.arrival.body.count(b"E") for raw in desk.inbox.pending("demo", after=0)] == [3, 2]
    assert desk.events() == [
        ("2026-03-02T13:00:00.000000Z", "demo/ed"),
        ("2026-03-02T13:00:00.000000Z", "demo/4a"),
        ("2026-03-03T13:00:00.000000Z", "demo/ed"),
    ]
    assert desk.cursor == "2026-02-28 08:01:00"


def test_what_is_new_is_told_and_nothing_twice_also_after_a_new_start(desk: Desk) -> None:
    desk.add(*FIRST)
    poller = desk.poller()
    poller.turn()
    assert poller.turn() == 0
    desk.add(("E4", "ED", 4, 0))  # committed late, within the overlap
    assert poller.turn() == 1
    desk.add(("E5", "ED", 5, 9))
    assert desk.poller().turn() == 5  # a new process remembers no rows, and asks the overlap again
    assert len(desk.events()) == 5
    assert poller.turn() == 1
    assert desk.cursor == "2026-02-28 08:09:00"


def test_only_the_columns_of_the_mapping_leave_the_database(desk: Desk) -> None:
    desk.add(*FIRST)
    desk.poller().turn()
    bodies = b"".join(raw.arrival.body for raw in desk.inbox.pending("demo", after=0))
    assert b"secret" not in bodies
    assert b"diagnosis" not in bodies


class Failing(MemoryInbox):
    def receive(self, arrivals: Sequence[Arrival]) -> list[Raw]:
        if self.pending("demo", after=0):
            raise OSError(f"no space left for {len(arrivals)}")
        return super().receive(arrivals)


def test_the_cursor_moves_only_after_the_commit(desk: Desk) -> None:
    desk.add(*FIRST, ("E4", "ED", 4, 7))
    with pytest.raises(OSError, match="no space"):
        desk.poller(Failing()).turn()
    assert desk.cursor == "2026-02-28 08:01:00"  # of the first page
    assert desk.poller().turn() == 4


def test_a_page_that_cannot_be_kept_is_told_whole_by_the_same_process_later(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.add(*FIRST)
    poller = desk.poller()
    with monkeypatch.context() as less:
        less.setattr(view_module, "LARGEST", 10)
        for _ in range(2):
            with pytest.raises(Unanswered, match="lower `page`"):
                poller.turn()
    assert desk.cursor == ""
    assert poller.turn() == 3
    assert len(desk.events()) == 3


def test_a_view_with_nothing_new_says_so_now_and_then(desk: Desk) -> None:
    poller = desk.poller()
    for seconds in (0, 30, 61):
        desk.clock.seconds = seconds
        assert poller.turn() == 0
    names = [raw.arrival.control_id for raw in desk.inbox.pending("demo", after=0)]
    assert len(names) == 1  # the clock stands still here, so the second is the first again
    assert names[0].startswith("nothing-new")
    assert desk.inbox.counts("demo").duplicate == 1
    assert desk.events() == []


@pytest.mark.parametrize(
    ("other", "says"),
    [
        ({"view": "elsewhere"}, "no such view"),
        ({"mapping": MAPPING.replace("[Unit]", "[Ward]")}, "no column `unit` by any name"),
    ],
)
def test_a_view_that_is_not_as_told_says_why_and_the_cursor_stays(desk: Desk, other: dict[str, Any], says: str) -> None:
    desk.add(*FIRST)
    with pytest.raises(Unanswered, match=says):
        desk.poller(**other).turn()
    assert desk.cursor == ""


def test_nothing_can_be_written_by_what_asks(desk: Desk) -> None:
    with desk.database(view="shifts", page=1, overlap=0, timeout_seconds=5.0).opened() as view:
        connection: Any = view.connection  # type: ignore[attr-defined]
        with pytest.raises((apsw.ReadOnlyError, psycopg.errors.ReadOnlySqlTransaction)):
            connection.execute("DELETE FROM duty")


def test_a_question_that_takes_too_long_is_given_up(desk: Desk) -> None:
    desk.write("DROP VIEW shifts")
    many = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000) SELECT count(*) FROM n"
    desk.write(f"CREATE VIEW shifts AS SELECT duty.* FROM duty WHERE ({many}) > 0")  # noqa: S608
    desk.add(*FIRST)
    with pytest.raises(Unanswered, match="took longer than `timeout_seconds`"):
        desk.poller(timeout_seconds=0.2).turn()


def test_a_server_that_is_away_or_a_wrong_password_is_said_without_its_words(tmp_path: Path, cluster: Cluster) -> None:
    address = cluster.database()
    for at, secret in ((address, "wrong"), ("postgresql://x@127.0.0.1:1/y", PASSWORD)):
        view = PostgresView(at, "shifts", 10, 0, 5.0, password=lambda secret=secret: secret)
        with pytest.raises(Unanswered, match="the connection failed") as refused, view.opened():
            pass
        assert "127.0.0.1" not in str(refused.value)
    with pytest.raises(Unanswered, match="not there"), SqliteView(tmp_path / "none.db", "v", 1, 0, 1.0).opened():
        pass


@pytest.mark.parametrize(
    ("where", "checked"),
    [
        ("db.example", True),
        ("localhost", False),
        ("localhost,db.example", True),
        ("", False),
        ("localhost/x?hostaddr=192.0.2.1", True),
    ],
)
def test_a_server_elsewhere_must_show_its_certificate(
    monkeypatch: pytest.MonkeyPatch, where: str, *, checked: bool
) -> None:
    asked: list[str] = []

    def connect(conninfo: str) -> None:
        asked.append(conninfo)
        raise psycopg.OperationalError

    monkeypatch.setattr(psycopg, "connect", connect)
    view = PostgresView(f"postgresql://{where}", "shifts", 10, 0, 5.0, password=lambda: "")
    with pytest.raises(Unanswered), view.opened():
        pass
    assert ("sslmode=verify-full" in asked[0]) is checked


def test_a_number_may_be_the_cursor(tmp_path: Path, reader_of: Callable[..., Reader]) -> None:
    write, database = in_sqlite(tmp_path)
    write("DROP VIEW shifts")
    write("CREATE VIEW shifts AS SELECT rowid AS changed_at, emp, unit, starts_at, ends_at FROM duty")
    desk = Desk(tmp_path, reader_of("roster", MAPPING), write, database)
    desk.add(*FIRST)
    poller = desk.poller(overlap=1)
    poller.view = poller.view.model_copy(update={"since": 0})
    assert poller.turn() == 3
    assert desk.cursor == "3"
    desk.add(("E4", "ED", 4, 0))
    assert poller.turn() == 1


def test_a_cursor_that_is_to_come_stops_nothing_and_is_said(desk: Desk) -> None:
    desk.add(*FIRST)
    desk.write(
        "INSERT INTO duty VALUES ('E9', 'ED', '2026-03-02 07:00:00', '2026-03-02 19:00:00', '9999-12-31 00:00:00', '')"
    )
    poller = desk.poller()
    with pytest.raises(Unanswered, match="still to come"):
        poller.turn()
    assert desk.holds("E3")
    assert desk.holds("E9")
    desk.add(("E4", "ED", 4, 9))
    with pytest.raises(Unanswered, match="still to come"):
        poller.turn()
    assert desk.holds("E4")  # what is new comes all the same
    desk.write("UPDATE duty SET changed_at = '2026-02-28 08:30:00' WHERE emp = 'E9'")
    poller.turn()
    assert desk.cursor == "2026-02-28 08:30:00"


def test_without_an_overlap_rows_of_the_same_instant_come_too(tmp_path: Path, reader_of: Callable[..., Reader]) -> None:
    write, database = in_sqlite(tmp_path)
    desk = Desk(tmp_path, reader_of("roster", MAPPING), write, database)
    row = (
        "INSERT INTO duty VALUES (?, 'ED', '2026-03-02 07:00:00', '2026-03-02 19:00:00', '2026-02-28 08:00:00.123', '')"
    )
    write(row, ("E1",))
    poller = desk.poller(overlap=0)
    assert poller.turn() == 1
    write(row, ("E2",))
    assert poller.turn() == 1


def test_a_text_that_is_none_is_said(tmp_path: Path, reader_of: Callable[..., Reader]) -> None:
    write, database = in_sqlite(tmp_path)
    desk = Desk(tmp_path, reader_of("roster", MAPPING), write, database)
    desk.add(*FIRST)
    write("UPDATE duty SET unit = CAST(x'ff41' AS TEXT)")
    with pytest.raises(Unanswered, match="not UTF-8"):
        desk.poller().turn()


def test_values_are_written_one_way_only() -> None:
    at = datetime(2026, 3, 1, 7, 5, tzinfo=UTC)
    written = {
        None: "",
        True: "TRUE",
        3: "3",
        2.0: "2",
        2.5: "2.5",
        at: "2026-03-01 07:05+0000",
        at.date(): "2026-03-01",
    }
    assert [as_text(value) for value in written] == list(written.values())
    assert as_text(at.replace(tzinfo=None, microsecond=5)) == "2026-03-01 07:05:00.000005"
    for value in (b"x", ["x"], {"x": 1}):
        with pytest.raises(ValueError, match=type(value).__name__):
            as_text(value)


@pytest.mark.parametrize(
    "body",
    [
        b'{"wardwise-rows":1,',
        b'{"wardwise-rows":1,"columns":[1],"rows":[]}',
        b'{"wardwise-rows":1,"columns":["a"],"rows":[[null]]}',
    ],
)
def test_damaged_rows_are_said_to_be_so(body: bytes) -> None:
    with pytest.raises(Unreadable, match="damaged"):
        list(rows_of(body))
    assert list(rows_of(as_body(["a"], [["b"], [""]]))) == [(1, ["a"]), (2, ["b"])]
