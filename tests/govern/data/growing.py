"""A log in memory that grows, and what is seen of it."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from wardwise.loop.capture.event import Draft
from wardwise.loop.capture.instant import Instant
from wardwise.loop.capture.kinds import check
from wardwise.loop.capture.log import Batch
from wardwise.loop.derive.history import History
from wardwise.loop.derive.view import View
from wardwise.sites.load import SiteFolder
from wardwise.stores.artefacts import Artefacts
from wardwise.stores.memory.log import MemoryLog


class GrowingLog:
    """The log of a site of the slug demo."""

    def __init__(self, folder: SiteFolder, tmp: Path) -> None:
        self.folder, self.tmp = folder, tmp
        self.log = MemoryLog()
        self.history = History(self.log, "demo")

    def tell(self, at: datetime, *drafts: Draft) -> None:
        self.log.append(self.log.lease("demo", "test"), Batch(list(drafts)), at)
        self.history.catch_up()

    def conclude(self, at: datetime, drafts: Iterable[Draft]) -> list[Draft]:
        """Tell what was concluded, each of its kind."""
        made = list(drafts)
        for draft in made:
            check(draft)
        self.tell(at, *made)
        return made

    def view(self, at: datetime) -> View:
        instant = Instant(max(at, self.history.recorded_at), self.history.position)
        return View(self.folder, instant, self.history, Artefacts(self.tmp))
