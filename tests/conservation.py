"""The conservation law, watched over every store that a test opens: at its close, and at the end of the test.

received = acknowledged + refused, by the counters and by the receipts themselves; and where an inbox and a log lie in
one folder, or one test made one of each in memory, acknowledged = applied + duplicate + quarantined + pending.
A test that breaks the law on purpose says so with `@pytest.mark.unbalanced`.
"""

import weakref
from collections import Counter
from collections.abc import Iterable
from typing import Any

import apsw
import psycopg

from wardwise.errors import WardwiseError
from wardwise.govern.data.balance import balance_of
from wardwise.stores.memory.inbox import MemoryInbox
from wardwise.stores.memory.log import MemoryLog
from wardwise.stores.postgres.inbox import PostgresInbox
from wardwise.stores.postgres.log import PostgresLog
from wardwise.stores.sqlite.inbox import SqliteInbox
from wardwise.stores.sqlite.log import SqliteLog

Inbox = MemoryInbox | SqliteInbox | PostgresInbox
Log = MemoryLog | SqliteLog | PostgresLog
_LOOKS = 5
_RECEIPTS = "SELECT site, receipt, count(*) FROM receipt JOIN door ON door.number = door GROUP BY site, receipt"
_TALLIES = "SELECT site, receipt, receipts FROM tally WHERE receipts <> 0"
_DEALT = "SELECT site, outcome, count(*) FROM disposition GROUP BY site, outcome"
_OUTCOMES = "SELECT site, outcome, raws FROM outcome WHERE raws <> 0"


class Books:
    """The stores that are open now. One per session; `watch` once, `check` after each test."""

    def __init__(self) -> None:
        self._open: list[weakref.ref[Inbox | Log]] = []
        self._test: dict[int, int] = {}  # in which test each store was made
        self._lax: set[int] = set()  # tests that may break the law; what they made may outlive them
        self.number = 0
        self.strict = True

    def watch(self) -> None:
        """See every store made and closed from now on."""
        for kind in (MemoryInbox, SqliteInbox, PostgresInbox, MemoryLog, SqliteLog, PostgresLog):
            self._wrap(kind)

    def begin(self, *, strict: bool) -> None:
        """A test begins; one that is not `strict` may break the law."""
        self.number += 1
        self.strict = strict
        if not strict:
            self._lax.add(self.number)

    def check(self) -> None:
        """Hold every open store to the law; raises AssertionError with the figures."""
        for store in self._stores():
            self.check_one(store)

    def check_one(self, store: Inbox | Log) -> None:
        """Hold a store, and what it is kept with, to the law; one that cannot be read is left alone."""
        made_in = self._test.get(id(store), -1)
        if not self.strict or (made_in in self._lax and made_in != self.number):
            return
        inboxes = [other for other in self._beside(store) if isinstance(other, Inbox)]
        logs = [other for other in self._beside(store) if isinstance(other, Log)]
        try:
            _recount(store)
            if len(inboxes) == len(logs) == 1:
                for site in logs[0].sites():
                    _balanced(inboxes[0], logs[0], site)
        except (WardwiseError, apsw.Error, psycopg.Error, UnicodeDecodeError):
            return  # a file that a test damaged, or closed below its store

    def _beside(self, store: Inbox | Log) -> list[Inbox | Log]:
        place = self._place(store)
        found = {id(other): other for other in [*self._stores(), store] if self._place(other) == place}
        return list(found.values())

    def _place(self, store: Inbox | Log) -> object:
        if isinstance(store, SqliteInbox | SqliteLog):
            return store._database.path.parent
        if isinstance(store, PostgresInbox | PostgresLog):
            return store._database.server.shown
        return self._test.get(id(store), -1)

    def _stores(self) -> list[Inbox | Log]:
        return [store for store in (made() for made in self._open) if store is not None]

    def _wrap(self, kind: type[Any]) -> None:
        make, close = kind.__init__, kind.close

        def made(store: Any, *given: Any, **named: Any) -> None:
            make(store, *given, **named)
            self._open.append(weakref.ref(store, self._open.remove))
            self._test[id(store)] = self.number

        def closed(store: Any) -> None:
            try:
                self.check_one(store)
            finally:
                self._open = [each for each in self._open if each() is not store]
                close(store)

        kind.__init__, kind.close = made, closed


def _balanced(inbox: Inbox, log: Log, site: str) -> None:
    """Two stores of a running service are never read in one instant: what differs is believed when it stays so."""
    before = None
    for _ in range(_LOOKS):
        found = balance_of(inbox, log, site)
        if found.holds:
            return
        assert found != before, f"the books of {site} do not balance: {found.figures()}"
        before = found


def _recount(store: Inbox | Log) -> None:
    if isinstance(store, SqliteInbox | PostgresInbox):
        _same(store, _TALLIES, _RECEIPTS)
    elif isinstance(store, SqliteLog | PostgresLog):
        _same(store, _OUTCOMES, _DEALT)
    elif isinstance(store, MemoryInbox):
        for site in {raw.arrival.site for raw in store._raws}:
            counts = store.counts(site)
            assert counts.received == counts.acknowledged + counts.refused, counts
            assert counts.received == len(store._of(site)), counts


def _same(store: Any, counters: str, rows: str) -> None:
    with store._database.read() as session:
        told, counted = (_by_name(session.connection.execute(sql)) for sql in (counters, rows))
    assert told == counted, f"{type(store).__name__} counts {told}, its rows say {counted}"


def _by_name(rows: Iterable[tuple[Any, ...]]) -> Counter[tuple[Any, str]]:
    return Counter({(site, name): count for site, name, count in rows})


BOOKS = Books()
