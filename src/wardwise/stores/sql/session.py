"""What the log and the inbox ask of a database: transactions, and statements by their names.

Each database has its own files of statements under the same names; the rows they give are the same.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol, Self

from wardwise.errors import StoreUnavailable

Row = tuple[Any, ...]
Bound = Sequence[object] | Mapping[str, object]


class Session(Protocol):
    """One transaction. Values are None, int, str and bytes."""

    def rows(self, name: str, bound: Bound = ()) -> list[Row]:
        """All rows of a statement."""
        ...

    def each(self, name: str, bound: Bound) -> Iterator[Row]:
        """The rows of a statement one by one; no other statement may be asked for meanwhile on some databases."""
        ...

    def keyed(self, name: str, keys: Sequence[int | str], *before: object) -> list[Row]:
        """The rows of a statement for many values of its last parameter, in any order."""
        ...

    def many(self, name: str, bounds: Sequence[Sequence[object]]) -> None:
        """Run a statement once for each."""
        ...

    def listed(self, values: Iterable[str]) -> object:
        """Texts as one value of a statement."""
        ...


class Database(Protocol):
    """Where a store's tables are. Its faults are StoreUnavailable; a transaction is kept whole or not at all."""

    @property
    def writable(self) -> bool:
        """Whether `write` is allowed here."""
        ...

    def read(self) -> AbstractContextManager[Session]:
        """One consistent view: every statement inside sees the same committed state."""
        ...

    def write(self) -> AbstractContextManager[Session]:
        """One transaction: committed and durable on leaving, undone whole by any exception."""
        ...

    def second(self) -> Self:
        """Another connection, for reading only; the caller closes it."""
        ...

    def problem(self) -> str:
        """What the database itself finds wrong with its tables and indexes, or nothing."""
        ...

    def is_damage(self, fault: StoreUnavailable) -> bool:
        """Whether a fault means that stored bytes are damaged, not that the database is away."""
        ...

    def revive(self) -> None:
        """Open it anew if a fault closed it; raises StoreUnavailable while it cannot be."""
        ...

    def close(self) -> None:
        """Close it; closing twice is harmless."""
        ...


def one(session: Session, name: str, *bound: object) -> Any:
    """The first column of a statement's first row; None when it has no row."""
    rows = session.rows(name, bound)
    return rows[0][0] if rows else None
