"""The vault over named statements: which identifier a token stands for, apart from everything else."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from wardwise.errors import ImpossibleValue, NotAllowed, NotFound
from wardwise.stores.sql.session import Database, one


@dataclass(frozen=True, slots=True)
class Person:
    """A token and whom it stands for; the identifier is not shown when printed."""

    token: str
    authority: str = field(repr=False)
    identifier: str = field(repr=False)


class SqlVault:
    """Tokens to identifiers. Nothing else of wardwise holds an identifier, but the raw inbox."""

    def __init__(self, database: Database) -> None:
        """Nothing is read yet."""
        self._database = database

    def revive(self) -> None:
        """Open the database anew if a fault closed it; raises StoreUnavailable while it cannot be."""
        self._database.revive()

    def close(self) -> None:
        """Close the database; closing twice is harmless."""
        self._database.close()

    def belongs_to(self, mark: bytes) -> None:
        """Note whose tokens these are at first; raises NotAllowed for another's ever after.

        Two machines with other keys would know one patient by two tokens.
        """
        with self._database.write() as session:
            noted = one(session, "mark")
            if noted is None:
                session.many("put_mark", [(mark,)])
            elif noted != mark:
                raise NotAllowed(
                    what="Using this vault",
                    why="its tokens were made with another key than that of this data folder",
                    remedy="Bring the folder `keys` over from the machine that began it.",
                )

    def remember(self, people: Iterable[Person]) -> None:
        """Keep whom tokens stand for, in one synced commit; known ones stay as they are.

        Raises ImpossibleValue, and keeps none, when a token is already somebody else's.
        """
        told = list(people)
        with self._database.write() as session:
            session.many("remember", [(each.token, each.authority, each.identifier) for each in told])
            kept = {row[0]: Person(*row) for row in session.keyed("reveal", [each.token for each in told])}
            for person in told:
                if kept[person.token] != person:
                    raise ImpossibleValue(
                        what=f"the token {person.token} already stands for somebody else",
                        remedy="The token key was changed; restore the key this vault was filled with.",
                    )

    def reveal(self, token: str) -> Person:
        """Whom a token stands for; raises NotFound."""
        with self._database.read() as session:
            rows = session.keyed("reveal", [token])
        if not rows:
            raise NotFound(id=token)
        return Person(*rows[0])
