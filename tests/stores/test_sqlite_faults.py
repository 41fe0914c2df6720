"""What goes wrong below the stores is said aloud and leaves nothing half-written."""

import os
import stat

import apsw
import pytest

from wardwise.errors import NotAllowed, StoreUnavailable
from wardwise.loop.capture.log import Batch, Disposition, Outcome
from wardwise.stores.sql.access import Access
from wardwise.stores.sqlite.database import SqliteFile
from wardwise.stores.sqlite.inbox import SqliteInbox
from wardwise.stores.sqlite.log import SqliteLog
from wardwise.stores.sqlite.schema import queries, schema
from wardwise.stores.vault import Vault


class FailingDisk(apsw.VFS):
    """The real file system, which fails when told to."""

    def __init__(self):
        self.on_write = self.on_sync = None
        self.syncs = 0
        super().__init__("failing-disk", "")

    def xOpen(self, name, flags):  # noqa: N802
        return FailingFile(self, name, flags)


class FailingFile(apsw.VFSFile):
    def __init__(self, disk, name, flags):
        self.disk = disk
        super().__init__("", name, flags)

    def xWrite(self, data, offset):  # noqa: N802
        if self.disk.on_write:
            raise self.disk.on_write
        super().xWrite(data, offset)

    def xSync(self, flags):  # noqa: N802
        self.disk.syncs += 1
        if self.disk.on_sync:
            raise self.disk.on_sync
        super().xSync(flags)


@pytest.fixture
def disk():
    made = FailingDisk()
    yield made
    made.unregister()


def test_a_full_disk_keeps_nothing_of_the_batch_and_recovers(tmp_path, disk, draft, morning):
    log = SqliteLog(tmp_path / "events.db", vfs="failing-disk")
    lease = log.lease("st", "worker")
    log.append(lease, Batch([draft("v1")]), morning)
    disk.on_write = apsw.FullError("database or disk is full")
    batch = Batch([draft("v2")], [Disposition("w1", 1, Outcome.APPLIED, 1)], {"board": 1})
    with pytest.raises(StoreUnavailable, match="Free some disk space"):
        log.append(lease, batch, morning)
    assert [event.id for event in log.read("st")] == ["v1"]
    assert (log.offset("st", "board"), log.disposition("st", "w1")) == (0, None)
    disk.on_write = None
    assert log.append(lease, batch, morning)[0].position == 2
    log.verify("st")
    log.close()


def test_after_a_failed_sync_the_log_stays_closed_until_it_is_opened_anew(tmp_path, disk, draft, morning):
    log = SqliteLog(tmp_path / "events.db", vfs="failing-disk")
    lease = log.lease("st", "worker")
    log.append(lease, Batch([draft("v1")]), morning)
    disk.on_sync = apsw.IOError("fsync")
    with pytest.raises(StoreUnavailable, match="opened anew"):
        log.append(lease, Batch([draft("v2")]), morning)
    disk.on_sync = None
    for attempt in (lambda: log.append(lease, Batch([draft("v2")]), morning), lambda: log.head("st")):
        with pytest.raises(StoreUnavailable, match="opened anew"):
            attempt()
    log.close()
    again = SqliteLog(tmp_path / "events.db", vfs="failing-disk")
    again.append(lease, Batch([draft("v2")]), morning)
    assert [event.id for event in again.read("st")] == ["v1", "v2"]
    again.verify("st")
    again.close()


def test_a_group_of_arrivals_and_a_batch_of_events_cost_one_sync_each(tmp_path, disk, arrival, draft, morning):
    inbox = SqliteInbox(tmp_path / "inbox.db", vfs="failing-disk")
    log = SqliteLog(tmp_path / "events.db", vfs="failing-disk")
    lease = log.lease("st", "worker")
    inbox.receive([arrival("0", b"first")])
    log.append(lease, Batch([draft("v0")]), morning)
    disk.syncs = 0
    inbox.receive([arrival(str(n), b"%d" % n) for n in range(1, 65)])
    assert disk.syncs == 1
    log.append(lease, Batch([draft("v1")]), morning)
    assert disk.syncs == 2
    inbox.close()
    log.close()


