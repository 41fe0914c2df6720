"""Instants of a mapping at work: the first place that is one, moved past another where the mapping says so."""

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from wardwise.feeds.mapped.ground import NULL, Ground, S
from wardwise.feeds.mapped.notes import Notes
from wardwise.feeds.mapped.text import changed, chosen
from wardwise.feeds.mapped.typed import spelled
from wardwise.hospital.moment import localise
from wardwise.sites.emit import Source

Instants = Callable[[S, Notes], datetime | None]

_DAY = timedelta(days=1)


def instant_of(source: Source, ground: Ground[S]) -> Instants[S]:
    """The evaluation of a time; None where no place holds an instant. Raises Unreadable for what is no time."""
    if source.cases:
        return chosen([(case, instant_of(case, ground)) for case in source.cases], ground, nothing=None)
    texts = _texts(source, ground)
    change = changed(source)
    after = instant_of(source.after, ground) if source.after else None

    def evaluate(seen: S, notes: Notes) -> datetime | None:
        for look in texts:
            text = look(seen)
            if change is not None and text not in {"", NULL}:
                text = change(text)
            found = ground.instant(text, seen) if text and text != NULL else None
            if found is not None:
                notes.flags.extend(found.flags)
                floor = after(seen, notes) if after else None
                return found.at if floor is None else past(found.at, floor, zone=ground.zone)
        return None

    return evaluate


def past(at: datetime, floor: datetime, *, zone: str) -> datetime:
    """The instant moved by whole local days until it is later than another; the wall clock keeps its time."""
    if at > floor:
        return at
    local = at.astimezone(ZoneInfo(zone)).replace(tzinfo=None) + _DAY * (floor - at).days
    moved = localise(local, zone).at
    while moved <= floor:
        local += _DAY
        moved = localise(local, zone).at
    return moved


def _texts(source: Source, ground: Ground[S]) -> list[Callable[[S], str]]:
    looks = [ground.place(place) for place in source.take]
    if source.join:
        joined = [ground.place(place) for place in source.join]
        looks = [lambda seen: " ".join(text for look in joined if (text := look(seen)) not in {"", NULL})]
    for fixed in (source.constant, source.default):
        if fixed is not None:
            looks.append(_always(spelled(fixed)))
    return looks


def _always(text: str) -> Callable[[object], str]:
    return lambda _: text
