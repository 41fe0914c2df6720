"""What an R4-backport notification says of its subscription, and which of its events never came."""

import re
from dataclasses import dataclass, field

from wardwise.feeds.fhir.document import TYPE, Resource, inner, objects, text
from wardwise.feeds.fhir.limits import STANDARD

_MOST_COUNTED = 10_000
_NUMBER = re.compile(r"[0-9]{1,15}")
_STATUS = frozenset({"Parameters", "SubscriptionStatus"})
_VALUES = ("valueString", "valueInteger", "valueCode", "valueUnsignedInt", "valueInteger64")


@dataclass(frozen=True, slots=True)
class Notification:
    """`sort` is handshake, heartbeat or event-notification; `numbers` are of its events, `since` counts all so far."""

    subscription: str
    sort: str
    numbers: tuple[int, ...]
    since: int | None


def notification_of(content: Resource) -> Notification | None:
    """The notification that a Bundle is, by its first entry; None for anything else."""
    entries = objects(content.get("entry"))
    status = inner(entries[0], "resource") if content.get(TYPE) == "Bundle" and entries else {}
    if status.get(TYPE) not in _STATUS:
        return None
    told = _parameters(status) if status[TYPE] == "Parameters" else status
    subscription = text(told.get("subscription"), "reference")
    sort = told.get("type")
    if not subscription or not isinstance(sort, str):
        return None
    numbers = tuple(sorted(number for each in _events(status, told) if (number := _whole(each)) is not None))
    since = told.get("events-since-subscription-start", told.get("eventsSinceSubscriptionStart"))
    return Notification(subscription, sort, numbers, _whole(since))


def _parameters(status: Resource) -> Resource:
    return {text(each, "name"): _value(each) for each in objects(status.get("parameter"))}


def _events(status: Resource, told: Resource) -> list[object]:
    events = objects(told.get("notificationEvent"))
    if events:
        return [each.get("eventNumber") for each in events]
    parts = [each for each in objects(status.get("parameter")) if text(each, "name") == "notification-event"]
    return [
        _value(part) for each in parts for part in objects(each.get("part")) if text(part, "name") == "event-number"
    ]


def _value(parameter: Resource) -> object:
    if "valueReference" in parameter:
        return parameter["valueReference"]
    return next((parameter[name] for name in _VALUES if name in parameter), None)


def _whole(value: object) -> int | None:
    written = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    return int(written) if _NUMBER.fullmatch(written) else None


@dataclass(slots=True)
class Counted:
    """The last event of each subscription since this process began; what was before is asked for at its start."""

    _last: dict[str, int] = field(default_factory=dict)

    def gap(self, told: Notification) -> tuple[int, int] | None:
        """The first and last number of the events that a notification shows to be missing; None where none are.

        Notifications come twice and out of order. A handshake begins a subscription's count anew.
        """
        last = self._last.get(told.subscription)
        newest = max((*told.numbers, told.since or 0))
        if last is None or told.sort == "handshake":
            if last is not None or len(self._last) < STANDARD.items:
                self._last[told.subscription] = newest
            return None
        self._last[told.subscription] = max(last, newest)
        came = set(told.numbers)
        missing = [number for number in range(last + 1, min(newest, last + _MOST_COUNTED) + 1) if number not in came]
        return (missing[0], missing[-1]) if missing else None
