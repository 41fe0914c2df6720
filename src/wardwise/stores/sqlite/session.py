"""A transaction of an SQLite file, asked by the names of its statements."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

import apsw

from wardwise.stores.sql.session import Bound, Row


class SqliteSession:
    """`Session` on an open connection."""

    def __init__(self, connection: apsw.Connection, statements: Mapping[str, str]) -> None:
        """Nothing is asked yet."""
        self.connection = connection
        self._statements = statements

    def rows(self, name: str, bound: Bound = ()) -> list[Row]:
        """All rows of a statement."""
        return self.connection.execute(self._statements[name], cast("Any", bound)).fetchall()

    def each(self, name: str, bound: Bound) -> Iterator[Row]:
        """The rows of a statement, stepped through one by one."""
        return self.connection.execute(self._statements[name], cast("Any", bound))

    def keyed(self, name: str, keys: Sequence[int | str], *before: object) -> list[Row]:
        """The rows of a statement for each key as its last parameter."""
        sql, execute = self._statements[name], self.connection.execute
        return [row for key in keys for row in execute(sql, cast("Any", (*before, key)))]

    def many(self, name: str, bounds: Sequence[Sequence[object]]) -> None:
        """Run a statement once for each."""
        self.connection.executemany(self._statements[name], cast("Any", bounds))

    def listed(self, values: Iterable[str]) -> object:
        """Texts as the JSON that `json_each` reads."""
        return json.dumps(list(values))
