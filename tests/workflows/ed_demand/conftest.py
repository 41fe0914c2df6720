"""A department in a log: what is told of it, and views at any instant."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest

from wardwise.assemble.workflows import declare, found_workflows
from wardwise.govern.runtime.gate import Gate
from wardwise.hospital.moment import iso
from wardwise.loop.capture.canonical import digest
from wardwise.loop.capture.event import About, Draft, Event
from wardwise.loop.capture.ids import event_id
from wardwise.loop.capture.instant import Instant
from wardwise.loop.capture.kinds import CATALOGUE
from wardwise.loop.capture.log import Batch
from wardwise.loop.declare.model import Trained
from wardwise.loop.declare.workflow import Workflow
from wardwise.loop.derive.history import History
from wardwise.loop.derive.view import View
from wardwise.loop.turn import turn
from wardwise.rehearse.story.play import Shelf
from wardwise.sites.load import SiteFolder, load_site
from wardwise.stores.memory.log import MemoryLog

DEMO = Path(__file__).parents[3] / "sites" / "demo"
HOUR = timedelta(hours=1)
MIDNIGHT = datetime(2026, 3, 2, 6, tzinfo=UTC)
A_MOMENT = timedelta(milliseconds=5)
ED = "demo/ed"
BY_HOUR = (2, 2, 1, 1, 1, 1, 2, 3, 4, 5, 6, 6, 6, 6, 6, 6, 6, 6, 6, 5, 5, 4, 3, 2)  # by UTC hour


@dataclass
class Department:
    """A log that grows; `told` appends, `view` looks."""

    folder: SiteFolder
    workflow: Workflow
    log: MemoryLog = field(default_factory=MemoryLog)
    shelf: Shelf = field(default_factory=Shelf)
    count: int = 0

    def __post_init__(self) -> None:
        self.lease = self.log.lease("demo", "test")

    def draft(self, kind: str, at: datetime, about: About, payload: dict, known: datetime | None = None) -> Draft:
        self.count += 1
        identifier = event_id(CATALOGUE[kind].letter, raw="test", index=self.count, mapping="test@1")
        return Draft(
            id=identifier, kind=kind, occurred_at=at, source="test", about=about, payload=payload, known_at=known
        )

    def told(self, drafts: list[Draft], at: datetime) -> list[Event]:
        return self.log.append(self.lease, Batch(drafts), at - A_MOMENT)  # so that all of it is known at `at`

    def counted(self, end: datetime, *, days: int, factor: int = 1) -> None:
        hours = [end - HOUR * back for back in range(days * 24, 0, -1)]
        self.told([self.hour(hour, factor * BY_HOUR[hour.hour] + (hour.day % 3 == 0)) for hour in hours], end)

    def hour(self, hour: datetime, count: int) -> Draft:
        payload = {"hour": iso(hour), "count": count}
        return self.draft("arrivals.counted", hour, About(unit=ED), payload, hour + HOUR)

    def came(self, many: int, *, start: datetime, end: datetime) -> list[Event]:
        step = (end - start) / many
        drafts = [
            self.draft(
                "stay.arrived", start + step * n, About(unit=ED, encounter=f"e{self.count}"), {"class": "emergency"}
            )
            for n in range(many)
        ]
        return self.told(drafts, end)

    def usual(self, start: datetime, end: datetime) -> None:
        while start < end:
            self.came(BY_HOUR[start.hour], start=start, end=start + HOUR)
            start += HOUR

    def silent(self, state: str, last: datetime, at: datetime) -> None:
        payload = {"feed": "adt", "state": state, "last_at": iso(last)}
        self.told([self.draft("feed.silent", at, About(), payload)], at)

    def publish(self, at: datetime, made: Trained) -> str:
        sha256 = digest(made.artefact)
        self.shelf.kept[sha256] = made.artefact
        payload = {"workflow": self.workflow.name, "artefact": sha256, "lineage": made.lineage}
        self.told([self.draft("model.published", at, About(), payload)], at)
        return sha256

    def view(self, at: datetime) -> View:
        head = self.log.head("demo")
        return View(self.folder, Instant(at, head.position), History(self.log, "demo"), self.shelf)

    def turn(self, at: datetime, view: View | None = None) -> list[Draft]:
        return turn(self.workflow, view or self.view(at), Gate(), entities=[ED], runtime="test")

    def refresh(self, at: datetime) -> list[Event]:
        return self.told(self.turn(at), at)


@pytest.fixture
def department() -> Department:
    """The demo site's department, nothing told yet."""
    folder = load_site(DEMO)
    return Department(folder, declare(found_workflows()["ed_demand"], folder))


@cache
def trained() -> Trained:
    """The model of ninety days up to local midnight; the same for every test, for training is deterministic."""
    told = Department(load_site(DEMO), declare(found_workflows()["ed_demand"], load_site(DEMO)))
    told.counted(MIDNIGHT, days=90)
    return told.workflow.model.train(told.view(MIDNIGHT))


@pytest.fixture
def learnt(department: Department) -> Department:
    """Ninety days counted up to 2026-03-02 06:00 UTC, local midnight, and a model of them."""
    department.counted(MIDNIGHT, days=90)
    department.publish(MIDNIGHT, trained())
    return department
