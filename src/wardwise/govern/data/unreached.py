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
        feed, where = view.folder.site.feed(each.feed), f"feed {each.feed}: server"
        if feed is not None and not opened_lately(view, where):
            yield _incident(each, where, f"the server of feed {each.feed} does not answer", feed.owner)


def unpublished_incidents(view: View, unreached: Iterable[Unreached]) -> Iterator[Draft]:
    """The same for each broker that takes nothing of a stream now."""
    for each in unreached:
        stream, where = view.folder.site.published(each.feed), f"stream {each.feed}: broker"
        if stream is not None and not opened_lately(view, where):
            yield _incident(each, where, f"nothing of stream {each.feed} is published", stream.owner)


def _incident(each: Unreached, where: str, what: str, owner: str) -> Draft:
    since = iso(each.since)
    return Draft(
        id=derived_id("g", kind="incident.opened", workflow="feeds", entity=where, position=0, cause=since),
        kind="incident.opened",
        occurred_at=each.since,
        source=SOURCE,
        payload={"what": f"{what}: {each.why}", "severity": "degraded", "where": where, "owner": owner},
    )
