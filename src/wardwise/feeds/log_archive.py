"""What left the log for the archive, told through the inbox: the worker alone writes events, and may be at work."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import orjson

from wardwise.feeds.mapped.trouble import Unreadable
from wardwise.feeds.reading import Reading
from wardwise.loop.capture.canonical import Json, canonical
from wardwise.loop.capture.event import Draft
from wardwise.loop.capture.ids import event_id
from wardwise.loop.capture.inbox import Arrival, Raw

SOURCE = "wardwise/archive"  # no feed's name, so nobody else can tell it
KIND = "log.archived"
_MAPPING = "archive@1"


def told(site: str, segment: Mapping[str, Json], at: datetime) -> Arrival:
    """One file of the archive as its manifest says of it, and on whose word."""
    body = canonical(dict(segment))
    named = str(segment["file"])
    return Arrival(site=site, source=SOURCE, listener="log archive", control_id=named, body=body, received_at=at)


@dataclass(frozen=True, slots=True)
class ArchiveReader:
    """`Reader` of what was told so."""

    def read(self, raw: Raw, now: datetime) -> Reading:
        """One `log.archived`, as of when it was told; its kind's fields say whether it is whole."""
        try:
            payload = orjson.loads(raw.arrival.body)
        except ValueError:
            what, remedy = "it is not JSON", "Run `wardwise log archive` again; it tells what is missing."
            return Reading(quarantine=Unreadable("bad-archive", what, remedy).quarantine)
        named = event_id("g", raw=raw.id, index=0, mapping=_MAPPING)
        return Reading((Draft(id=named, kind=KIND, occurred_at=now, source=SOURCE, raw=raw.id, payload=payload),))
