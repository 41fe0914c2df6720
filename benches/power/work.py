"""What doors and workers do to their stores, at random, and the messages they do it with."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Protocol

from benches.power.promises import READABLE, SITE, Promises
from wardwise.feeds.intake import read_all
from wardwise.feeds.reading import Quarantine, Reader, Reading
from wardwise.loop.capture.event import About, Draft
from wardwise.loop.capture.ids import event_id
from wardwise.loop.capture.inbox import Arrival, Raw
from wardwise.stores.sql.inbox import SqlInbox
from wardwise.stores.sql.log import SqlLog

START = datetime(2026, 3, 1, 6, 0, tzinfo=UTC)


class Stores(Protocol):
    """The real stores under test, and a way to bring on what they do by themselves now and then."""

    @property
    def inbox(self) -> SqlInbox:
        """Where doors store."""
        ...

    @property
    def log(self) -> SqlLog:
        """Where workers append."""
        ...

    def checkpoint(self, chance: Random) -> None:
        """Write what only the write-ahead log holds to where it belongs."""
        ...


class Notes:
    """Reads a body of words: each is a pulse, `?` cannot be read."""

    def read(self, raw: Raw, now: datetime) -> Reading:
        """One event a word."""
        words = raw.arrival.body.split(b"\n", 1)[0].split()
        if b"?" in words:
            return Reading(quarantine=Quarantine("unreadable", "it holds a question mark", "Send it again."))
        return Reading(drafts=tuple(_pulse(raw, index, now) for index in range(len(words))))


READERS: Mapping[str, Reader] = {"adt": Notes()}


def _pulse(raw: Raw, index: int, now: datetime) -> Draft:
    return Draft(
        id=event_id("v", raw=raw.id, index=index, mapping="notes/1"),
        kind="sign.measured",
        occurred_at=now,
        source="adt",
        about=About(patient=f"p{index}", encounter=f"e{raw.sequence % 7}"),
        raw=raw.id,
        payload={"code": "pulse", "value": "80", "ucum": "/min"},
    )


class Work:
    """One life's work on open stores; every promise is written down when it is given, not before."""

    def __init__(self, stores: Stores, promises: Promises, chance: Random, sent: list[Arrival]) -> None:
        """Take over the writing of the site."""
        self._stores = stores
        self._promises = promises
        self._chance = chance
        self._sent = sent
        self._lease = stores.log.lease(SITE, "worker")
        self._steps: tuple[tuple[Callable[[], None], int], ...] = (
            (self._receive, 50),
            (self._read, 40),
            (self._prune, 3),
            (self._checkpoint, 3),
        )

    def step(self) -> None:
        """Do one thing that doors and workers do."""
        steps, weights = zip(*self._steps, strict=True)
        self._chance.choices(steps, weights)[0]()

    def _receive(self) -> None:
        arrivals = [self._arrival() for _ in range(self._chance.randint(1, 4))]
        promises = self._promises
        promises.asked = len(arrivals)
        raws = self._stores.inbox.receive(arrivals)
        promises.asked = 0
        promises.received += len(raws)
        promises.raws |= {raw.sequence: raw for raw in raws if raw.receipt in READABLE}

    def _arrival(self) -> Arrival:
        fate = self._chance.random()
        if self._sent and fate < 0.15:
            return self._chance.choice(self._sent)  # sent again by somebody who did not hear the answer
        control = str(len(self._sent))
        if self._sent and fate < 0.2:
            control = self._chance.choice(self._sent).control_id
        words = b"? " if fate > 0.95 else b"80 " * self._chance.randint(0, 3)
        body = words + b"\n" + self._chance.randbytes(self._chance.choice((10, 300, 3000)))
        made = Arrival(
            site=SITE,
            source="adt",
            listener="mllp",
            control_id=control,
            body=body,
            received_at=START + timedelta(seconds=len(self._sent)),
            refusal="not for us" if 0.2 < fate < 0.25 else "",
        )
        self._sent.append(made)
        return made

    def _read(self) -> None:
        promises = self._promises
        raws = self._stores.inbox.pending(SITE, after=promises.offset, limit=self._chance.randint(1, 9))
        if not raws:
            return
        batch = read_all(raws, READERS).batch
        promises.appending, promises.reading_upto = len(batch.drafts), raws[-1].sequence
        events = self._stores.log.append(self._lease, batch, START + timedelta(days=1))
        promises.events += [event.id for event in events]
        promises.offset = raws[-1].sequence
        promises.appending = promises.reading_upto = 0

    def _prune(self) -> None:
        self._promises.pruned_upto = max(self._promises.pruned_upto, self._promises.offset // 2)
        self._stores.inbox.prune(START + timedelta(days=2), upto=self._promises.pruned_upto)

    def _checkpoint(self) -> None:
        self._stores.checkpoint(self._chance)
