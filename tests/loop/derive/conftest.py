"""A log to write facts to, and views of it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from wardwise.loop.capture.event import Draft
from wardwise.loop.capture.instant import Instant
from wardwise.loop.capture.log import Batch
from wardwise.loop.derive.history import History
from wardwise.loop.derive.view import View
from wardwise.sites.load import SiteFolder, load_site
from wardwise.stores.artefacts import Artefacts
from wardwise.stores.memory.log import MemoryLog

EIGHT = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


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
