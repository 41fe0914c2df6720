"""The vault: which identifier a token stands for, in a file of its own."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from wardwise.errors import ImpossibleValue, NotFound
from wardwise.stores.sqlite.database import Access, Database
from wardwise.stores.sqlite.schema import queries, schema

_SQL = queries("vault")


@dataclass(frozen=True, slots=True)
class Person:
    """A token and whom it stands for; the identifier is not shown when printed."""

    token: str
    authority: str = field(repr=False)
    identifier: str = field(repr=False)


class Vault:
    """Tokens to identifiers. Nothing else of wardwise holds an identifier, but the raw inbox."""

    def __init__(self, path: Path, *, access: Access = Access.WRITE, vfs: str = "") -> None:
        """Open or make the file."""
        self._database = Database(path, schema("vault", 0x77777661), access=access, vfs=vfs)

    def close(self) -> None:
        """Close the file; closing twice is harmless."""
        self._database.close()

    def remember(self, people: Iterable[Person]) -> None:
        """Keep whom tokens stand for, in one synced commit; known ones stay as they are.

        Raises ImpossibleValue, and keeps none, when a token is already somebody else's.
        """
        with self._database.write() as connection:
            for person in people:
                told = (person.authority, person.identifier)
                connection.execute(_SQL["remember"], (person.token, *told))
                if connection.execute(_SQL["reveal"], (person.token,)).fetchone() != told:
                    raise ImpossibleValue(
                        what=f"the token {person.token} already stands for somebody else",
                        remedy="The token key was changed; restore the key this vault was filled with.",
                    )

    def reveal(self, token: str) -> Person:
        """Whom a token stands for; raises NotFound."""
        with self._database.read() as connection:
            row = connection.execute(_SQL["reveal"], (token,)).fetchone()
        if row is None:
            raise NotFound(id=token)
        return Person(token, *row)
