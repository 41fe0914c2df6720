"""Whatever is changed in PostgreSQL behind the stores' backs is found; nothing damaged is ever handed out."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from benches.load.postgres_server import PASSWORD, Cluster
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg import sql
from tests.stores.tampering import CHECKED, SITES, changed, damage_found, fill

from wardwise.errors import BrokenChain, DamagedInbox
from wardwise.loop.capture.log import Selection
from wardwise.stores.postgres.inbox import PostgresInbox
from wardwise.stores.postgres.log import PostgresLog
from wardwise.stores.postgres.server import Server, server_of
from wardwise.stores.sql.access import Access

pytestmark = pytest.mark.unbalanced


class Whole:
    """A filled database, and a copy of its rows beside it to come back to."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.owner = psycopg.connect(server.conninfo, autocommit=True)
        self.heads: dict[str, Any] = {}
        self.events: dict[str, Any] = {}

    def keep(self) -> None:
        """Copy every table."""
        self.owner.execute("DROP SCHEMA IF EXISTS kept CASCADE; CREATE SCHEMA kept")
        for schema, table in self._tables():
            self._run("CREATE TABLE kept.{1} AS SELECT * FROM {0}.{1}", schema, table)

    def restore(self) -> None:
        """Bring every table back to what was kept."""
        tables = self._tables()
        every = sql.SQL(", ").join(sql.Identifier(*name) for name in tables)
        self.owner.execute(sql.SQL("TRUNCATE {}").format(every))
        for schema, table in sorted(tables, key=lambda name: name[1] not in {"site", "door"}):
            self._run("INSERT INTO {0}.{1} OVERRIDING SYSTEM VALUE SELECT * FROM kept.{1}", schema, table)

    def found(self, heads: dict[str, Any] | None = None) -> bool:
        """Whether a verification of some site raises; without heads no export is consulted."""
        return damage_found(PostgresLog(self.server, access=Access.READ), heads)

    def _tables(self) -> list[tuple[str, str]]:
        asked = "SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN ('wardwise_events', 'wardwise_inbox')"
        found = self.owner.execute(f"{asked} AND tablename <> 'wardwise_schema'").fetchall()
        return [(str(schema), str(table)) for schema, table in found]

    def _run(self, statement: str, schema: str, table: str) -> None:
        self.owner.execute(sql.SQL(statement).format(sql.Identifier(schema), sql.Identifier(table)))


@pytest.fixture(scope="module")
def filled(cluster: Cluster, draft: Any, arrival: Any, morning: Any) -> Iterator[Whole]:
    """A log and an inbox of two sites."""
    server = server_of(cluster.database(), password=PASSWORD)
    log, inbox = PostgresLog(server), PostgresInbox(server)
    whole = Whole(server)
    for site in SITES:
        fill(log, site, draft, morning, batches=6)
        for n in range(6):
            sent = arrival(str(n), b"MSH|%d" % n, minute=n, site=site)
            inbox.receive([sent, sent, arrival("r", b"junk", minute=n, site=site, refusal="no header")])
        whole.heads[site] = log.head(site)
        whole.events[site] = log.read(site)
    log.close()
    inbox.close()
    whole.keep()
    yield whole
    whole.owner.close()


@pytest.fixture
def whole(filled: Whole) -> Whole:
    filled.restore()
    return filled


def test_a_whole_log_and_a_whole_inbox_verify(whole: Whole) -> None:
    assert not whole.found(whole.heads)
    inbox = PostgresInbox(whole.server, access=Access.READ)
    assert inbox.verify().receipts == 36
    inbox.close()


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_a_changed_cell_is_found(filled: Whole, data: st.DataObject) -> None:
    filled.restore()
    table = data.draw(st.sampled_from(sorted(CHECKED)))
    column = data.draw(st.sampled_from(CHECKED[table]))
    name = sql.Identifier("wardwise_events", table)
    columns = sql.SQL(", ").join(map(sql.Identifier, CHECKED[table]))
    rows = filled.owner.execute(sql.SQL("SELECT {}, ctid FROM {} ORDER BY 1, 2, 3").format(columns, name)).fetchall()
    row = data.draw(st.sampled_from(rows))
    value = changed(row[CHECKED[table].index(column)], data.draw(st.integers(1, 500)))
    try:
        update = sql.SQL("UPDATE {} SET {} = %s WHERE ctid = %s").format(name, sql.Identifier(column))
        filled.owner.execute(update, (value, row[-1]))
    except psycopg.IntegrityError:
        return  # PostgreSQL itself refuses a second row of the same place
    assert filled.found()


