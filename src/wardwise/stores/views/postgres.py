"""A view in somebody else's PostgreSQL database."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import psycopg
from psycopg import sql

from wardwise.errors import StoreUnavailable, Unanswered
from wardwise.stores.postgres.server import server_of
from wardwise.stores.views.page import Page

_COLUMNS = """
SELECT attname, format_type(atttypid, NULL) FROM pg_attribute
WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped ORDER BY attnum
"""
_LIMITS = """
SELECT set_config('statement_timeout', %(ms)s, true), set_config('lock_timeout', %(ms)s, true),
       set_config('idle_in_transaction_session_timeout', %(idle)s, true), set_config('TimeZone', 'UTC', true)
"""
_IDLE_MS = 60_000
_TIMES = frozenset({"date", "timestamp without time zone", "timestamp with time zone"})
_NUMBERS = frozenset({"smallint", "integer", "bigint", "numeric", "real", "double precision"})


@dataclass(frozen=True, slots=True)
class PostgresView:
    """A server, a view there, how many rows a page has, what a cursor overlaps, how long a question may take.

    `password` reads it anew each time.
    """

    address: str
    view: str
    page: int
    overlap: int
    timeout_seconds: float
    password: Callable[[], str] = field(repr=False)

    @contextmanager
    def opened(self) -> Iterator["OpenPostgresView"]:
        """The view in one transaction that can only read and sees one instant; raises Unanswered."""
        with _answering():
            connection = self._connect()
        try:
            with _answering():
                connection.read_only = True
                connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
                limits = {"ms": str(round(self.timeout_seconds * 1000)), "idle": str(_IDLE_MS)}
                connection.execute(_LIMITS, limits)
            yield OpenPostgresView(connection, self)
        finally:
            connection.close()

    def _connect(self) -> psycopg.Connection:
        try:
            server = server_of(self.address, password=self.password())
        except StoreUnavailable as fault:
            raise Unanswered(what="a connection", why=f"our password: {fault.facts['what']}") from None
        return psycopg.connect(server.conninfo)


@dataclass(frozen=True, slots=True)
class OpenPostgresView:
    """An open view."""

    connection: psycopg.Connection
    of: PostgresView

    def columns(self) -> Sequence[str]:
        """Its columns as the database spells them."""
        return list(self._types())

    def pages(self, columns: Sequence[str], *, cursor: str, beyond: str) -> Iterator[Page]:
        """These columns of the rows whose cursor column is `beyond` less the overlap, or more."""
        place = sql.Identifier("told", cursor)  # by its table: an order by name alone would be that of the text
        asked = sql.SQL(
            "SELECT {columns}, {place}::text FROM {view} AS told WHERE {place} >= {begin} ORDER BY {place}"
        ).format(
            columns=sql.SQL(", ").join(sql.Identifier("told", name) for name in columns),
            place=place,
            view=sql.Identifier(*self.of.view.split(".")),
            begin=_begin(self._types()[cursor]),
        )
        with _answering(), self.connection.cursor(name="rows") as found:
            found.execute(asked, {"beyond": beyond, "overlap": self.of.overlap})
            while rows := found.fetchmany(self.of.page):
                yield Page([row[:-1] for row in rows], str(rows[-1][-1]))

    def _types(self) -> dict[str, str]:
        quoted = sql.Identifier(*self.of.view.split(".")).as_string(self.connection)
        with _answering():
            found = {str(name): str(kind) for name, kind in self.connection.execute(_COLUMNS, (quoted,))}
        if not found:
            raise Unanswered(what="its columns", why="it has no such view, or does not show it to our user")
        return found


def _begin(kind: str) -> sql.Composable:
    """Where to begin, in the type of the cursor column."""
    if kind in _TIMES:
        return sql.SQL("(%(beyond)s::{kind} - make_interval(secs => %(overlap)s))").format(kind=sql.SQL(_known(kind)))
    if kind in _NUMBERS:
        return sql.SQL("(%(beyond)s::{kind} - %(overlap)s)").format(kind=sql.SQL(_known(kind)))
    raise Unanswered(what="its rows", why="its cursor column holds neither numbers nor times")


def _known(kind: str) -> str:
    return next(each for each in (*_TIMES, *_NUMBERS) if each == kind)


@contextmanager
def _answering() -> Iterator[None]:
    """Turn whatever can go wrong with the server into Unanswered, without its own words."""
    try:
        yield
    except psycopg.errors.QueryCanceled:
        raise Unanswered(what="its rows", why="the question took longer than `timeout_seconds`") from None
    except psycopg.errors.InsufficientPrivilege:
        raise Unanswered(what="its rows", why="it does not show the view to our user") from None
    except psycopg.OperationalError as fault:
        raise Unanswered(what="its rows", why=f"the connection failed ({type(fault).__name__})") from None
    except psycopg.Error as fault:
        raise Unanswered(what="its rows", why=f"the question failed ({type(fault).__name__})") from None
