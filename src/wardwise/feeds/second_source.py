"""The second of two sources: its facts are kept as doubtful, so that nothing counts twice while the first is there."""

from dataclasses import dataclass, replace
from datetime import datetime

from wardwise.feeds.reading import Reader, Reading
from wardwise.loop.capture.event import Draft, Status
from wardwise.loop.capture.inbox import Raw
from wardwise.loop.capture.two_sources import SECOND, TOLD_AS

_COUNTING = frozenset({Status.FINAL, Status.PRELIMINARY, Status.CORRECTED})


@dataclass(frozen=True, slots=True)
class SecondSource:
    """`Reader` of a feed that stands by for some kinds of fact; whatever else it tells is left as it is."""

    reader: Reader
    kinds: frozenset[str]

    def read(self, raw: Raw, now: datetime) -> Reading:
        """What the feed's own reader says, its facts of these kinds marked, with the status they were told with."""
        found = self.reader.read(raw, now)
        return replace(found, drafts=tuple(self._marked(draft) for draft in found.drafts))

    def _marked(self, draft: Draft) -> Draft:
        if draft.kind not in self.kinds or draft.status not in _COUNTING:
            return draft
        flags = (*draft.flags, SECOND, f"{TOLD_AS}{draft.status.value}")
        return replace(draft, status=Status.SUSPECT, flags=flags)
