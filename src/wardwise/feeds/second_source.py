"""The second of two sources: its facts are kept as doubtful, so that nothing counts twice while the first is there."""

from dataclasses import dataclass, replace
from datetime import datetime

from wardwise.feeds.reading import Reader, Reading
from wardwise.loop.capture.event import Draft, Status
from wardwise.loop.capture.inbox import Raw
from wardwise.loop.capture.two_sources import ONE_WITHIN, marked
from wardwise.sites.two_sources import STAYS, tells

_COUNTING = frozenset({Status.FINAL, Status.PRELIMINARY, Status.CORRECTED})


@dataclass(frozen=True, slots=True)
class SecondSource:
    """`Reader` of a feed that stands by for some kinds of fact; whatever else it tells is left as it is.

    Of `stays` all that it tells is marked, whatever its status: a doubtful admission fills a bed as well. A fact of
    theirs says within how many minutes (`within`) the first tells the same one.
    """

    reader: Reader
    kinds: frozenset[str]
    within: int = 0

    def read(self, raw: Raw, now: datetime) -> Reading:
        """What the feed's own reader says, its facts of these kinds marked, with the status they were told with."""
        found = self.reader.read(raw, now)
        return replace(found, drafts=tuple(self._marked(draft) for draft in found.drafts))

    def _marked(self, draft: Draft) -> Draft:
        if STAYS in self.kinds and tells(STAYS, draft.kind):
            return marked(draft, f"{ONE_WITHIN}{self.within}")
        # What replaces another may take back or doubt what was taken into use, so it goes the same way.
        counts = draft.status in _COUNTING or draft.supersedes is not None
        return marked(draft) if draft.kind in self.kinds and counts else draft
