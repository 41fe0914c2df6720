"""All tables of a database as files, in one view of it; and such files as all its rows, in one transaction."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from wardwise.errors import NotAllowed, StoreUnavailable
from wardwise.hospital.moment import moment
from wardwise.loop.capture.log import Head
from wardwise.stores.postgres.database import PostgresDatabase
from wardwise.stores.postgres.faults import remedy_of, says
from wardwise.stores.postgres.schema import KINDS, steps
from wardwise.stores.postgres.server import Server

_BLOCK = 1 << 20
_VIEW = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_TABLES = """
SELECT schemaname, tablename FROM pg_tables WHERE schemaname = ANY(%s) AND tablename <> 'wardwise_schema' ORDER BY 1, 2
"""
_HEADS = """
SELECT DISTINCT ON (site.name) site.name, batch.last, batch.recorded_at, batch.head
FROM wardwise_events.site AS site JOIN wardwise_events.batch AS batch ON batch.site = site.number
ORDER BY site.name, batch.last DESC
"""
_KEYED_FIRST = ("site", "door")  # others point at their rows
_SET_NUMBER = "SELECT setval(pg_get_serial_sequence(%s, 'number'), (SELECT max(number) FROM {}))"

Table = tuple[str, str]


def dump(server: Server, folder: Path) -> dict[str, Head]:
    """Write every table to a file of its own, all of one instant, while services go on; the heads then."""
    with _session(server) as connection:
        connection.execute(_VIEW)
        for table in _tables(connection):
            copy = sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(*table))
            with (folder / _file(table)).open("wb") as file, connection.cursor().copy(copy) as rows:
                for block in rows:
                    file.write(block)
        heads = connection.execute(_HEADS).fetchall()
        connection.execute("COMMIT")
    return {str(site): Head(last, moment(at), head.hex()) for site, last, at, head in heads}


def load(server: Server, folder: Path) -> None:
    """Bring such files in, all or none; raises NotAllowed for a database that holds rows, or files of other tables."""
    for kind in KINDS:
        PostgresDatabase(server, kind).close()  # makes the tables
    with _session(server) as connection, connection.transaction():
        tables = _tables(connection)
        _refuse_others({_file(table) for table in tables}, folder)
        _refuse_filled(server, connection, tables)
        for table in sorted(tables, key=lambda table: table[1] not in _KEYED_FIRST):
            copy = sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(*table))
            with (folder / _file(table)).open("rb") as file, connection.cursor().copy(copy) as rows:
                while block := file.read(_BLOCK):
                    rows.write(block)
            if table[1] in _KEYED_FIRST:
                name = sql.Identifier(*table)
                connection.execute(sql.SQL(_SET_NUMBER).format(name), (".".join(table),))


def empty(server: Server) -> None:
    """Take every row out again."""
    with _session(server) as connection:
        every = sql.SQL(", ").join(sql.Identifier(*table) for table in _tables(connection))
        connection.execute(sql.SQL("TRUNCATE {}").format(every))


def _file(table: Table) -> str:
    """A table's file; its name says which version of the tables it fits."""
    schema, name = table
    return f"{schema}.v{steps(schema.removeprefix('wardwise_'))[-1].number}.{name}.copy"


def _tables(connection: psycopg.Connection) -> list[Table]:
    schemas = [f"wardwise_{kind}" for kind in KINDS]
    return [(str(schema), str(name)) for schema, name in connection.execute(_TABLES, (schemas,)).fetchall()]


def _refuse_others(expected: set[str], folder: Path) -> None:
    there = {path.name for path in folder.glob("*.copy")}
    if there != expected:
        raise NotAllowed(
            what="Restoring this backup",
            why=f"it is of other tables than this wardwise has ({min(there ^ expected)})",
            remedy="Restore it with the version of wardwise that made it, then start the newer one.",
        )


def _refuse_filled(server: Server, connection: psycopg.Connection, tables: list[Table]) -> None:
    for table in tables:
        if connection.execute(sql.SQL("SELECT 1 FROM {} LIMIT 1").format(sql.Identifier(*table))).fetchone():
            raise NotAllowed(
                what=f"Restoring into {server.shown}",
                why="it holds a log already",
                remedy="Name an empty database with --store; nothing was changed.",
            )


@contextmanager
def _session(server: Server) -> Iterator[psycopg.Connection]:
    """A connection without the limits of a service: a large table takes its time."""
    try:
        with psycopg.connect(server.conninfo, autocommit=True) as connection:
            yield connection
    except psycopg.Error as fault:
        raise StoreUnavailable(store=server.shown, what=says(fault), remedy=remedy_of(fault)) from fault
