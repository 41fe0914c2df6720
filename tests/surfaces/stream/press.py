"""A log that gains decisions, an outlet in memory, and a publisher between the two."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from tests.clocks import HandClock

from wardwise.errors import Unanswered
from wardwise.govern.runtime.outward import Outward
from wardwise.hospital.moment import iso
from wardwise.loop.capture.dropped import Dropped
from wardwise.loop.capture.event import About, Draft, Event
from wardwise.loop.capture.log import Batch
from wardwise.sites.publish import Publish
from wardwise.sites.site import Mode
from wardwise.stores.memory.log import MemoryLog
from wardwise.surfaces.stream.outbox import Outbox
from wardwise.surfaces.stream.outlet import Letter, Outlet
from wardwise.surfaces.stream.publisher import Publisher

NINE = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
SITE, WORKFLOW = "demo", "deterioration"
EVERY_KIND = ("prediction.made", "advice.given", "advice.ended", "response.given", "outcome.measured", "mode.changed")


def publish(*, name: str = "engine", kinds: tuple[str, ...] = EVERY_KIND, begin: str = "beginning") -> Publish:
    nats = {"servers": ["127.0.0.1:4222"], "stream": "W", "subject": "w.advice"}
    told = {"name": name, "kinds": kinds, "from": begin, "stream": {"nats": nats}, "owner": "EHR team"}
    return Publish.model_validate(told)


class MemoryOutlet:
    """Takes every message while it is `there`; the ids in `refused` it will never take."""

    def __init__(self) -> None:
        self.sent: list[Letter] = []
        self.there = True
        self.refused: set[str] = set()
        self.open_now = False
        self.opened = 0
        self.looks = 0

    async def open(self) -> None:
        self._answer()
        self.open_now, self.opened = True, self.opened + 1

    async def send(self, letter: Letter) -> str:
        assert self.open_now
        self._answer()
        if letter.id in self.refused:
            return "its 9 bytes are more than the broker takes"
        self.sent.append(letter)
        return ""

    async def look(self) -> None:
        self.looks += 1
        self._answer()

    async def close(self) -> None:
        self.open_now = False

    def _answer(self) -> None:
        if not self.there:
            raise Unanswered(what="a connection", why="it is away")


@dataclass
class Press:
    """One stream of one site. `tell` appends what was decided, `turn` publishes."""

    published: Publish = field(default_factory=publish)
    log: MemoryLog = field(default_factory=MemoryLog)
    outlet: Outlet = field(default_factory=MemoryOutlet)
    clock: HandClock = field(default_factory=lambda: HandClock(NINE, running=True))
    dropped: list[Dropped] = field(default_factory=list)
    modes: dict[str | None, Mode] = field(default_factory=dict)
    off: str = ""
    stopping: bool = False
    serial: int = 0
    made: list[Publisher] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.lease = self.log.lease(SITE, "worker")
        self.publisher = self.anew()

    def anew(self) -> Publisher:
        """A publisher as a new process would have it."""
        mode: Callable[..., Mode] = lambda _workflow, unit, _event: self.modes.get(unit, Mode.ASSISTIVE)  # noqa: E731
        self.publisher = Publisher(
            outbox=Outbox(self.log, SITE, self.published, Outward(self.log, SITE, mode).mode),
            outlet=self.outlet,
            drop=self.dropped.append,
            clock=self.clock,
            off=lambda: self.off,
            stopped=lambda: self.stopping,
            wait_seconds=0.0,
        )
        self.made.append(self.publisher)
        return self.publisher

    def turn(self, times: int = 1) -> int:
        return sum(self.publisher.turn() for _ in range(times))

    def end(self) -> None:
        """One last turn, which lets go; those that were killed have no turn left."""
        self.stopping = True
        self.publisher.turn()
        for each in self.made:
            each._loop.close()

    def told(self) -> list[dict[str, object]]:
        """What the outlet in memory has had."""
        assert isinstance(self.outlet, MemoryOutlet)
        return [json.loads(letter.body) for letter in self.outlet.sent]

    def append(self, *drafts: Draft) -> list[Event]:
        return self.log.append(self.lease, Batch(drafts), self.clock.now())

    def draft(self, kind: str, payload: dict[str, object], *causes: str, **about: str) -> Draft:
        self.serial += 1
        return Draft(
            id=f"{kind[0]}{self.serial:012d}",
            kind=kind,
            occurred_at=self.clock.now(),
            source=f"wardwise/{WORKFLOW}",
            about=About(**about),
            caused_by=causes,
            payload=payload,
        )

    def predict(self, encounter: str = "enc1", unit: str = "demo/4a") -> Event:
        tier = {"tier": "full", "maker": "news2", "says": "NEWS2", "why": ""}
        payload = {
            "workflow": WORKFLOW, "entity": encounter, "target": "news2", "output": {"score": 7},
            "seen": {"row": "x"}, "versions": {"workflow": "deterioration@1"}, "tier": tier,
        }  # fmt: skip
        return self.append(self.draft("prediction.made", payload, encounter=encounter, unit=unit))[0]

    def advise(
        self, encounter: str = "enc1", *, minutes: int = 60, withheld: bool = False, unit: str = "demo/4a", **more: str
    ) -> Event:
        """Advice and its delivery, in one batch as a turn appends them."""
        expires = iso(self.clock.now() + timedelta(minutes=minutes))
        card = {"summary": "NEWS2 is 7", "owner": "nurse", "tier": {"tier": "full"}, "expires_at": expires}
        payload = {"workflow": WORKFLOW, "entity": encounter, "state": "7", "card": card, "expires_at": expires}
        given = self.draft("advice.given", payload, encounter=encounter, unit=unit, **more)
        status = {"status": "withheld", "reason": "shadow mode"} if withheld else {"status": "sent"}
        mode = "shadow" if withheld else "assistive"
        made = {"workflow": WORKFLOW, "surface": "board", "mode": mode, **status}
        return self.append(given, self.draft("delivery.made", made, given.id, encounter=encounter, unit=unit))[0]

    def respond(self, advice: Event, **more: str) -> Event:
        payload = {"answer": "accepted", "role": "nurse", **more}
        return self.append(self.draft("response.given", payload, advice.id, encounter=str(advice.about.encounter)))[0]
