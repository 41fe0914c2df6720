"""What goes wrong at the server is said aloud, leaves nothing half-written, and is over when the server is back."""

import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from benches.load.postgres_server import PASSWORD, USER, Cluster

from wardwise.errors import ImpossibleValue, NotAllowed, NotFound, StoreUnavailable
from wardwise.loop.capture.log import Batch
from wardwise.stores.postgres.inbox import PostgresInbox
from wardwise.stores.postgres.log import PostgresLog
from wardwise.stores.postgres.server import Server, server_of
from wardwise.stores.postgres.texts import escape, unescape
from wardwise.stores.postgres.vault import PostgresVault
from wardwise.stores.sql.access import Access
from wardwise.stores.sql.vault import Person


@pytest.fixture
def inbox(server: Server) -> Iterator[PostgresInbox]:
    opened = PostgresInbox(server)
    yield opened
    opened.close()


@pytest.fixture
def log(server: Server) -> Iterator[PostgresLog]:
    opened = PostgresLog(server)
    yield opened
    opened.close()


@pytest.fixture
def both(inbox: PostgresInbox, log: PostgresLog) -> tuple[PostgresInbox, PostgresLog]:
    return inbox, log


@pytest.mark.parametrize(
    ("setting", "says"), [("synchronous_commit", "a crash would lose"), ("fsync", "a power cut would lose")]
)
def test_a_server_that_would_lose_what_was_acknowledged_is_refused(
    cluster: Cluster, server: Server, setting: str, says: str
) -> None:
    how = f"ALTER ROLE {USER} SET" if setting == "synchronous_commit" else "ALTER SYSTEM SET"
    with cluster.master() as master:
        master.execute(f"{how} {setting} = off")
        master.execute("SELECT pg_reload_conf()")
        try:
            wait_for(master, setting, "off" if setting == "fsync" else "on")
            with pytest.raises(StoreUnavailable, match=says):
                PostgresInbox(server)
        finally:
            master.execute(f"{how.replace(' SET', ' RESET')} {setting}")
            master.execute("SELECT pg_reload_conf()")
            wait_for(master, setting, "on")


def wait_for(master: psycopg.Connection, setting: str, value: str) -> None:
    for _ in range(200):
        if master.execute("SELECT current_setting(%s)", (setting,)).fetchone() == (value,):
            return
        time.sleep(0.02)
    raise AssertionError(f"{setting} never became {value}")


def test_a_session_keeps_its_promise_when_the_servers_default_is_weakened(
    cluster: Cluster, inbox: PostgresInbox
) -> None:
    with cluster.master() as master:
        master.execute("ALTER SYSTEM SET synchronous_commit = off")
        master.execute("SELECT pg_reload_conf()")
        try:
            wait_for(master, "synchronous_commit", "off")
            with inbox._database.read() as session:
                assert session.connection.execute("SHOW synchronous_commit").fetchone() == ("on",)
        finally:
            master.execute("ALTER SYSTEM RESET synchronous_commit")
            master.execute("SELECT pg_reload_conf()")
            wait_for(master, "synchronous_commit", "on")


@pytest.mark.parametrize("how", [signal.SIGQUIT, signal.SIGINT])
def test_while_the_server_is_gone_nothing_is_kept_and_its_return_is_found_without_being_told(
    cluster: Cluster,
    both: tuple[PostgresInbox, PostgresLog],
    draft: Any,
    arrival: Any,
    morning: Any,
    how: signal.Signals,
) -> None:
    inbox, log = both
    lease = log.lease("st", "worker")
    log.append(lease, Batch([draft("v1")]), morning)
    inbox.receive([arrival("1")])
    cluster.stop(how)
    begun = time.monotonic()
    try:
        for ask in (
            lambda: inbox.receive([arrival("2")]),
            lambda: log.append(lease, Batch([draft("v2")]), morning),
            lambda: log.head("st"),
            inbox.revive,
        ):
            with pytest.raises(StoreUnavailable, match="goes on by itself") as told:
                ask()
            assert PASSWORD not in str(told.value)
        assert time.monotonic() - begun < 2
    finally:
        cluster.start()
    assert [raw.sequence for raw in inbox.receive([arrival("2")])] == [2]
    assert [event.position for event in log.append(lease, Batch([draft("v2")]), morning)] == [2]
    assert log.verify("st").position == 2


