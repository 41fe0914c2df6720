"""SQL as files: named queries and numbered migrations, each read once."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)
_FILE = re.compile(r"^(\d{4})_(pre|post)_\w+\.sql$")


class Stage(StrEnum):
    """When a migration may run: before the new program starts, or after the last old one has stopped."""

    PRE = "pre"
    POST = "post"


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered step of a schema; the number becomes the version of what it is applied to."""

    number: int
    stage: Stage
    sql: str


@cache
def migrations(package: str, name: str) -> tuple[Migration, ...]:
    """The migrations in a package's `migrations/<name>/`, which are numbered from 1 without a gap."""
    steps = []
    for entry in files(package).joinpath("migrations", name).iterdir():
        if found := _FILE.match(entry.name):
            sql = entry.read_text(encoding="utf-8")
            steps.append(Migration(int(found[1]), Stage(found[2]), sql))
    steps.sort(key=lambda step: step.number)
    if [step.number for step in steps] != list(range(1, len(steps) + 1)):
        raise ValueError(f"the migrations of {name} are not numbered 1, 2, 3, ...")
    return tuple(steps)


@cache
def statements(package: str, name: str) -> Mapping[str, str]:
    """The statements of a package's `queries/<name>.sql` by the name in the `-- name:` line above each."""
    text = files(package).joinpath("queries", f"{name}.sql").read_text(encoding="utf-8")
    _, *parts = _NAME.split(text)
    return {title: sql.strip() for title, sql in zip(parts[::2], parts[1::2], strict=True)}
