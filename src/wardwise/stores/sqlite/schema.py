"""SQL as files: named queries and numbered migrations, each read once."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

_HERE = files(__package__ or "wardwise.stores.sqlite")
_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)
_FILE = re.compile(r"^(\d{4})_(pre|post)_\w+\.sql$")


class Stage(StrEnum):
    """When a migration may run: before the new program starts, or after the last old one has stopped."""

    PRE = "pre"
    POST = "post"


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered step of a schema; the number becomes the file's `user_version`."""

    number: int
    stage: Stage
    sql: str


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
    steps = []
    for entry in _HERE.joinpath("migrations", name).iterdir():
        if found := _FILE.match(entry.name):
            sql = entry.read_text(encoding="utf-8")
            steps.append(Migration(int(found[1]), Stage(found[2]), sql))
    steps.sort(key=lambda step: step.number)
    if [step.number for step in steps] != list(range(1, len(steps) + 1)):
        raise ValueError(f"the migrations of {name} are not numbered 1, 2, 3, ...")
    return Schema(name, application, tuple(steps))


@cache
def queries(name: str) -> Mapping[str, str]:
    """The statements of `queries/<name>.sql` by the name in the `-- name:` line above each."""
    text = _HERE.joinpath("queries", f"{name}.sql").read_text(encoding="utf-8")
    _, *parts = _NAME.split(text)
    return {title: sql.strip() for title, sql in zip(parts[::2], parts[1::2], strict=True)}
