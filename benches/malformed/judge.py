"""Sends inputs through the door's reception, the inbox, the readers and the log, and says what became of each."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from benches.malformed.defects import DEFECTS, Defect
from benches.malformed.goods import roster
from wardwise.feeds.hl7v2.framing import Framer
from wardwise.feeds.hl7v2.reception import Reception
from wardwise.feeds.hl7v2.routing import Routing
from wardwise.feeds.intake import read_all
from wardwise.feeds.readers import readers
from wardwise.govern.data.balance import Balance, balance_of
from wardwise.loop.capture.event import Event, Status
from wardwise.loop.capture.inbox import Arrival, Raw, Receipt
from wardwise.sites.load import load_site
from wardwise.stores.memory.inbox import MemoryInbox
from wardwise.stores.memory.log import MemoryLog

SITE = Path(__file__).parents[2] / "sites" / "demo"
NOW = datetime(2026, 3, 1, 15, tzinfo=UTC)
FACT = "fact:"  # a flag that names a fact says nothing is wrong with it


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of one input: how many raws it was, their reasons, and how many facts it gave."""

    raws: int
    reasons: tuple[str, ...]
    facts: int


class Hospital:
    """The demo site's intake over stores in memory."""

    def __init__(self) -> None:
        """Everything empty."""
        folder = load_site(SITE)
        self._inbox, self._log = MemoryInbox(), MemoryLog()
        self._readers = readers(folder, token_key=b"k" * 32, log=self._log)
        self._reception = Reception("demo", "mllp", Routing.of(folder.site.feeds))
        self._lease = self._log.lease("demo", "malformed")

    def takes(self, content: bytes, *, file: str = "") -> Fate:
        """Take one input in: a message in its frame, or a file of the roster."""
        arrivals = [_dropped(content, file)] if file else self._framed(content)
        raws = self._inbox.receive(arrivals)
        read = read_all([raw for raw in raws if raw.receipt in {Receipt.STORED, Receipt.CONFLICT}], self._readers)
        events = self._log.append(self._lease, read.batch, NOW)
        reasons = [*self._refusals(arrivals, raws), *(reason for event in events for reason in _reasons(event))]
        reasons += [item.reason for item in read.batch.dispositions if item.reason]
        facts = sum(event.kind != "message.quarantined" for event in events)
        return Fate(len(raws), tuple(dict.fromkeys(reasons)), facts)

    def books(self) -> Balance:
        """Whether all is accounted for."""
        return balance_of(self._inbox, self._log, "demo")

    def _framed(self, content: bytes) -> list[Arrival]:
        framer = Framer()
        frames = framer.feed(b"\x0b" + content + b"\x1c\r") + framer.flush()
        received = [one for frame in frames for one in self._reception.receive(frame, NOW)]
        self._faults = {id(one.arrival): one.fault.value[0] for one in received}
        return [one.arrival for one in received]

    def _refusals(self, arrivals: list[Arrival], raws: list[Raw]) -> list[str]:
        told = zip(arrivals, raws, strict=True)
        return [
            f"refused {self._faults[id(arrival)]}: {arrival.refusal}"
            for arrival, raw in told
            if raw.receipt is Receipt.REFUSED
        ]


def inputs(each: int, seed: int, defects: Mapping[str, Defect] = DEFECTS) -> list[tuple[str, bytes, str]]:
    """`each` inputs of every class: its name, the bytes and the name of the file, if it is one."""
    made = []
    for number, (name, defect) in enumerate(defects.items()):
        chance = Random(seed * 1_000 + number)
        for turn in range(each):
            control = f"{number}-{turn}"
            content = _spoilt(defect, chance, control)
            made.append((name, content, f"{control}.csv" if defect.of == (roster,) else ""))
    return made


def _spoilt(defect: Defect, chance: Random, control: str) -> bytes:
    spoilt = defect.spoil(chance.choice(defect.of)(chance, control), chance)
    return spoilt if isinstance(spoilt, bytes) else spoilt.encode()


def _dropped(content: bytes, file: str) -> Arrival:
    return Arrival(site="demo", source="roster", listener="drop", control_id=file, body=content, received_at=NOW)


def _reasons(event: Event) -> list[str]:
    if event.kind == "message.quarantined":
        return [f"{event.payload['code']}: {event.payload['why']}"]
    doubted = ["suspect"] if event.status is Status.SUSPECT else []
    return [*doubted, *(flag for flag in event.flags if not flag.startswith(FACT))]