def test_a_connection_that_was_cut_while_idle_is_replaced_without_a_word(
    cluster: Cluster, inbox: PostgresInbox, arrival: Any
) -> None:
    inbox.receive([arrival("1")])
    with cluster.master() as master:
        master.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'wardwise'")
        while master.execute("SELECT 1 FROM pg_stat_activity WHERE application_name = 'wardwise'").fetchone():
            time.sleep(0.01)  # it ends a moment after it was told to
    assert [raw.receipt for raw in inbox.receive([arrival("1"), arrival("2")])] == ["duplicate", "stored"]


def test_a_commit_that_fails_keeps_nothing_of_its_group(inbox: PostgresInbox, arrival: Any) -> None:
    def fail_at_commit() -> None:
        with inbox._database.write() as session:
            session.connection.execute("INSERT INTO door (site, source) VALUES ('st', 'half')")
            session.connection.execute("SELECT 1 / 0")

    with pytest.raises(StoreUnavailable, match="division by zero"):
        fail_at_commit()
    inbox.receive([arrival("1")])
    with inbox._database.read() as session:
        assert session.connection.execute("SELECT source FROM door").fetchall() == [("adt",)]


def test_a_writer_that_waits_too_long_for_its_turn_is_told_so(
    inbox: PostgresInbox, server: Server, arrival: Any
) -> None:
    other = PostgresInbox(server)
    with inbox._database.write() as session:
        session.rows("take_turn")
        with other._database.read() as patience:
            patience.connection.execute("SET lock_timeout = '200ms'")
        with pytest.raises(StoreUnavailable, match="Another process holds it"):
            other.receive([arrival("1")])
    assert other.receive([arrival("1")])[0].sequence == 1
    other.close()


def test_doors_of_many_processes_take_turns_without_a_gap_or_a_doubt(server: Server, arrival: Any) -> None:
    doors = [PostgresInbox(server) for _ in range(4)]

    def send(door: PostgresInbox) -> list[int]:
        return [raw.sequence for n in range(25) for raw in door.receive([arrival(str(n)), arrival(f"{id(door)}-{n}")])]

    with ThreadPoolExecutor(4) as pool:
        sequences = [sequence for given in pool.map(send, doors) for sequence in given]
    assert sorted(sequences) == list(range(1, 201))
    counts = doors[0].counts("st")
    assert (counts.stored, counts.duplicate, counts.conflict) == (125, 75, 0)
    assert doors[0].verify().receipts == 200
    for door in doors:
        door.close()


def test_a_reader_that_follows_pending_misses_nothing_while_doors_write(server: Server, arrival: Any) -> None:
    doors, reader = [PostgresInbox(server) for _ in range(3)], PostgresInbox(server, access=Access.READ)

    def send(door: PostgresInbox) -> None:
        for n in range(30):
            door.receive([arrival(f"{id(door)}-{n}")])

    threads = [threading.Thread(target=send, args=(door,)) for door in doors]
    for thread in threads:
        thread.start()
    seen: list[int] = []
    end = time.monotonic() + 30
    while len(seen) < 90 and time.monotonic() < end:
        seen += [raw.sequence for raw in reader.pending("st", after=seen[-1] if seen else 0, limit=7)]
    for thread in threads:
        thread.join()
    assert seen == list(range(1, 91))
    for store in (*doors, reader):
        store.close()


@pytest.mark.parametrize("control", ["a\x00b", "\\", "\\0", "\\\x00\\", "x" * 20_000, "é☃\U0010ffff"])
def test_a_control_id_of_any_length_and_with_any_character_is_kept_and_known_again(
    inbox: PostgresInbox, arrival: Any, control: str
) -> None:
    [raw, again, other] = inbox.receive([arrival(control), arrival(control), arrival(control, b"other")])
    assert (again.receipt, other.receipt) == ("duplicate", "conflict")
    assert inbox.find(raw.id) == raw
    assert inbox.receive([arrival(control)])[0].receipt == "duplicate"
    assert inbox.verify().receipts == 4


