"""The event log on SQLite: one file, one writer per site by fencing token, any number of readers."""

from pathlib import Path

from wardwise.stores.sql.access import Access
from wardwise.stores.sql.archive.archive import Archive
from wardwise.stores.sql.log import SqlLog
from wardwise.stores.sqlite.database import SqliteFile
from wardwise.stores.sqlite.schema import schema


class SqliteLog(SqlLog):
    """`Log` in one file. Each process, and each thread that reads much, opens its own with Access.READ."""

    def __init__(
        self, path: Path, *, access: Access = Access.WRITE, archive: Archive | None = None, vfs: str = ""
    ) -> None:
        """Open or make the file."""
        super().__init__(SqliteFile(path, schema("events", 0x77776576), access=access, vfs=vfs), archive)
