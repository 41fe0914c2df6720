"""How far behind the log a stream is that is published to, and what of it was dropped."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from wardwise.loop.capture.log import Selection
from wardwise.loop.capture.places import Followed, publishing
from wardwise.sites.publish import Begin, Publish

COUNTED_BACK = timedelta(days=7)
MOST_COUNTED = 1_000


@dataclass(frozen=True, slots=True)
class Lag:
    """`place` is the position dealt with, None before the first look; `waiting` counts at most MOST_COUNTED events of
    the kinds chosen behind it, of which the oldest was recorded at `since`.
    """

    stream: str
    place: int | None
    head: int
    waiting: int
    since: datetime | None


def lag_of(log: Followed, site: str, publish: Publish) -> Lag:
    """The lag now; raises StoreUnavailable."""
    head, place = log.head(site).position, log.place(site, publishing(publish.name))
    if place is None and publish.begin is Begin.NOW:
        return Lag(publish.name, None, head, 0, None)
    where = Selection(kinds=frozenset(kind.value for kind in publish.kinds))
    waiting = log.read(site, after=place or 0, upto=head, where=where, limit=MOST_COUNTED)
    return Lag(publish.name, place, head, len(waiting), waiting[0].recorded_at if waiting else None)


def dropped_lately(log: Followed, site: str, now: datetime) -> Counter[tuple[str, str]]:
    """How many events were dropped in the last COUNTED_BACK, by stream and reason."""
    where = Selection(kinds=frozenset({"publication.dropped"}), occurred_from=now - COUNTED_BACK)
    found = log.read(site, where=where)
    return Counter((str(event.payload["stream"]), str(event.payload["why"])) for event in found)
