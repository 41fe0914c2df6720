"""Servers that do not answer: the incident for the owner of the feed that is fetched from there."""

from collections.abc import Iterable, Iterator

from wardwise.govern.data.incident import SOURCE, opened_lately
from wardwise.hospital.moment import iso
from wardwise.loop.capture.absence import Unreached
from wardwise.loop.capture.event import Draft
from wardwise.loop.capture.ids import derived_id
from wardwise.loop.derive.view import View


def unreached_incidents(view: View, unreached: Iterable[Unreached]) -> Iterator[Draft]:
    """An `incident.opened` for each server that does not answer and has none yet."""
    for each in unreached:
        where, since = f"feed {each.feed}: server", iso(each.since)
        feed = view.folder.site.feed(each.feed)
        if feed is None or opened_lately(view, where):
            continue
        yield Draft(
            id=derived_id("g", kind="incident.opened", workflow="feeds", entity=where, position=0, cause=since),
            kind="incident.opened",
            occurred_at=each.since,
            source=SOURCE,
            payload={
                "what": f"the server of feed {each.feed} does not answer: {each.why}",
                "severity": "degraded",
                "where": where,
                "owner": feed.owner,
            },
        )
