"""The watchman: holds every feed's contract against what has come, its form at each cycle, its meaning once an hour."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from wardwise.govern.data.breach import ASIDE, breach_changes
from wardwise.govern.data.drift import LOOK_EVERY, drift_findings
from wardwise.govern.data.finding import changes
from wardwise.govern.data.incident import feed_incidents
from wardwise.govern.data.profile import last_midnight, profile_drafts
from wardwise.govern.data.silence import silence_changes
from wardwise.loop.capture.event import Draft
from wardwise.loop.derive.view import View

CHECK_ALL_EVERY = timedelta(minutes=15)  # what has come is checked at once; this is for what falls out of a sample


class Watchman:
    """One per worker. All it remembers is when it last looked, and how far; a new one looks at everything at once."""

    def __init__(self) -> None:
        self._looked_at: datetime | None = None
        self._checked_at: datetime | None = None
        self._seen: dict[str, int] = {}
        self._profiled_upto: datetime | None = None

    def listen(self, view: View, last_received: Mapping[str, datetime]) -> list[Draft]:
        """Silences, broken contracts and their ends, and the incidents of those that are new."""
        return _with_incidents(view, [*silence_changes(view, last_received), *breach_changes(view, self._fresh(view))])

    def _fresh(self, view: View) -> frozenset[str] | None:
        """The kinds of which something has come since the last cycle; None, for all, from time to time."""
        offered = {each.kind for contract in view.folder.contracts.values() for each in contract.provides}
        heights = {kind: view.history.newest(kind) for kind in sorted({*offered, ASIDE})}
        fresh = frozenset(kind for kind, height in heights.items() if height != self._seen.get(kind))
        self._seen = heights
        if self._checked_at is None or abs(view.instant.at - self._checked_at) >= CHECK_ALL_EVERY:
            self._checked_at = view.instant.at
            return None
        return fresh

    def compare(self, view: View) -> list[Draft]:
        """The profile of a day that has ended; at a look that is due, drifts and their ends, and their incidents."""
        ended = self._profiled(view)
        at = view.instant.at
        if ended or (self._looked_at is not None and abs(at - self._looked_at) < LOOK_EVERY):
            return ended
        self._looked_at = at
        contracts = view.folder.contracts.values()
        return _with_incidents(view, [each for one in contracts for each in changes(view, drift_findings(view, one))])

    def _profiled(self, view: View) -> list[Draft]:
        midnight = last_midnight(view)
        if midnight == self._profiled_upto:
            return []
        ended = list(profile_drafts(view))
        self._profiled_upto = midnight
        return ended


def _with_incidents(view: View, told: Iterable[Draft]) -> list[Draft]:
    listed = list(told)
    return [*listed, *feed_incidents(view, listed)]
