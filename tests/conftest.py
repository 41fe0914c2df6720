"""What every test may lean on: the real data where they are there, and no skip without a good name."""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from benches.load.postgres_server import Cluster, server_programs
from hypothesis import settings
from tests.conservation import BOOKS

from wardwise.loop.capture.event import Draft
from wardwise.loop.capture.instant import Instant
from wardwise.loop.capture.log import Batch
from wardwise.loop.derive.history import History
from wardwise.loop.derive.view import View
from wardwise.sites.load import SiteFolder, load_site
from wardwise.stores.artefacts import Artefacts
from wardwise.stores.memory.log import MemoryLog

settings.register_profile("house", deadline=None)  # the machines that run this are busy; limits have tests of their own
settings.load_profile("house")
BOOKS.watch()

ROOT = Path(__file__).parents[1]
ABSENT_DATA = "no ../shared"
EIGHT = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def conserved(request: pytest.FixtureRequest) -> Iterator[None]:
    """At the end of every test nothing that came in is unaccounted for."""
    BOOKS.begin(strict="unbalanced" not in request.keywords)
    yield
    BOOKS.check()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data beside the project; skips by name where it is absent."""
    folder = Path(os.environ.get("WARDWISE_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(ABSENT_DATA)
    return folder


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL server of this session's own; skips by name where the machine has none."""
    programs = server_programs()
    if programs is None:
        pytest.skip("no PostgreSQL on this machine")
    server = Cluster(programs)
    yield server
    server.close()


@pytest.fixture(scope="session")
def demo_site() -> Path:
    """The ready demo site."""
    return ROOT / "sites" / "demo"


@pytest.fixture(scope="session")
def folder(demo_site: Path) -> SiteFolder:
    return load_site(demo_site)


@pytest.fixture
def seen(folder: SiteFolder, tmp_path: Path) -> Callable[..., View]:
    """`seen(drafts, at)`: append drafts one by one, each when it happened, and look at the log at an instant."""

    def look(drafts: list[Draft], at: datetime = EIGHT + timedelta(days=1)) -> View:
        log = MemoryLog()
        lease = log.lease("demo", "test")
        for draft in drafts:
            log.append(lease, Batch([draft]), max(draft.occurred_at, EIGHT))
        history = History(log, "demo")
        return View(folder, Instant(at, history.position), history, Artefacts(tmp_path))

    return look


_skipped: list[str] = []


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Remember why tests were skipped."""
    if report.skipped and isinstance(report.longrepr, tuple):
        _skipped.append(f"{report.nodeid}: {report.longrepr[2]}")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """With WARDWISE_STRICT_SKIPS a skip for any reason but absent data fails the run."""
    strange = [why for why in _skipped if ABSENT_DATA not in why]
    if os.environ.get("WARDWISE_STRICT_SKIPS") and strange and not hasattr(session.config, "workerinput"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        print("\nskipped for a reason other than absent data:", *strange, sep="\n  ")
