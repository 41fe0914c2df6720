"""A workflow under test at the demo site, and its stories played once each."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import pytest

from wardwise.assemble.workflows import Found, declare, found_workflows
from wardwise.govern.runtime.gate import Gate
from wardwise.loop.capture.event import Event
from wardwise.loop.declare.workflow import Workflow
from wardwise.rehearse.story.form import Story, read_story
from wardwise.rehearse.story.play import Shelf, Stage, play
from wardwise.sites.load import SiteFolder, load_site
from wardwise.sites.site import Mode, Owners, WorkflowSettings
from wardwise.stores.memory.log import MemoryLog

DEMO = Path(__file__).parents[2] / "sites" / "demo"
_OWNERS = Owners(clinical="Clinical lead", operational="Operations", engineering="Engineering")


@dataclass(frozen=True)
class Played:
    """A story after it was played: in what wardwise disagreed with it, and the log it left."""

    disagreements: tuple[str, ...]
    stage: Stage

    @property
    def events(self) -> list[Event]:
        return self.stage.log.read(self.stage.folder.site.slug)

    def of(self, kind: str) -> list[Event]:
        return [event for event in self.events if event.kind == kind]


@dataclass(frozen=True)
class Subject:
    """One workflow that was found, declared for a site that runs it."""

    found: Found
    folder: SiteFolder
    workflow: Workflow

    @property
    def stories(self) -> list[Path]:
        return sorted((self.found.folder / "stories").glob("*.yaml"))

    def stage(self, log: MemoryLog | None = None) -> Stage:
        return Stage(self.folder, self.workflow, log or MemoryLog(), Gate(), Shelf())

    def play(self, story: Story, log: MemoryLog | None = None) -> Played:
        stage = self.stage(log)
        return Played(tuple(play(story, stage)), stage)


def site_running(name: str, slug: str = "demo") -> SiteFolder:
    """The demo site, or its twin of another name, with a workflow switched on if it does not list it."""
    folder = load_site(DEMO)
    listed = dict(folder.site.workflows)
    listed.setdefault(name, WorkflowSettings(mode=Mode.ASSISTIVE, owners=_OWNERS))
    return replace(folder, site=folder.site.model_copy(update={"slug": slug, "workflows": listed}))


@cache
def subject_of(name: str, slug: str = "demo") -> Subject:
    found = found_workflows()[name]
    folder = site_running(name, slug)
    return Subject(found, folder, declare(found, folder))


@cache
def played_at_home(name: str, story: Path) -> Played:
    return subject_of(name).play(read_story(story))


def _names_and_stories() -> Iterator[object]:
    for name, found in found_workflows().items():
        for file in sorted((found.folder / "stories").glob("*.yaml")):
            yield pytest.param((name, file), id=f"{name}-{file.stem}")


@pytest.fixture(params=list(found_workflows()))
def subject(request: pytest.FixtureRequest) -> Subject:
    """Every workflow that is found, one after the other."""
    return subject_of(request.param)


@pytest.fixture(params=list(_names_and_stories()))
def told(request: pytest.FixtureRequest) -> tuple[Subject, Path]:
    """Every story of every workflow that is found."""
    name, file = request.param
    return subject_of(name), file


@pytest.fixture
def played(told: tuple[Subject, Path]) -> Played:
    """The story, played at the demo site."""
    subject, file = told
    return played_at_home(subject.found.name, file)


@pytest.fixture
def twin(told: tuple[Subject, Path]) -> Subject:
    """The same workflow at another site."""
    return subject_of(told[0].found.name, "elsewhere")
