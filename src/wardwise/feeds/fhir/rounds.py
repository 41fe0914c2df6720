"""When a server is asked next: in its rhythm while it answers, less and less often while it does not."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from threading import Event

from wardwise.feeds.backoff import FIRST_SECONDS, Standing, backoff
from wardwise.feeds.fhir.poller import Poller
from wardwise.feeds.fhir.refusal import Refused

Say = Callable[[str], None]


@dataclass(slots=True)
class Rounds:
    """The types of one feed, each with its own time. `chance` spreads those who wait for one server."""

    poller: Poller
    chance: Random
    say: Say
    standing: Standing
    _wake: Event = field(default_factory=Event)
    _next: dict[str, float] = field(default_factory=dict)
    _failures: dict[str, int] = field(default_factory=dict)

    def step(self) -> float:
        """Ask for every type that is due; returns the seconds until the next is. Raises StoreUnavailable."""
        elapsed = self.poller.feed.clock.elapsed
        for kind in self.poller.poll.types:
            if self._next.get(kind, 0.0) <= elapsed():
                self._next[kind] = elapsed() + self._ask(kind)
        return max(min(self._next.values()) - elapsed(), 0.0)

    def hurry(self) -> None:
        """Ask for everything now: something is new. A server that refused keeps its time. For any thread."""
        self._wake.set()

    def rest(self, seconds: float) -> None:
        """Wait so long at most, less where somebody says hurry."""
        if self._wake.wait(seconds):
            self._wake.clear()
            self._next = {kind: at for kind, at in self._next.items() if kind in self._failures}

    def _ask(self, kind: str) -> float:
        try:
            self.poller.turn(kind)
        except Refused as refused:
            failures = self._failures[kind] = self._failures.get(kind, 0) + 1
            wait = self._wait(failures, refused.wait)
            if failures > 1:  # once may be chance
                self.standing.away(self.poller.feed.name, str(refused.facts["why"]), self.poller.feed.clock.now())
            self.say(f"feed {self.poller.feed.name}: {refused} Asked again in {wait:.0f} s.")
            return wait
        if self._failures.pop(kind, 0):
            self.say(f"feed {self.poller.feed.name}: {kind} is answered again")
        if not self._failures:
            self.standing.back(self.poller.feed.name)
        return float(self.poller.poll.every_seconds)

    def _wait(self, failures: int, asked: float | None) -> float:
        """Longer each time; never less than was asked for."""
        drawn = backoff(failures, self.chance)
        return drawn if asked is None else asked + min(drawn, FIRST_SECONDS)
