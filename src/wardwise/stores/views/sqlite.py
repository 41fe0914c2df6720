"""A view in an SQLite file that somebody else writes."""

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

import apsw

from wardwise.errors import Unanswered
from wardwise.stores.views.page import Page

_STEPS = 10_000  # of the engine's between two looks at the clock
_BUSY_MS = 5_000


@dataclass(frozen=True, slots=True)
class SqliteView:
    """A file, a view in it, how many rows a page has, what a cursor overlaps, how long a question may take."""

    file: Path
    view: str
    page: int
    overlap: int
    timeout_seconds: float

    @contextmanager
    def opened(self) -> Iterator["OpenSqliteView"]:
        """The view in one transaction that can only read; raises Unanswered."""
        with _answering():
            connection = apsw.Connection(str(self.file), flags=apsw.SQLITE_OPEN_READONLY)
        try:
            with _answering():
                connection.set_busy_timeout(_BUSY_MS)
                connection.execute("PRAGMA query_only=1; PRAGMA trusted_schema=0")
                ends = time.monotonic() + self.timeout_seconds
                connection.set_progress_handler(lambda: time.monotonic() > ends, _STEPS)
                connection.execute("BEGIN")
            yield OpenSqliteView(connection, self)
        finally:
            connection.close()


@dataclass(frozen=True, slots=True)
class OpenSqliteView:
    """An open view."""

    connection: apsw.Connection
    of: SqliteView

    def columns(self) -> Sequence[str]:
        """Its columns as the database spells them."""
        with _answering():
            found = [str(name) for (name,) in self.connection.execute(_COLUMNS, (self.of.view,))]
        if not found:
            raise Unanswered(what="its columns", why="it has no such view")
        return found

    def pages(self, columns: Sequence[str], *, cursor: str, beyond: str) -> Iterator[Page]:
        """These columns of the rows whose cursor column is `beyond` less the overlap, or more."""
        named = ", ".join(_quoted(name) for name in (*columns, cursor))
        place, table = _quoted(cursor), _quoted(self.of.view)
        asked = f"SELECT {named} FROM {table} WHERE {place} >= ? ORDER BY {place}"  # noqa: S608 - quoted identifiers
        with _answering():
            found = self.connection.execute(asked, (_less(beyond, self.of.overlap),))
        while True:
            with _answering():
                rows = list(islice(found, self.of.page))
            if not rows:
                return
            yield Page([row[:-1] for row in rows], _written(rows[-1][-1]))


_COLUMNS = "SELECT name FROM pragma_table_info(?) ORDER BY cid"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _written(value: object) -> str:
    if isinstance(value, bytes):
        raise Unanswered(what="its rows", why="its cursor column holds bytes")
    return str(value) if isinstance(value, str) else json.dumps(value)


def _less(beyond: str, overlap: int) -> int | float | str:
    """Where to begin: a number less so much, a time less so many seconds, written as it was."""
    for number in (int, float):
        try:
            return number(beyond) - overlap
        except ValueError:
            continue
    try:
        at = datetime.fromisoformat(beyond) - timedelta(seconds=overlap)
    except ValueError:
        raise Unanswered(what="its rows", why="its cursor column holds neither numbers nor ISO 8601 times") from None
    if not overlap:
        return beyond  # to the letter: texts are compared, and the last may have further rows of its own
    if len(beyond) == len("2026-03-01"):
        return at.date().isoformat()
    text = at.isoformat(sep=beyond[10], timespec="microseconds" if "." in beyond else "seconds")
    return text.replace("+00:00", "Z") if beyond.endswith("Z") else text


@contextmanager
def _answering() -> Iterator[None]:
    """Turn whatever can go wrong with the file into Unanswered, without its own words."""
    try:
        yield
    except apsw.InterruptError:
        raise Unanswered(what="its rows", why="the question took longer than `timeout_seconds`") from None
    except UnicodeDecodeError:
        raise Unanswered(what="its rows", why="a text in it is not UTF-8") from None
    except apsw.CantOpenError:
        raise Unanswered(what="its rows", why="its file is not there, or we may not read it") from None
    except apsw.Error as fault:
        raise Unanswered(what="its rows", why=f"its file cannot be read ({type(fault).__name__})") from None
