"""Whom and where of a visit: where only MSH, PID and PV1 are asked, all results of a visit share one answer."""

from collections.abc import Iterator, Mapping

from wardwise.feeds.hl7v2.place import Seen
from wardwise.feeds.mapped.ground import Whom
from wardwise.feeds.mapped.notes import Notes
from wardwise.loop.capture.event import About
from wardwise.sites.emit import About as AboutSources

_OUTER = frozenset({"MSH", "PID", "PV1"})
_PLACES = frozenset({"take", "join"})


def once_a_visit(evaluate: Whom[Seen], sources: AboutSources) -> Whom[Seen]:
    """The same evaluation, remembered with the flags that it set; equal sources share what is remembered."""
    if not all(place[:3] in _OUTER for place in _places(sources.model_dump())):
        return evaluate
    key = sources.model_dump_json()

    def about(seen: Seen, notes: Notes) -> About:
        if seen.visit is None:
            return evaluate(seen, notes)
        known = seen.visit.get(key)
        if known is None:
            before = len(notes.flags)
            found = evaluate(seen, notes)
            known = seen.visit[key] = found, tuple(notes.flags[before:])
            return found
        notes.flags.extend(known[1])
        return known[0]

    return about


def _places(value: object) -> Iterator[str]:
    """Every place that is asked for, in whatever part of the sources."""
    if isinstance(value, Mapping):
        for name, part in value.items():
            yield from (part if name in _PLACES else _places(part))
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _places(part)
