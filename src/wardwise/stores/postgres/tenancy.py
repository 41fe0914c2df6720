"""Who may work on a site: a lease with a term, so that several processes share one log and one of them writes a site.

The term is by the server's clock, so the clocks of the machines do not matter. A holder that is alive renews it; one
that was killed keeps the site until its term has ended, and whoever holds it next has a higher token: what the first
one still tries to append is refused. A worker that comes after one of its own data folder does not wait for that term:
a folder serves one service at a time, so the one before has ended.
"""

from dataclasses import dataclass

from wardwise.loop.capture.log import Lease
from wardwise.stores.postgres.database import PostgresDatabase
from wardwise.stores.postgres.server import Server
from wardwise.stores.sql.session import one

TERM_SECONDS = 6.0
RENEW_SECONDS = 1.5


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a site, and for how many seconds still if it is not renewed; at or below 0 the site is free."""

    name: str
    seconds: float


class Tenancy:
    """Leases on a connection of their own: a long append must not keep its own lease from being renewed."""

    def __init__(self, server: Server, *, term_seconds: float = TERM_SECONDS) -> None:
        """Connect; raises StoreUnavailable."""
        self._database = PostgresDatabase(server, "events")
        self._term = term_seconds

    def close(self) -> None:
        """Close the connection; leases last until their terms end."""
        self._database.close()

    def hold(self, site: str, holder: str, *, heir_of: str = "") -> Lease | None:
        """The site, for one term, if it is free; None while somebody else's term lasts, unless the holder's name
        holds `heir_of`, which is what only those who have ended can have held.
        """
        with self._database.write() as session:
            number = one(session, "site_number", site) or one(session, "add_site", site)
            told = session.rows("hold", {"site": number, "holder": holder, "seconds": self._term, "heir_of": heir_of})
        return Lease(site, int(told[0][0])) if told else None

    def renew(self, lease: Lease) -> bool:
        """Begin the term anew; False when somebody else has taken the site over meanwhile."""
        asked = {"site": lease.site, "token": lease.token, "seconds": self._term}
        with self._database.write() as session:
            return bool(session.rows("renew", asked))

    def let_go(self, lease: Lease) -> None:
        """End the term now, so that the next holder need not wait for its end."""
        with self._database.write() as session:
            session.many("let_go", [(lease.site, lease.token)])

    def holder(self, site: str) -> Holder | None:
        """Who holds a site, or held it last; None when nobody ever did, or by a lease that keeps nobody out."""
        with self._database.read() as session:
            told = session.rows("holder", (site,))
        return Holder(told[0][0], told[0][1]) if told and told[0][1] is not None else None