@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_a_deleted_row_is_found(filled: Whole, data: st.DataObject) -> None:
    filled.restore()
    name = sql.Identifier("wardwise_events", data.draw(st.sampled_from(sorted(CHECKED))))
    rows = filled.owner.execute(sql.SQL("SELECT ctid FROM {} ORDER BY ctid").format(name)).fetchall()
    filled.owner.execute(sql.SQL("DELETE FROM {} WHERE ctid = %s").format(name), data.draw(st.sampled_from(rows)))
    assert filled.found()


@pytest.mark.parametrize("place", [(1, -1), (1, 0), (1, 12), (1, 40), (2, 12), (3, 1)])
def test_an_inserted_row_is_found(whole: Whole, place: tuple[int, int]) -> None:
    forged = """INSERT INTO wardwise_events.event
    SELECT %s, %s, 'forged', kind, encounter, patient, occurred_at, known_at, digest, record
    FROM wardwise_events.event WHERE site = 1 AND position = 5"""
    try:
        whole.owner.execute(forged, place)
    except psycopg.IntegrityError:
        return
    assert whole.found()


def test_swapped_records_a_forged_cause_and_a_renamed_site_are_found(whole: Whole) -> None:
    for damage in (
        """UPDATE wardwise_events.event AS one SET record = other.record, digest = other.digest
        FROM wardwise_events.event AS other WHERE one.site = 1 AND other.site = 1 AND one.position + other.position = 7
        """,
        "INSERT INTO wardwise_events.cause VALUES (1, 'forged', 3)",
        "UPDATE wardwise_events.site SET name = 'sT' WHERE name = 'st'",
    ):
        whole.restore()
        whole.owner.execute(damage)
        assert whole.found(), damage


def cut(whole: Whole, last: int) -> None:
    """Remove whole batches, with everything that would give the cut away."""
    for table, column in (("event", "position"), ("cause", "position"), ("batch", "last")):
        statement = sql.SQL("DELETE FROM wardwise_events.{} WHERE site = 1 AND {} > %s")
        whole.owner.execute(statement.format(sql.Identifier(table), sql.Identifier(column)), (last,))


def test_a_log_cut_at_a_batch_is_found_against_the_exported_head(whole: Whole) -> None:
    cut(whole, 6)
    assert not whole.found()
    assert whole.found(whole.heads)


def test_a_log_cut_behind_its_last_verification_is_found_without_an_export(whole: Whole) -> None:
    log = PostgresLog(whole.server)
    log.verify("st")
    log.close()
    cut(whole, 6)
    assert whole.found()


def test_the_first_bad_position_is_named_and_an_ordinary_read_refuses_it(whole: Whole) -> None:
    whole.owner.execute(
        "UPDATE wardwise_events.event SET record = record || '\\x20'::bytea WHERE site = 1 AND position IN (5, 9)"
    )
    log = PostgresLog(whole.server)
    for ask in (
        lambda: log.verify("st"),
        lambda: log.read("st"),
        lambda: log.read("st", where=Selection(kinds=frozenset({"sign.measured"}))),
        lambda: log.read("st", where=Selection(encounter="e1")),
    ):
        with pytest.raises(BrokenChain) as damage:
            ask()
        assert damage.value.facts["position"] == 5
    assert log.read("st", upto=4) == whole.events["st"][:4]
    log.verify("north")
    log.close()


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE receipt SET listener = 'mllp:9' WHERE sequence = 7",
        "UPDATE receipt SET received_at = received_at + 1 WHERE sequence = 7",
        "UPDATE receipt SET holder = 1 WHERE sequence = 7",
        "UPDATE receipt SET digest = '\\x00' WHERE sequence = 7",
        "UPDATE body SET received_at = received_at + 1 WHERE sequence = 7",
        "UPDATE body SET bytes = '\\x00' WHERE sequence = 7",
        "UPDATE fingerprint SET sha256 = '\\x00' WHERE sequence = 7",
        "UPDATE fingerprint SET control = '\\x00' WHERE sequence = 7",
        "DELETE FROM fingerprint WHERE sequence = 7",
        "DELETE FROM receipt WHERE sequence = 7",
        "UPDATE tally SET receipts = receipts + 1 WHERE receipt = 'refused'",
        "UPDATE last_receipt SET received_at = received_at - 1",
        "INSERT INTO body VALUES (9999, 1, '\\x00', '')",
        "INSERT INTO fingerprint VALUES (1, '\\x00', '\\x00', 9999)",
        "INSERT INTO door OVERRIDING SYSTEM VALUE VALUES (9, 'st', 'lab')",
    ],
)
def test_what_is_changed_in_the_inbox_is_found_and_the_first_bad_receipt_named(whole: Whole, damage: str) -> None:
    whole.owner.execute("SET search_path = wardwise_inbox")
    whole.owner.execute(damage)
    inbox = PostgresInbox(whole.server, access=Access.READ)
    with pytest.raises(DamagedInbox) as found:
        inbox.verify()
    inbox.close()
    if "= 7" in damage:
        assert found.value.facts["sequence"] == 7
