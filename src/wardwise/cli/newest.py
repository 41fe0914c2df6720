"""The newest events as rows for people and machines; what they say of patients stays in the log."""

from wardwise.hospital.moment import iso
from wardwise.loop.capture.event import Event
from wardwise.loop.capture.ids import shown
from wardwise.loop.capture.log import Log, Selection

_PAGE = 10_000


def newest(log: Log, site: str, kind: str | None, count: int) -> list[dict[str, object]]:
    """The last `count` events of a site, oldest of them first."""
    where = Selection(kinds=frozenset({kind}) if kind else None)
    after = 0 if kind else max(0, log.head(site).position - count)
    found: list[Event] = []
    while page := log.read(site, after=after, where=where, limit=_PAGE):
        found = (found + page)[-count:]
        after = page[-1].position
    return [_row(event) for event in found]


def _row(event: Event) -> dict[str, object]:
    return {
        "id": shown(event.id),
        "site": event.site,
        "position": event.position,
        "recorded_at": iso(event.recorded_at),
        "occurred_at": iso(event.occurred_at),
        "kind": event.kind,
        "unit": event.about.unit or "-",
        "source": event.source,
        "status": event.status.value,
        "flags": list(event.flags),
    }
