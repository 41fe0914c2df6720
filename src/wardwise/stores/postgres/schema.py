"""The kinds of tables that wardwise keeps in PostgreSQL, and the steps that bring a schema up to date."""

from collections.abc import Mapping
from functools import cache

import psycopg
from psycopg import sql

from wardwise.stores.statements import Migration, migrations, statements

_HERE = __package__ or "wardwise.stores.postgres"
KINDS = ("events", "inbox", "vault")
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('wardwise schema'))"
_MARK = "CREATE TABLE wardwise_schema (version BIGINT NOT NULL)"
_THERE = "SELECT to_regclass('wardwise_schema') IS NOT NULL"


def steps(kind: str) -> tuple[Migration, ...]:
    """The migrations in `migrations/<kind>/`."""
    return migrations(_HERE, kind)


@cache
def queries(kind: str) -> Mapping[str, str]:
    """The statements of `queries/<kind>.sql`; the files of this package are as trusted as its code."""
    return statements(_HERE, kind)


def version_of(connection: psycopg.Connection) -> int:
    """The version of the schema this connection looks at; 0 when wardwise never made it."""
    there = connection.execute(_THERE).fetchone()
    if there != (True,):
        return 0
    row = connection.execute("SELECT version FROM wardwise_schema").fetchone()
    return row[0] if row else 0


def migrate(connection: psycopg.Connection, kind: str, name: str) -> None:
    """Make the schema or take the steps it lacks, all in the transaction that is open; others wait meanwhile."""
    connection.execute(_LOCK)
    connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(name)))
    version = version_of(connection)
    missing = steps(kind)[version:]
    if not version:
        connection.execute(_MARK)
        connection.execute("INSERT INTO wardwise_schema VALUES (0)")
    for step in missing:
        connection.execute(step.sql)
    if missing:
        connection.execute("UPDATE wardwise_schema SET version = %s", (missing[-1].number,))
