"""Where a patient is: the ward and the bed among a Location and those it is part of."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from wardwise.feeds.fhir.document import Resource, inner, objects, text

Follow = Callable[[Resource, str], Resource | None]
Place = dict[str, Resource]
Held = tuple[str, Place]  # since when, as written

_BED, _WARD, _ROOM = "bd", "wa", "ro"
_NO_WARD = frozenset(
    {_BED, _ROOM, "bu", "si", "wi", "lvl", "co", "ho", "jdn", "cab", "rd", "ve"}
)  # location-physical-type
_UP = 8


def place_of(location: Resource, follow: Follow, *, told: Any = None) -> Place:
    """`ward` and `bed` of a Location, by its physical type and those of what it is part of.

    `told` is the physical type that an Encounter tells where the Location itself does not. Without any type a
    Location is a ward; a room that is part of no ward stands for one.
    """
    chain = list(islice(_up(location, follow), _UP))
    kinds = [_kind(each.get("physicalType")) for each in chain]
    kinds[0] = kinds[0] or _kind(told)
    typed = list(zip(kinds, chain, strict=True))
    bed = next((each for kind, each in typed if kind == _BED), None)
    wards = [each for kind, each in typed if kind == _WARD]
    wards += [each for kind, each in typed if kind not in _NO_WARD]
    wards += [each for kind, each in typed if kind == _ROOM]
    place = {"ward": wards[0]} if wards else {}
    return place if bed is None else {**place, "bed": bed}


def _up(location: Resource, follow: Follow) -> Iterator[Resource]:
    here: Resource | None = location
    while here is not None:
        yield here
        parent = inner(here, "partOf")
        here = follow(parent, "Location") if parent else None


def _kind(concept: Any) -> str:
    coded = concept.get("coding") if isinstance(concept, dict) else None
    return next((code for each in objects(coded) if (code := text(each, "code"))), "")
