"""The reader of what people hand in: answers to advice, and what they say of samples and drifts."""

from dataclasses import dataclass
from datetime import datetime

from wardwise.feeds.mapped.trouble import Unreadable
from wardwise.feeds.people.acceptances import AcceptanceReader
from wardwise.feeds.people.flat import flat
from wardwise.feeds.people.responses import ResponseReader
from wardwise.feeds.people.reviews import ReviewReader
from wardwise.feeds.reading import Reading
from wardwise.loop.capture.inbox import Raw
from wardwise.loop.capture.log import Log
from wardwise.sites.load import SiteFolder


@dataclass(frozen=True, slots=True)
class PeopleReader:
    """`Reader` of a feed of people. What a body is about is told by the key that names it."""

    log: Log
    folder: SiteFolder

    def read(self, raw: Raw, now: datetime) -> Reading:
        """One event, or a quarantine that says why."""
        try:
            found = flat(raw.arrival.body)
            if "sample" in found:
                return Reading((ReviewReader(self.log, self.folder).draft(raw, found),))
            if "breach" in found:
                return Reading((AcceptanceReader(self.log, self.folder).draft(raw, found),))
        except Unreadable as trouble:
            return Reading(quarantine=trouble.quarantine)
        return ResponseReader(self.log, self.folder.site).read(raw, now)
