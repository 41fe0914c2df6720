"""The kinds of SQLite files that wardwise keeps, each with its migrations and its queries."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from wardwise.stores.statements import Migration, migrations, statements

_HERE = __package__ or "wardwise.stores.sqlite"


@dataclass(frozen=True, slots=True)
class Schema:
    """A kind of database file: its name, its SQLite application id and its migrations in order."""

    name: str
    application: int
    migrations: tuple[Migration, ...]

    @property
    def version(self) -> int:
        """The newest version this program knows."""
        return self.migrations[-1].number


@cache
def schema(name: str, application: int) -> Schema:
    """The migrations in `migrations/<name>/`, which are numbered from 1 without a gap."""
    return Schema(name, application, migrations(_HERE, name))


@cache
def queries(name: str) -> Mapping[str, str]:
    """The statements of `queries/<name>.sql` by the name in the `-- name:` line above each."""
    return statements(_HERE, name)
