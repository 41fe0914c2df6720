"""An event compared with what a test expects of it; people and stays are shown by identifier, times in local time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from wardwise.hospital.moment import from_iso
from wardwise.hospital.place import name_of
from wardwise.loop.capture.event import Draft
from wardwise.sites.map_test import ExpectedEvent, Shown

NOTHING = "absent"
_NAMING_FLAGS = ("fact:", "state:", "record:", "version:")  # hashes of keys: of no use to a reader
_PEOPLE = ("patient", "encounter", "staff")


@dataclass(frozen=True, slots=True)
class Eyes:
    """How events are shown: `people` gives identifiers by token, `ids` the events of the test so far."""

    zone: str
    people: Mapping[str, str]
    ids: Sequence[str]

    def time(self, at: datetime) -> str:
        """Local time to the minute, with seconds only where there are any."""
        local = at.astimezone(ZoneInfo(self.zone)).replace(tzinfo=None)
        return local.isoformat(sep=" ", timespec="minutes" if not (local.second or local.microsecond) else "auto")

    def value(self, value: object) -> str:
        """A value of a payload as a test writes it."""
        if value is None:
            return "null"
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, list | tuple):
            return "[" + ", ".join(self.value(each) for each in value) + "]"
        text = str(value)
        if text in self.people:
            return self.people[text]
        at = _instant(text)
        return text if at is None else self.time(at)


def differences(found: Draft, expected: ExpectedEvent, eyes: Eyes) -> Iterator[tuple[str, str, str]]:
    """What differs as (field, found, expected)."""
    yield from _told(found, expected, eyes)
    payload = found.payload
    for name, wanted in expected.payload.items():
        shown = eyes.value(payload[name]) if name in payload else NOTHING
        if name not in payload or not _same(payload[name], wanted, eyes):
            yield f"payload.{name}", shown, eyes.value(wanted)
    besides = {"replaces": _number(found.supersedes, eyes.ids) if found.supersedes else None}
    for name in expected.without:
        value = payload[name] if name in payload else besides.get(name, getattr(found.about, name, None))
        if value is not None:
            yield "without", f"{name}: {eyes.value(value)}", f"no {name}"


def _told(found: Draft, expected: ExpectedEvent, eyes: Eyes) -> Iterator[tuple[str, str, str]]:
    about = found.about
    if expected.occurred_at is not None and local_instant(expected.occurred_at, eyes.zone) != found.occurred_at:
        yield "occurred_at", eyes.time(found.occurred_at), expected.occurred_at
    shown = {
        "kind": found.kind,
        **{key: eyes.people.get(getattr(about, key) or "", NOTHING) for key in _PEOPLE},
        "unit": name_of(about.unit) if about.unit else NOTHING,
        "bed": name_of(about.bed) if about.bed else NOTHING,
        "status": found.status.value,
        "replaces": _number(found.supersedes, eyes.ids),
    }
    for key, has in shown.items():
        wanted = getattr(expected, key)
        if wanted is not None and has != str(wanted):
            yield key, has, str(wanted)
    for flag in expected.flags:
        if flag not in found.flags:
            named = [each for each in found.flags if not each.startswith(_NAMING_FLAGS)]
            yield "flags", ", ".join(named) or NOTHING, flag


def summary(found: Draft, eyes: Eyes) -> str:
    """An event in a line, for what a test did not expect."""
    parts = [found.kind, eyes.time(found.occurred_at)]
    parts += [f"{key} {eyes.people[token]}" for key in _PEOPLE if (token := getattr(found.about, key)) in eyes.people]
    parts += [name_of(place) for place in (found.about.unit, found.about.bed) if place]
    parts += [f"{name}: {eyes.value(value)}" for name, value in found.payload.items()]
    return ", ".join(parts)


def local_instant(text: str, zone: str) -> datetime | None:
    """The instant of a time as tests write it, local unless it tells an offset; None for what is none."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)


def _same(found: object, wanted: Shown, eyes: Eyes) -> bool:
    if isinstance(wanted, Decimal):
        return _number_of(found) == wanted
    if isinstance(wanted, str) and isinstance(found, str):
        at = _instant(found)
        if at is not None:
            return local_instant(wanted, eyes.zone) == at
        place = found.count("/") == 1 and name_of(found) == wanted
        return place or eyes.people.get(found, found) == wanted
    return found == wanted or (isinstance(wanted, tuple) and isinstance(found, list) and tuple(found) == wanted)


def _number_of(found: object) -> Decimal | None:
    try:
        return Decimal(str(found))
    except InvalidOperation:
        return None


def _number(identifier: str | None, ids: Sequence[str]) -> str:
    if identifier is None:
        return NOTHING
    return str(ids.index(identifier) + 1) if identifier in ids else "an event before this test"


def _instant(text: str) -> datetime | None:
    try:
        return from_iso(text) if text.endswith("Z") else None
    except ValueError:
        return None