def test_a_full_disk_stores_none_of_the_arrivals(tmp_path, disk, arrival):
    inbox = SqliteInbox(tmp_path / "inbox.db", vfs="failing-disk")
    disk.on_write = apsw.FullError("database or disk is full")
    with pytest.raises(StoreUnavailable):
        inbox.receive([arrival("1"), arrival("2")])
    disk.on_write = None
    assert inbox.counts("st").received == 0
    assert [raw.sequence for raw in inbox.receive([arrival("1"), arrival("2")])] == [1, 2]
    inbox.close()


@pytest.mark.parametrize("open_store", [SqliteLog, SqliteInbox, Vault])
@pytest.mark.parametrize("access", Access)
def test_a_newer_schema_is_refused_with_a_message(tmp_path, open_store, access):
    path = tmp_path / "store.db"
    open_store(path).close()
    other = apsw.Connection(str(path))
    other.pragma("user_version", 99)
    other.close()
    with pytest.raises(StoreUnavailable, match=r"version 99, this wardwise knows up to \d+"):
        open_store(path, access=access)


def test_another_kind_of_file_is_refused(tmp_path):
    SqliteInbox(tmp_path / "inbox.db").close()
    with pytest.raises(StoreUnavailable, match="not a wardwise events file"):
        SqliteLog(tmp_path / "inbox.db")
    (tmp_path / "text.db").write_bytes(b"not a database at all" * 100)
    with pytest.raises(StoreUnavailable, match="not a database"):
        SqliteLog(tmp_path / "text.db")


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(StoreUnavailable, match="nowhere"):
        SqliteLog(tmp_path / "nowhere" / "events.db")
    with pytest.raises(StoreUnavailable, match=r"events\.db"):
        SqliteLog(tmp_path / "events.db", access=Access.READ)


def test_a_reader_does_not_write(tmp_path, draft, morning):
    writer = SqliteLog(tmp_path / "events.db")
    lease = writer.lease("st", "worker")
    reader = SqliteLog(tmp_path / "events.db", access=Access.READ)
    writer.append(lease, Batch([draft("v1")]), morning)
    assert [event.id for event in reader.read("st")] == ["v1"]
    for attempt in (lambda: reader.lease("st", "x"), lambda: reader.append(lease, Batch(), morning)):
        with pytest.raises(NotAllowed):
            attempt()
    reader.close()
    writer.close()


def test_a_reader_opens_a_log_whose_writer_is_gone(tmp_path, draft, morning):
    writer = SqliteLog(tmp_path / "events.db")
    writer.append(writer.lease("st", "worker"), Batch([draft("v1")]), morning)
    writer.close()
    reader = SqliteLog(tmp_path / "events.db", access=Access.READ)
    assert [event.id for event in reader.read("st")] == ["v1"]
    reader.close()


def test_only_the_owner_may_read_the_files(tmp_path, draft, morning):
    log = SqliteLog(tmp_path / "events.db")
    log.append(log.lease("st", "worker"), Batch([draft()]), morning)
    modes = {entry.name: stat.S_IMODE(entry.stat().st_mode) for entry in os.scandir(tmp_path)}
    assert modes == {"events.db": 0o600, "events.db-wal": 0o600, "events.db-shm": 0o600}
    log.close()


def test_every_commit_is_synced_in_wal_mode(tmp_path):
    database = SqliteFile(tmp_path / "events.db", schema("events", 0x77776576))
    assert database.connection.pragma("journal_mode") == "wal"
    assert database.connection.pragma("synchronous") == 2
    database.close()


@pytest.mark.parametrize(
    ("name", "constraint", "index"),
    [
        ("read_kind", {"kind": "sign.measured"}, "event_kind"),
        ("read_since", {}, "event_occurred"),
        ("read_encounter", {"encounter": "e1", "patient": None, "kinds": None}, "event_encounter"),
        ("read_patient", {"patient": "p1", "kinds": None}, "event_patient"),
        ("read_all", {}, "event_position"),
    ],
)
def test_each_selection_is_a_search_of_its_index(tmp_path, name, constraint, index):
    database = SqliteFile(tmp_path / "events.db", schema("events", 0x77776576))
    bound = {"site": 1, "after": 0, "upto": 9, "limit": 5, "since": 0, **constraint}
    plan = database.connection.execute("EXPLAIN QUERY PLAN " + queries("events")[name], bound).fetchall()
    database.close()
    assert f"SEARCH event USING {'COVERING ' if name in {'read_kind', 'read_since'} else ''}INDEX {index}" in plan[0][3]
