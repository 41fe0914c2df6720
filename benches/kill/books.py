"""What became of every message once the killing is over: none lost, none applied twice, the books balanced."""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from wardwise.assemble.stores import Stores
from wardwise.govern.data.balance import Balance, balance_of
from wardwise.loop.capture.log import Selection

SLUG = "demo"
_ARRIVALS = Selection(kinds=frozenset({"stay.arrived"}))
_LOOK_EVERY_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Books:
    """How many messages were `told` to be safe, the site's balance, and how often each stay has begun."""

    told: int
    balance: Balance
    begun: Counter[str | None]

    def wrong(self) -> Iterator[str]:
        """Each thing that should not be, in words."""
        if not self.balance.holds:
            yield "the books do not balance"
        if self.balance.pending:
            yield f"{self.balance.pending} were never read"
        if len(self.begun) < self.told:
            yield f"lost: {self.told} told to be safe, {len(self.begun)} stays begun"
        if twice := sum(times > 1 for times in self.begun.values()):
            yield f"applied twice: {twice}"


def settled(stores: Stores, told: int, *, patience_seconds: float) -> Books:
    """The books once nothing is pending and a stay has begun for each message, or patience has run out."""
    end = time.monotonic() + patience_seconds
    while True:
        balance = balance_of(stores.inbox, stores.log, SLUG)
        late = time.monotonic() > end
        if late or not balance.pending:
            arrivals = stores.log.read(SLUG, where=_ARRIVALS, limit=1_000_000)
            books = Books(told, balance, Counter(event.about.encounter for event in arrivals))
            if late or len(books.begun) >= told:
                return books
        time.sleep(_LOOK_EVERY_SECONDS)
