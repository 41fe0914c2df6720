"""What a rule asks of a message: the fields it reads, and the texts it looks up in tables."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from pydantic import BaseModel

from wardwise.feeds.hl7v2.place import Seen, place_of
from wardwise.feeds.mapped.ground import Ground
from wardwise.feeds.mapped.notes import Notes
from wardwise.feeds.mapped.text import condition_of, words_of
from wardwise.feeds.mapped.token import Tokens
from wardwise.sites.emit import Condition, Emit, Source, Tables
from wardwise.sites.hl7_mapping import ADDRESS, Hl7Rule

_FIELD = re.compile(r"\([0-9]+\)|\[.*|\..*")


@dataclass(frozen=True, slots=True)
class Lookup:
    """A text that is looked up: where it stands, in which table."""

    place: str
    table: str
    text: Callable[[Seen, Notes], str]
    known: frozenset[str]


@dataclass(frozen=True, slots=True)
class Asked:
    """One emit: whether it is for what is seen, what it then looks up, and the tables that decide whether it is."""

    head: str | None
    holds: tuple[Callable[[Seen], bool], ...]
    lookups: tuple[Lookup, ...]
    gates: tuple[Lookup, ...]


def asked_of(rule: Hl7Rule, tables: Tables) -> tuple[Asked, ...]:
    """What the emits of a rule ask."""
    ground = _ground(tables)
    return tuple(_asked(emit, ground, tables) for emit in rule.emit)


def fields_of(rule: Hl7Rule) -> frozenset[str]:
    """The fields that a rule reads, such as `PV1-3`."""
    return frozenset(
        field_of(place) for place in _texts(rule.model_dump(exclude={"match"})) if ADDRESS.fullmatch(place)
    )


def field_of(place: str) -> str:
    """`PV1-3` of `PV1-3.1`, of `PV1(2)-3` and of `PV1-3[2].1`."""
    return _FIELD.sub("", place)


def _asked(emit: Emit, ground: Ground[Seen], tables: Tables) -> Asked:
    return Asked(
        emit.for_each,
        tuple(condition_of(each, ground) for each in emit.when),
        tuple(_lookup(source, ground, tables) for source in _sources(emit) if source.table in tables),
        tuple(_gate(each, ground, tables) for each in emit.when if each.known is not None),
    )


def _lookup(source: Source, ground: Ground[Seen], tables: Tables) -> Lookup:
    table = str(source.table)
    places = " or ".join(source.take or source.join)
    return Lookup(places, table, words_of(source, ground), frozenset(tables[table]))


def _gate(condition: Condition, ground: Ground[Seen], tables: Tables) -> Lookup:
    source = Source.model_validate({"take": list(condition.take), "function": list(condition.function)})
    table = str(condition.known)
    return Lookup(" or ".join(condition.take), table, words_of(source, ground), frozenset(tables[table]))


def _sources(part: object) -> Iterator[Source]:
    """Every value of a part of an emit, those of cases and tokens too."""
    if isinstance(part, Source):
        yield part
    if isinstance(part, Mapping):
        for each in part.values():
            yield from _sources(each)
    elif isinstance(part, tuple):
        for each in part:
            yield from _sources(each)
    elif isinstance(part, BaseModel):
        for name in type(part).model_fields:
            yield from _sources(getattr(part, name))


def _texts(part: object) -> Iterator[str]:
    if isinstance(part, str):
        yield part
    elif isinstance(part, Mapping):
        for each in part.values():
            yield from _texts(each)
    elif isinstance(part, list | tuple):
        for each in part:
            yield from _texts(each)


def _ground(tables: Tables) -> Ground[Seen]:
    """Enough to look at texts: nothing is converted here, nobody gets a token."""
    return Ground(
        site="",
        units={},
        zone="UTC",
        tables=tables,
        tokens=Tokens(b""),
        place=place_of,
        instant=lambda _text, _seen: None,
        day=lambda _text: None,
        born=lambda _seen: None,
    )