def test_escaping_goes_both_ways() -> None:
    for text in ("", "a", "\x00", "\\", "\\0", "\\\\0\x00\\", "0\\\x000"):
        assert unescape(escape(text)) == text
        assert "\x00" not in escape(text)


def test_a_reader_does_not_write_and_makes_nothing(cluster: Cluster, draft: Any, morning: Any) -> None:
    server = server_of(cluster.database(), password=PASSWORD)
    with pytest.raises(StoreUnavailable, match="Start the service once"):
        PostgresLog(server, access=Access.READ)
    writer = PostgresLog(server)
    lease = writer.lease("st", "worker")
    writer.append(lease, Batch([draft("v1")]), morning)
    reader = PostgresLog(server, access=Access.READ)
    assert [event.id for event in reader.read("st")] == ["v1"]
    for attempt in (lambda: reader.lease("st", "x"), lambda: reader.append(lease, Batch(), morning)):
        with pytest.raises(NotAllowed):
            attempt()
    reader.close()
    writer.close()


def test_a_newer_schema_is_refused_with_a_message(cluster: Cluster) -> None:
    server = server_of(cluster.database(), password=PASSWORD)
    PostgresLog(server).close()
    with psycopg.connect(server.conninfo) as owner:
        owner.execute("UPDATE wardwise_events.wardwise_schema SET version = 99")
    for access in Access:
        with pytest.raises(StoreUnavailable, match=r"version 99, this wardwise knows up to \d+"):
            PostgresLog(server, access=access)


def test_two_processes_that_find_an_empty_database_make_its_tables_once(cluster: Cluster) -> None:
    server = server_of(cluster.database(), password=PASSWORD)
    with ThreadPoolExecutor(4) as pool:
        logs = list(pool.map(lambda _: PostgresLog(server), range(4)))
    assert [log.lease("st", "worker").token for log in logs] == [1, 2, 3, 4]
    for log in logs:
        log.close()


@pytest.mark.parametrize("address", ["postgresql://a:ZZSECRET@[::1", "postgresql://a:ZZSECRET@h/db?nosuch=1", "host"])
def test_an_address_that_cannot_be_read_is_refused_without_repeating_it(address: str) -> None:
    with pytest.raises(NotAllowed, match="cannot be read") as refusal:
        server_of(address)
    assert "ZZSECRET" not in str(refusal.value)
    assert refusal.value.__cause__ is None


def test_a_wrong_password_is_told_without_any(server: Server, address: str) -> None:
    with pytest.raises(StoreUnavailable) as refusal:
        PostgresLog(server_of(address, password="ZZWRONG"))
    assert "ZZWRONG" not in str(refusal.value)
    assert PASSWORD not in repr(server)
    assert PASSWORD not in server.shown


def test_the_vault_says_whom_a_token_stands_for_and_never_changes_it(server: Server) -> None:
    vault, people = PostgresVault(server), [Person("t1", "MRN", "4711"), Person("t2", "VISIT", "0815")]
    vault.remember(people)
    vault.remember(people)
    assert [vault.reveal("t1"), vault.reveal("t2")] == people
    with pytest.raises(ImpossibleValue) as refusal:
        vault.remember([Person("t9", "MRN", "1"), Person("t1", "MRN", "4712")])
    assert "471" not in str(refusal.value)
    with pytest.raises(NotFound):
        vault.reveal("t9")
    vault.close()


def test_appends_of_many_connections_to_one_site_come_one_by_one(server: Server, draft: Any, morning: Any) -> None:
    logs = [PostgresLog(server) for _ in range(4)]
    lease = logs[0].lease("st", "worker")

    def write(log: PostgresLog) -> list[int]:
        made = [log.append(lease, Batch([draft(f"v{id(log)}-{n}")], offsets={"board": n}), morning) for n in range(25)]
        return [event.position for events in made for event in events]

    with ThreadPoolExecutor(4) as pool:
        positions = [position for given in pool.map(write, logs) for position in given]
    assert sorted(positions) == list(range(1, 101))
    assert logs[0].verify("st").position == 100
    for log in logs:
        log.close()
