"""A transaction on PostgreSQL, asked by the names of its statements."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import psycopg

from wardwise.stores.sql.session import Bound, Row


class PostgresSession:
    """`Session` on an open connection. Whatever many rows are asked with, it is one journey to the server."""

    def __init__(self, connection: psycopg.Connection, statements: Mapping[str, str]) -> None:
        """Nothing is asked yet."""
        self.connection = connection
        self._statements = statements

    def rows(self, name: str, bound: Bound = ()) -> list[Row]:
        """All rows of a statement."""
        return self.asked(name, bound)()

    def asked(self, name: str, bound: Bound = ()) -> Callable[[], list[Row]]:
        """Send a statement now; its rows are waited for when they are called for."""
        return self.connection.execute(self._statements[name], bound, binary=True).fetchall

    def later(self, name: str, bound: Bound = ()) -> None:
        """A statement of whose rows nobody asks; that it failed is raised by what is asked next, or at the end."""
        self.connection.execute(self._statements[name], bound)

    def each(self, name: str, bound: Bound) -> Iterator[Row]:
        """The rows of a statement; they are all here before the first is given."""
        return iter(self.rows(name, bound))

    def keyed(self, name: str, keys: Sequence[int | str], *before: object) -> list[Row]:
        """The rows of a statement whose last parameter is an array."""
        return self.rows(name, (*before, list(keys))) if keys else []

    def many(self, name: str, bounds: Sequence[Sequence[object]]) -> None:
        """Run a statement once for each."""
        if len(bounds) == 1:
            self.later(name, bounds[0])
        elif bounds:
            with self.connection.cursor() as cursor:
                cursor.executemany(self._statements[name], bounds)

    def listed(self, values: Iterable[str]) -> object:
        """Texts as an array."""
        return list(values)
