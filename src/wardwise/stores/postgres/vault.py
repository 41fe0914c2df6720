"""The vault on PostgreSQL, in a schema of its own, so that a role may be kept from it."""

from wardwise.stores.postgres.database import PostgresDatabase
from wardwise.stores.postgres.server import Server
from wardwise.stores.sql.access import Access
from wardwise.stores.sql.vault import SqlVault


class PostgresVault(SqlVault):
    """Tokens to identifiers, shared by every worker."""

    def __init__(self, server: Server, *, access: Access = Access.WRITE) -> None:
        """Connect; the table is made where it is not there yet."""
        super().__init__(PostgresDatabase(server, "vault", access=access))
