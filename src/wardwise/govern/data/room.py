"""Room on the disk: nearly used, used, and there again, with an incident before it is too late to write one."""

from collections.abc import Iterator, Mapping

from wardwise.govern.data.absence import responsible
from wardwise.govern.data.incident import opened_lately
from wardwise.hospital.moment import iso
from wardwise.loop.capture.event import Draft
from wardwise.loop.capture.ids import derived_id
from wardwise.loop.capture.room import Room
from wardwise.loop.derive.view import View

SOURCE = "wardwise/supervisor"
FINE, LOW, FULL = "fine", "low", "full"
_FINE_ABOVE = 1.1  # of the threshold: not by turns


def room_changes(view: View, room: Room) -> Iterator[Draft]:
    """A `disk.changed` when the log last said otherwise; its incident unless there was one lately."""
    told = view.table("disk.changed")
    before = FINE if told.is_empty() else str(told.sort("position")["state"][-1])
    state = _state(room, view.folder.site.disk.warn_below_mib, before)
    if state == before:
        return
    changed = _draft("disk.changed", state, view, {"state": state, "free_mib": room.free_mib})
    yield changed
    where = f"disk {state}"
    if state != FINE and not opened_lately(view, where):
        what = "the disk is full, messages are refused" if state == FULL else "the disk is nearly full"
        told_of = {"what": what, "severity": "degraded", "where": where, "owner": responsible(view)}
        yield _draft("incident.opened", where, view, told_of, causes=(changed.id,))


def is_low(room: Room, warn_below_mib: int) -> bool:
    """Whether to warn of little room."""
    return room.free_mib < warn_below_mib


def _state(room: Room, warn_below_mib: int, before: str) -> str:
    if room.full:
        return FULL
    threshold = warn_below_mib if before == FINE else int(warn_below_mib * _FINE_ABOVE)
    return LOW if is_low(room, threshold) else FINE


def _draft(
    kind: str, entity: str, view: View, payload: Mapping[str, str | int], *, causes: tuple[str, ...] = ()
) -> Draft:
    at, position = view.instant.at, view.instant.position
    return Draft(
        id=derived_id("g", kind=kind, workflow="disk", entity=entity, position=position, cause=iso(at)),
        kind=kind,
        occurred_at=at,
        source=SOURCE,
        caused_by=causes,
        payload=payload,
    )
