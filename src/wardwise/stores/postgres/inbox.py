"""The raw inbox on PostgreSQL: a group of arrivals is one transaction and a handful of statements, however many."""

from collections import Counter
from collections.abc import Sequence

from wardwise.hospital.moment import micros
from wardwise.loop.capture.inbox import Arrival, Raw, Receipt
from wardwise.stores.envelope import Envelope
from wardwise.stores.postgres.database import PostgresDatabase
from wardwise.stores.postgres.receiving import Keeping, recognised
from wardwise.stores.postgres.server import Server
from wardwise.stores.sql.access import Access
from wardwise.stores.sql.inbox import SqlInbox
from wardwise.stores.sql.session import Session, one

Doors = dict[tuple[str, str], int]


class PostgresInbox(SqlInbox):
    """`Inbox` in a schema of its own. Doors of several processes take turns: no gap, no overtaking."""

    def __init__(self, server: Server, *, envelope: Envelope | None = None, access: Access = Access.WRITE) -> None:
        """Connect; raises StoreUnavailable when it is to be written and a key of it is missing."""
        self._tables = PostgresDatabase(server, "inbox", access=access)
        super().__init__(self._tables, envelope)
        self._doors: Doors = {}

    def receive(self, arrivals: Sequence[Arrival]) -> list[Raw]:
        """Store arrivals in one synced commit and return their receipts in the same order."""
        if not arrivals:
            return []
        self.refuse_closed()
        with self._tables.write() as session, session.together():
            session.later("take_turn")
            first = int(one(session, "last_sequence")) + 1
            doors = _numbers(session, arrivals, self._doors)
            asked = [doors[arrival.site, arrival.source] for arrival in arrivals]
            keeping = Keeping(self._envelope, first)
            for told in recognised(session, arrivals, asked):
                keeping.add(told)
            keeping.write(session)
            _count(session, keeping.raws, doors)
        self._doors = doors  # only what was committed is remembered
        return keeping.raws


def _numbers(session: Session, arrivals: Sequence[Arrival], known: Doors) -> Doors:
    """The numbers of the arrivals' doors beside those known, new ones where need be."""
    numbers = dict(known)
    for key in sorted({(arrival.site, arrival.source) for arrival in arrivals} - numbers.keys()):
        numbers[key] = int(one(session, "door", *key) or one(session, "add_door", *key))
    return numbers


def _count(session: Session, raws: Sequence[Raw], doors: Doors) -> None:
    tally = Counter((raw.arrival.site, raw.receipt.value) for raw in raws)
    session.many("count_receipt", [(site, receipt, by) for (site, receipt), by in sorted(tally.items())])
    heard = {
        doors[raw.arrival.site, raw.arrival.source]: micros(raw.arrival.received_at)
        for raw in raws
        if raw.receipt is not Receipt.REFUSED
    }
    session.many("put_last_receipt", sorted(heard.items()))
