"""The raw inbox on PostgreSQL: a group of arrivals is one transaction, and mostly one journey to the server.

A group is first sent as if nobody else had stored anything since, and all of it were new: it is kept at once if that
is so, which is what a door that works alone finds. Else it takes its turn, asks what is known, and stores.
"""

from collections.abc import Sequence

from wardwise.loop.capture.inbox import Arrival, Raw
from wardwise.stores.envelope import Envelope
from wardwise.stores.postgres.database import PostgresDatabase
from wardwise.stores.postgres.receiving import Doors, Keeping, recognising, unseen
from wardwise.stores.postgres.server import Server
from wardwise.stores.sql.access import Access
from wardwise.stores.sql.inbox import SqlInbox
from wardwise.stores.sql.session import Session, one


class PostgresInbox(SqlInbox):
    """`Inbox` in a schema of its own. Doors of several processes take turns: no gap, no overtaking."""

    def __init__(self, server: Server, *, envelope: Envelope | None = None, access: Access = Access.WRITE) -> None:
        """Connect; raises StoreUnavailable when it is to be written and a key of it is missing."""
        self._tables = PostgresDatabase(server, "inbox", access=access)
        super().__init__(self._tables, envelope)
        self._doors: Doors = {}
        self._next = 0  # the receipt that comes next if nobody else gave one; 0: not known

    def receive(self, arrivals: Sequence[Arrival]) -> list[Raw]:
        """Store arrivals in one synced commit and return their receipts in the same order."""
        if not arrivals:
            return []
        self.refuse_closed()
        return self._at_once(arrivals) or self._in_turn(arrivals)

    def _at_once(self, arrivals: Sequence[Arrival]) -> list[Raw]:
        """Store new arrivals; nothing, and nothing stored, where one is known, refused or not next in turn."""
        if not self._next or any(one.refusal or (one.site, one.source) not in self._doors for one in arrivals):
            return []
        keeping = Keeping(self._envelope, self._next)
        for told in unseen(arrivals, self._doors):
            keeping.add(told)
        if self._tables.alone("keep", [keeping.first, *keeping.columns]) != [(True,)]:
            return []
        self._next += len(arrivals)
        return keeping.raws

    def _in_turn(self, arrivals: Sequence[Arrival]) -> list[Raw]:
        with self._tables.write() as session:
            session.later("take_turn")
            last = session.asked("last_sequence")
            doors = _numbers(session, arrivals, self._doors)
            known = recognising(session, unseen(arrivals, doors))
            [(ended,)] = last()
            keeping = Keeping(self._envelope, int(ended) + 1)
            for told in known():
                keeping.add(told)
            session.later("store", keeping.columns)
        self._doors, self._next = doors, keeping.first + len(arrivals)  # only what was committed is remembered
        return keeping.raws


def _numbers(session: Session, arrivals: Sequence[Arrival], known: Doors) -> Doors:
    """The numbers of the arrivals' doors beside those known, new ones where need be."""
    numbers = dict(known)
    for key in sorted({(arrival.site, arrival.source) for arrival in arrivals} - numbers.keys()):
        numbers[key] = int(one(session, "door", *key) or one(session, "add_door", *key))
    return numbers
