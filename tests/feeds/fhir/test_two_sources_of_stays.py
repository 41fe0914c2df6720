"""One hospital tells its stays by HL7 v2 and by FHIR: while the messages are out the resources carry them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.feeds.fhir.told_stays import Truth, around, at, bundle, encounter, messages, stays
from tests.feeds.fhir.two_feeds import KEY, two_feeds

from wardwise.feeds.intake import read_all
from wardwise.feeds.readers import readers
from wardwise.govern.data.arbiter import Arbiter
from wardwise.hospital.moment import iso
from wardwise.loop.capture.event import Draft
from wardwise.loop.capture.inbox import Arrival
from wardwise.loop.capture.instant import Instant
from wardwise.loop.capture.log import Batch
from wardwise.loop.derive.history import History
from wardwise.loop.derive.state.stays import stays as stays_of
from wardwise.loop.derive.view import View
from wardwise.sites.load import SiteFolder
from wardwise.sites.two_sources import TwoSources
from wardwise.stores.artefacts import Artefacts
from wardwise.stores.memory.inbox import MemoryInbox
from wardwise.stores.memory.log import MemoryLog

PAIR = TwoSources.model_validate({"kind": "stays", "feeds": ["v2", "fhir"]})
END = at(3_000)


@pytest.fixture(scope="session")
def heard(demo: SiteFolder, tmp_path_factory: pytest.TempPathFactory) -> "Callable[[], Heard]":
    """An empty log of a site that hears of its stays by messages, and by resources where those are out."""
    found = two_feeds(demo, tmp_path_factory.mktemp("paired"))
    site = found.site.model_copy(update={"two_sources": (PAIR,)})
    folder = SiteFolder(site, found.mappings, {}, {})
    return lambda: Heard(folder)


@dataclass
class Heard:
    """A log that both feeds are read into."""

    folder: SiteFolder

    def __post_init__(self) -> None:
        self.log, self.arbiter = MemoryLog(), Arbiter()
        self.lease = self.log.lease("demo", "test")
        self.history = History(self.log, "demo")
        self.count = 0

    def tell(self, feed: str, bodies: Sequence[bytes]) -> None:
        inbox = MemoryInbox()
        for body in bodies:
            self.count += 1
            sent: dict[str, Any] = {"source": feed, "listener": "t", "control_id": f"{feed}{self.count}", "body": body}
            inbox.receive([Arrival(site="demo", received_at=END, **sent)])
        read = read_all(inbox.pending("demo", after=0), readers(self.folder, token_key=KEY, log=self.log))
        assert not [draft for draft in read.batch.drafts if draft.kind == "message.quarantined"]
        self.append(read.batch.drafts)

    def append(self, drafts: Sequence[Draft]) -> None:
        self.log.append(self.lease, Batch(list(drafts)), END)
        self.history.catch_up()

    def silent(self, last_at: datetime) -> None:
        payload = {"feed": "v2", "state": "silent", "last_at": iso(last_at)}
        self.append([Draft(id="g1", kind="feed.silent", occurred_at=END, source="x", payload=payload)])

    def view(self) -> View:
        self.append(self.arbiter.settle(self._view()))
        return self._view()

    def _view(self) -> View:
        return View(
            self.folder,
            Instant(max(END, self.history.recorded_at), self.history.position),
            self.history,
            Artefacts(Path("/nonexistent")),
        )


def where(view: View) -> dict[str, tuple[object, ...]]:
    """What a ward sees of each stay."""
    fields = ("patient", "unit", "bed", "stay_class", "arrived_at", "admitted_at", "moved_at", "ended_at", "on_leave")
    return {key: tuple(getattr(stay, name) for name in fields) for key, stay in stays_of(view).items()}


@settings(max_examples=25, deadline=None)
@given(truth=stays(), cut=st.integers(1, 2_600), seed=st.integers(0, 2**32 - 1))
def test_the_resources_carry_the_stay_and_the_late_messages_take_it_back(
    heard: Callable[[], Heard], truth: Truth, cut: int, seed: int
) -> None:
    told = [each.encode() for each in messages(truth) if "|ADT^" in each]
    in_time = [each for each in told if each.split(b"|")[6].decode() <= f"{at(cut):%Y%m%d%H%M%S}+0000"]
    late = [each for each in told if each not in in_time]
    alone = heard()
    alone.tell("v2", told)
    both = heard()
    both.tell("v2", in_time)
    both.tell("fhir", [bundle([encounter(truth, cut, 1)], around(truth))])
    both.silent(at(cut))
    both.tell("fhir", [bundle([encounter(truth, version=2)], around(truth))])
    assert where(both.view()) == where(alone.view())
    Random(seed).shuffle(late)  # noqa: S311 - an order of delivery, no secret
    both.tell("v2", late)
    assert where(both.view()) == where(alone.view())
