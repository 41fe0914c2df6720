"""The demo's driver: hospital time step by step, and at each step everything that is due, through the real doors."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from wardwise.demo.doors import Doors
from wardwise.demo.drop import lay
from wardwise.demo.mllp_client import Ack
from wardwise.demo.people import answer_of
from wardwise.demo.setting import Setting
from wardwise.demo.timeline import Timeline

STEP = timedelta(minutes=5)


class SteppingClock(Protocol):
    """Hospital time as the demo moves it."""

    def advance(self, to: datetime) -> None:
        """Hospital time is `to` from now on."""
        ...

    def settle(self) -> None:
        """Return when everything received so far has been read and every turn that is due has been taken."""
        ...


@dataclass(frozen=True, slots=True)
class Tick:
    """What one step did. sent = acknowledged + refused; a refusal is what a broken message deserves."""

    at: datetime
    sent: int
    acknowledged: int
    refused: int
    dropped: int
    answered: int


@dataclass(slots=True)
class Demo:
    """Drives one timeline, `every` so long; `pace` is called with each step's instant and returns when it is due."""

    setting: Setting
    timeline: Timeline
    doors: Doors
    clock: SteppingClock
    pace: Callable[[datetime], None] = lambda _: None
    every: timedelta = STEP
    _sent: int = field(default=0, init=False)
    _dropped: int = field(default=0, init=False)
    _answered: set[str] = field(default_factory=set, init=False)

    def run(self) -> Iterator[Tick]:
        """Every step from the start to the end, both included."""
        at = self.setting.start
        while at <= self.setting.end:
            self.pace(at)
            yield self.step(at)
            at += self.every

    def step(self, at: datetime) -> Tick:
        """Move to an instant, send and drop what is due by then, let the house work, let its people answer."""
        self.clock.advance(at)
        acks = self._send(at)
        dropped = self._drop(at)
        self.clock.settle()
        answered = self._let_answer(at)
        if answered:
            self.clock.settle()
        good = sum(ack.accepted for ack in acks)
        return Tick(at, len(acks), good, len(acks) - good, dropped, answered)

    def _send(self, at: datetime) -> list[Ack]:
        acks = []
        messages = self.timeline.messages
        while self._sent < len(messages) and messages[self._sent].at <= at:
            due = messages[self._sent]
            acks.append(self.doors.lines[due.feed].send(due.body, due.control))
            self._sent += 1
        return acks

    def _drop(self, at: datetime) -> int:
        files, before = self.timeline.files, self._dropped
        while self._dropped < len(files) and files[self._dropped].at <= at:
            due = files[self._dropped]
            lay(self.doors.folders[due.feed], due.name, due.body)
            self._dropped += 1
        return self._dropped - before

    def _let_answer(self, at: datetime) -> int:
        if self.doors.board is None:
            return 0
        count = 0
        for advice in self.doors.board.open_advice():
            given = answer_of(self.setting.seed, advice.id, advice.card, given=self.setting.local(advice.given))
            if given is None or advice.id in self._answered or advice.given + given.after > at:
                continue
            self._answered.add(advice.id)
            count += self.doors.board.answer(advice.id, given)
        return count


def kept_by(now: Callable[[], datetime], *, speed: float, pause: Callable[[float], None]) -> Callable[[datetime], None]:
    """A pace for live demos: wait until hospital time `now`, which runs at `speed`, has come to the step.

    What fell due while the doors were still closed is sent at once: the hospital did not wait for them.
    """

    def pace(at: datetime) -> None:
        ahead = (at - now()).total_seconds() / speed
        if ahead > 0:
            pause(ahead)

    return pace
