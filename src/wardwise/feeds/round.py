"""When a server is asked next: in its rhythm while it answers, less and less often while it does not."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from threading import Event

from wardwise.errors import Unanswered
from wardwise.feeds.backoff import LONGEST_SECONDS, Standing, backoff
from wardwise.hospital.clock import Clock

SOON_SECONDS = 5.0

Say = Callable[[str], None]


@dataclass(slots=True)
class Round:
    """One feed and the server it comes from, or one of another `sort`, named so to people. `turn` asks once; `chance`
    spreads those who wait for one server.

    Where it is `unsettled` whether something there is complete, the next question comes soon. While `closed` says why
    nothing can be kept here, nothing is asked. One that does not answer is left alone for `longest_seconds` at most.
    """

    feed: str
    every_seconds: float
    turn: Callable[[], object]
    clock: Clock
    standing: Standing
    chance: Random
    say: Say
    closed: Callable[[], str] = str
    unsettled: Callable[[], bool] = bool
    longest_seconds: float = LONGEST_SECONDS
    sort: str = "feed"
    _failures: int = 0
    _next: float = float("-inf")

    def step(self) -> float:
        """Ask if it is time; returns the seconds until it is. Raises StoreUnavailable."""
        if self._next <= self.clock.elapsed():
            wait = self.every_seconds if self.closed() else self._ask()
            self._next = self.clock.elapsed() + wait
        return max(self._next - self.clock.elapsed(), 0.0)

    def rest(self, seconds: float) -> None:
        """Wait so long."""
        Event().wait(seconds)

    def _ask(self) -> float:
        try:
            self.turn()
        except Unanswered as unanswered:
            self._failures += 1
            wait = backoff(self._failures, self.chance, longest=self.longest_seconds)
            if self._failures > 1:  # once may be chance
                self.standing.away(self.feed, unanswered.why, self.clock.now())
            self.say(f"{self.sort} {self.feed}: {unanswered} Asked again in {wait:.0f} s.")
            return wait
        if self._failures:
            self.say(f"{self.sort} {self.feed}: its server answers again")
        self._failures = 0
        self.standing.back(self.feed)
        return min(self.every_seconds, SOON_SECONDS) if self.unsettled() else self.every_seconds
