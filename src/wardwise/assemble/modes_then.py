"""The mode of a workflow as it was when an event was recorded: what the site declared then, and people's changes."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

from wardwise.govern.release.mode import mode_named
from wardwise.loop.capture.event import Event
from wardwise.loop.capture.instant import Instant
from wardwise.loop.capture.log import Log, Selection
from wardwise.loop.declare.model import Artefacts
from wardwise.loop.derive.history import History
from wardwise.loop.derive.view import View
from wardwise.sites.load import SiteFolder
from wardwise.sites.site import Mode

_TAKEN = Selection(kinds=frozenset({"site.configured"}))


@dataclass(slots=True)
class ModesThen:
    """Asked with rising positions it reads the log once in a while; a site that never took effect is off."""

    log: Log
    site: str
    artefacts: Artefacts
    _history: History | None = None
    _taken: Sequence[Event] = ()
    _folders: dict[str, SiteFolder] = field(default_factory=dict)

    def __call__(self, workflow: str, unit: str | None, event: Event) -> Mode:
        """The mode at a unit (its key), or of the whole site."""
        if self._history is None or self._history.position < event.position:
            self._history = History(self.log, self.site)
            self._taken = self.log.read(self.site, where=_TAKEN)
        folder = self._folder(event.position)
        if folder is None:
            return Mode.OFF
        view = View(folder, Instant(event.recorded_at, event.position), self._history, self.artefacts)
        return mode_named(workflow, view, unit)

    def _folder(self, position: int) -> SiteFolder | None:
        before = bisect_right([event.position for event in self._taken], position)
        if not before:
            return None
        digest = str(self._taken[before - 1].payload["artefact"])
        if digest not in self._folders:
            self._folders[digest] = SiteFolder.from_snapshot(self.artefacts.get(digest))
        return self._folders[digest]
