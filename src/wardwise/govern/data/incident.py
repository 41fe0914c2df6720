"""Incidents of the feeds: what the steward is to look into, opened once and not at every relapse."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta

from wardwise.hospital.moment import iso
from wardwise.loop.capture.canonical import Json
from wardwise.loop.capture.event import Draft
from wardwise.loop.capture.ids import derived_id
from wardwise.loop.derive.view import View

SOURCE = "wardwise/feeds"
_RELAPSE = timedelta(hours=24)  # the same trouble within this time belongs to the incident already open


def feed_incidents(view: View, told: Iterable[Draft]) -> Iterator[Draft]:
    """An `incident.opened` for each breach that moves workflows down and each feed that fell silent."""
    for draft in told:
        where, what = _trouble(draft)
        if where and not opened_lately(view, where):
            yield _opened(view, draft, where=where, what=what)


def _trouble(draft: Draft) -> tuple[str, str]:
    said = draft.payload
    if draft.kind == "contract.breached" and said["state"] == "broken" and said["steps_down"]:
        return f"feed {said['feed']}: {said['rule']} {said.get('subject', '')}".rstrip(), str(said["what"])
    heard = said.get("last_at") != iso(draft.occurred_at)  # a feed never heard of yet has not stopped
    if draft.kind == "feed.silent" and said["state"] == "silent" and heard:
        return f"feed {said['feed']}: silent", f"nothing more from feed {said['feed']}"
    return "", ""


def opened_lately(view: View, where: str) -> bool:
    """Whether the same trouble has an incident already, which it belongs to."""
    return where in view.events("incident.opened", _RELAPSE)["where"].to_list()


def incident(cause: Draft, payload: Mapping[str, Json], *, by: str, source: str) -> Draft:
    """The `incident.opened` that another event is the cause of; `where` of the payload tells it from others."""
    return Draft(
        id=derived_id(
            "g", kind="incident.opened", workflow=by, entity=str(payload["where"]), position=0, cause=cause.id
        ),
        kind="incident.opened",
        occurred_at=cause.occurred_at,
        source=source,
        caused_by=(cause.id,),
        payload=payload,
    )


def _opened(view: View, cause: Draft, *, where: str, what: str) -> Draft:
    feed = view.folder.site.feed(str(cause.payload["feed"]))
    payload: dict[str, Json] = {"what": what, "severity": "degraded", "where": where}
    if feed is not None:
        payload["owner"] = feed.steward if cause.kind == "contract.breached" else feed.owner
    return incident(cause, payload, by="feeds", source=SOURCE)
