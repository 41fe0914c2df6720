"""The watchman: holds every feed's contract against what has come, its form at each cycle, its meaning once an hour."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from wardwise.govern.data.breach import ASIDE, rule_findings
from wardwise.govern.data.drift import LOOK_EVERY, drift_findings
from wardwise.govern.data.finding import Finding, changes
from wardwise.govern.data.incident import feed_incidents
from wardwise.govern.data.label_counts import label_drafts
from wardwise.govern.data.labels import label_findings
from wardwise.govern.data.profile import last_midnight, profile_drafts
from wardwise.govern.data.repeats import repeat_drafts
from wardwise.govern.data.sampling import sample_drafts
from wardwise.govern.data.silence import silence_changes
from wardwise.loop.capture.event import Draft
from wardwise.loop.derive.state.breaches import breaches
from wardwise.loop.derive.view import View

# What has come is checked in the cycle it came in. Time alone changes a verdict only where something bad is in a sample
# or stands: good events fall out of the sample before it, or it falls out itself.
UNEASY, CALM = timedelta(minutes=1), timedelta(minutes=15)


class Watchman:
    """One per worker. All it remembers is when it last looked, and how far; a new one looks at everything at once."""

    def __init__(self) -> None:
        self._looked_at: datetime | None = None
        self._checked_at: datetime | None = None
        self._uneasy = False
        self._seen: dict[str, int] = {}
        self._profiled_upto: datetime | None = None

    def listen(self, view: View, last_received: Mapping[str, datetime]) -> list[Draft]:
        """Silences, broken contracts and their ends, and the incidents of those that are new."""
        told = list(silence_changes(view, last_received))
        return _with_incidents(view, [*told, *changes(view, self._checked(view))])

    def _checked(self, view: View) -> list[Finding]:
        """What is found of the rules on what has come since the last cycle; of all of them from time to time."""
        heights = self._heights(view)
        at, every = view.instant.at, UNEASY if self._uneasy or breaches(view) else CALM
        if self._checked_at is None or abs(at - self._checked_at) >= every:
            found = list(rule_findings(view))
            self._uneasy, self._checked_at = _any_bad(found), at
        else:
            fresh = frozenset(kind for kind, height in heights.items() if height != self._seen.get(kind))
            found = list(rule_findings(view, fresh))
            self._uneasy = self._uneasy or _any_bad(found)
        self._seen = heights
        return found

    def _heights(self, view: View) -> dict[str, int]:
        offered = {each.kind for contract in view.folder.contracts.values() for each in contract.provides}
        return {kind: view.history.newest(kind) for kind in sorted({*offered, ASIDE})}

    def compare(self, view: View) -> list[Draft]:
        """Profiles and samples of a day that has ended; at a look that is due, drifts, days told twice, incidents."""
        ended = self._profiled(view)
        at = view.instant.at
        if ended or (self._looked_at is not None and abs(at - self._looked_at) < LOOK_EVERY):
            return ended
        self._looked_at = at
        contracts = view.folder.contracts.values()
        found = (each for one in contracts for each in (*drift_findings(view, one), *label_findings(view, one)))
        return _with_incidents(view, [*changes(view, found), *repeat_drafts(view)])

    def _profiled(self, view: View) -> list[Draft]:
        midnight = last_midnight(view)
        if midnight == self._profiled_upto:
            return []
        ended = [*profile_drafts(view), *sample_drafts(view), *label_drafts(view)]
        self._profiled_upto = midnight
        return ended


def _any_bad(found: Iterable[Finding]) -> bool:
    return any(finding.count and finding.event is not None for finding in found)


def _with_incidents(view: View, told: Iterable[Draft]) -> list[Draft]:
    listed = list(told)
    return [*listed, *feed_incidents(view, listed)]
