"""The event log on PostgreSQL: many processes, one writer per site by fencing token."""

from wardwise.stores.postgres.database import PostgresDatabase
from wardwise.stores.postgres.server import Server
from wardwise.stores.sql.access import Access
from wardwise.stores.sql.archive.archive import Archive
from wardwise.stores.sql.log import SqlLog


class PostgresLog(SqlLog):
    """`Log` in a schema of its own. An append holds its site's lease row, so appends to a site come one by one."""

    def __init__(self, server: Server, *, access: Access = Access.WRITE, archive: Archive | None = None) -> None:
        """Connect; the tables are made where they are not there yet."""
        super().__init__(PostgresDatabase(server, "events", access=access), archive)
