"""The vault: which identifier a token stands for, in a file of its own."""

from pathlib import Path

from wardwise.stores.sql.access import Access
from wardwise.stores.sql.vault import Person, SqlVault
from wardwise.stores.sqlite.database import SqliteFile
from wardwise.stores.sqlite.schema import schema

__all__ = ["Person", "Vault"]


class Vault(SqlVault):
    """The vault as an SQLite file."""

    def __init__(self, path: Path, *, access: Access = Access.WRITE, vfs: str = "") -> None:
        """Open or make the file."""
        super().__init__(SqliteFile(path, schema("vault", 0x77777661), access=access, vfs=vfs))
