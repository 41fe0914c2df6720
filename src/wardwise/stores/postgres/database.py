"""One schema of a PostgreSQL database: checked, migrated, one thread at a time, its faults translated."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from select import select
from typing import Self

import psycopg

from wardwise.errors import NotAllowed, StoreUnavailable
from wardwise.stores.postgres.faults import is_damage, remedy_of, says
from wardwise.stores.postgres.promise import broken_promise, settings_of
from wardwise.stores.postgres.schema import migrate, queries, steps, version_of
from wardwise.stores.postgres.server import Server
from wardwise.stores.postgres.session import PostgresSession
from wardwise.stores.postgres.texts import escape_texts
from wardwise.stores.sql.access import Access
from wardwise.stores.sql.session import Bound, Row

# The driver's own log repeats what a server said, values included; every fault is raised, and told without them.
logging.getLogger("psycopg").disabled = True

_READ = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_WRITE = "BEGIN ISOLATION LEVEL READ COMMITTED"  # a writer that waited for its turn must see what came meanwhile
# A statement that hangs, a lock nobody lets go of and a process that fell asleep inside a transaction all end.
_LIMITS = {"statement_timeout": "30s", "lock_timeout": "5s", "idle_in_transaction_session_timeout": "60s"}


class PostgresDatabase:
    """A connection. Threads may share it: a lock lets one of them in at a time.

    When the server has gone, what is asked meanwhile is StoreUnavailable, and the first transaction after its return
    finds a new connection by itself: a committed state is all there is to come back to.
    """

    def __init__(self, server: Server, kind: str, *, access: Access = Access.WRITE) -> None:
        """Connect, and bring the schema up to date when it is to be written; raises StoreUnavailable."""
        self.server = server
        self.access = access
        self._kind = kind
        self._name = f"wardwise_{kind}"
        self._lock = threading.RLock()
        self._closed = False
        with self._faults():
            self._connection = self._connect()

    @property
    def writable(self) -> bool:
        """Whether this connection may write."""
        return self.access is Access.WRITE

    def second(self) -> Self:
        """Another connection to the same schema, for reading only."""
        return type(self)(self.server, self._kind, access=Access.READ)

    def problem(self) -> str:
        """Nothing: PostgreSQL checks a page when it reads it; its indexes are for `pg_amcheck`."""
        return ""

    def is_damage(self, fault: StoreUnavailable) -> bool:
        """Whether stored bytes are damaged."""
        return is_damage(fault.__cause__)

    def revive(self) -> None:
        """Ask the server for a sign of life and for its promises; raises StoreUnavailable."""
        with self.read() as session:
            self._refuse_unsafe(session.connection)

    def close(self) -> None:
        """Close the connection; closing twice is harmless."""
        with self._lock, suppress(psycopg.Error):
            self._closed = True
            self._connection.close()

    @contextmanager
    def write(self) -> Iterator[PostgresSession]:
        """One transaction: committed and durable on leaving, undone whole by any exception."""
        self._refuse_reader()
        with self._transaction(_WRITE) as session:
            yield session

    @contextmanager
    def read(self) -> Iterator[PostgresSession]:
        """One consistent view: every statement inside sees the same committed state."""
        with self._transaction(_READ) as session:
            yield session

    def alone(self, name: str, bound: Bound) -> list[Row]:
        """A statement that is a transaction of its own, in one journey; durable on return."""
        self._refuse_reader()
        with self._lock, self._faults():
            return PostgresSession(self._alive(), queries(self._kind)).rows(name, bound)

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[PostgresSession]:
        # Begin and commit travel with the statements: the server is waited for when rows are asked of it, and last.
        with self._lock, self._faults():
            connection = self._alive()
            try:
                with connection.pipeline():
                    connection.execute(begin)
                    yield PostgresSession(connection, queries(self._kind))
                    done = connection.execute("COMMIT")
                if done.statusmessage != "COMMIT":
                    what = "the server undid a transaction it was to keep"
                    raise self._unavailable(what, "Nothing of it was kept and it may be tried again.")
            except BaseException:
                self._undo()
                raise

    def _alive(self) -> psycopg.Connection:
        """The connection; one that has died since it was last used is replaced.

        A server that ends a connection says so: something is there to be read that nobody asked for.
        """
        if self._closed:
            raise self._unavailable("it is closed", "Open it anew.")
        if not self._connection.closed and not _spoken_to(self._connection):
            return self._connection
        with suppress(psycopg.OperationalError, psycopg.InterfaceError):
            self._connection.execute("SELECT 1")  # it may have been a mere notice
            return self._connection
        self._connection.close()
        self._connection = self._connect()
        return self._connection

    def _undo(self) -> None:
        # What became of a transaction is the server's to say; a connection that cannot be asked is given up.
        try:
            self._connection.execute("ROLLBACK")
        except psycopg.Error:
            self._connection.close()

    def _connect(self) -> psycopg.Connection:
        connection = psycopg.connect(self.server.conninfo, autocommit=True)
        try:
            self._set_up(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _set_up(self, connection: psycopg.Connection) -> None:
        escape_texts(connection)
        told = self._refuse_unsafe(connection)
        # Set here as it was found: a reload of the server's settings cannot weaken a session that goes on.
        # Another isolation would have a writer that waited for its turn see what was there before it waited.
        limits = {
            **_LIMITS,
            "default_transaction_isolation": "read committed",
            "synchronous_commit": told["synchronous_commit"],
            "search_path": f'"{self._name}"',
        }
        for name, value in limits.items():
            connection.execute("SELECT set_config(%s, %s, false)", (name, value))
        if self.access is Access.WRITE:
            self._refuse_follower(connection)
        version = version_of(connection)
        self._refuse_newer(version)
        if version < steps(self._kind)[-1].number:
            self._bring_up(connection, version)

    def _bring_up(self, connection: psycopg.Connection, version: int) -> None:
        if self.access is Access.READ:
            raise self._unavailable(
                f"its schema {self._name} is version {version}, this wardwise reads {steps(self._kind)[-1].number}",
                "Start the service once; it brings the schema up to date.",
            )
        with connection.transaction():
            migrate(connection, self._kind, self._name)

    def _refuse_reader(self) -> None:
        if self.access is Access.READ:
            raise NotAllowed(
                what=f"Writing to {self._name}",
                why="it was opened for reading only",
                remedy="Let the running service write.",
            )

    def _refuse_unsafe(self, connection: psycopg.Connection) -> dict[str, str]:
        told = settings_of(connection)
        if wrong := broken_promise(told):
            raise self._unavailable(*wrong)
        return told

    def _refuse_follower(self, connection: psycopg.Connection) -> None:
        if connection.execute("SELECT pg_is_in_recovery()").fetchone() != (False,):
            raise self._unavailable("it follows another server and takes no writes", "Name the primary server.")

    def _refuse_newer(self, version: int) -> None:
        known = steps(self._kind)[-1].number
        if version > known:
            raise self._unavailable(
                f"its schema {self._name} is version {version}, this wardwise knows up to {known}",
                "Use the newer wardwise that wrote it, or restore a backup made before the upgrade.",
            )

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except psycopg.Error as fault:
            raise self._unavailable(says(fault), remedy_of(fault)) from fault
        except UnicodeDecodeError as fault:
            raise self._unavailable("a text is damaged", "Restore the last good backup.") from fault

    def _unavailable(self, what: str, remedy: str) -> StoreUnavailable:
        return StoreUnavailable(store=self.server.shown, what=what, remedy=remedy)


def _spoken_to(connection: psycopg.Connection) -> bool:
    return bool(select([connection], [], [], 0)[0])


def promises(server: Server) -> str:
    """What a server promises, in a few words; raises StoreUnavailable when that is not enough."""
    database = PostgresDatabase(server, "events", access=Access.READ)
    try:
        with database.read() as session:
            told = settings_of(session.connection)
    finally:
        database.close()
    named = ", ".join(f"{name} {told[name]}" for name in ("fsync", "full_page_writes", "synchronous_commit"))
    return f"version {told['server_version']} at {server.shown}: {named}"
