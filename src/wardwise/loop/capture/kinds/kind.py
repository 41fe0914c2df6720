"""What a kind of event is: a name, a version, the fields of its payload, and how older versions are read."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from wardwise.hospital.moment import from_iso
from wardwise.loop.capture.canonical import Json
from wardwise.loop.capture.event import Draft

Payload = Mapping[str, Json]
Upcaster = Callable[[Payload], Payload]
Rule = Callable[[Draft], Iterator[str]]


class Type(StrEnum):
    """The type of a payload field; decimals and times are text in JSON."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    TIME = "time"
    DATE = "date"
    LIST = "list"
    OBJECT = "object"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a payload. `words` closes the choice of a text."""

    name: str
    type: Type
    required: bool = True
    words: tuple[str, ...] = ()

    @property
    def fits(self) -> Callable[[Json], bool]:
        """The check of one value."""
        return self.words.__contains__ if self.words else _CHECKS[self.type]


def _no_rule(_draft: Draft) -> Iterator[str]:
    return iter(())


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of event. `about` names the keys (unit, patient, ...) it cannot do without.

    `letter` begins the ids of its events. `upcasters[n]` turns a version n payload into version n + 1.
    `rule` yields what is wrong between fields that are each right by themselves.
    """

    name: str
    letter: str
    meaning: str
    fields: tuple[Field, ...] = ()
    about: tuple[str, ...] = ()
    version: int = 1
    upcasters: Mapping[int, Upcaster] = field(default_factory=dict)
    rule: Rule = _no_rule
    _names: frozenset[str] = field(init=False, repr=False, compare=False)
    _checks: tuple[tuple[str, Callable[[Json], bool], Field], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_names", frozenset(item.name for item in self.fields))
        object.__setattr__(self, "_checks", tuple((item.name, item.fits, item) for item in self.fields))

    def problems(self, draft: Draft) -> list[str]:
        """Everything that is wrong with a draft of this kind, in words without any of its values."""
        payload, about = draft.payload, draft.about
        found = [f"{self.name} must say which {key} it is about" for key in self.about if getattr(about, key) is None]
        if not self._names.issuperset(payload):
            found += [f"{self.name} has no field {name}" for name in payload.keys() - self._names]
        for name, fits, item in self._checks:
            value = payload.get(name)
            if value is None:
                if item.required:
                    found.append(f"{self.name} needs the field {name}")
            elif not fits(value):
                found.append(f"the field {name} of {self.name} is not {_expected(item)}")
        if self.rule is not _no_rule:
            found += self.rule(draft)
        return found

    def upcast(self, version: int, payload: Payload) -> Payload:
        """The payload in this kind's current version."""
        for step in range(version, self.version):
            payload = self.upcasters[step](payload)
        return payload


def text(name: str, *words: str) -> Field:
    """A required text; with words, one of them."""
    return Field(name, Type.TEXT, words=words)


def choice(name: str, *words: str) -> Field:
    """A text that may be absent and is one of these words where it is there."""
    return Field(name, Type.TEXT, required=False, words=words)


def required(name: str, kind: Type) -> Field:
    """A field that every payload of the kind has."""
    return Field(name, kind)


def optional(name: str, kind: Type = Type.TEXT) -> Field:
    """A field that may be absent."""
    return Field(name, kind, required=False)


def _expected(item: Field) -> str:
    return f"one of {', '.join(item.words)}" if item.words else f"of type {item.type}"


def _parses(parse: Callable[[str], object]) -> Callable[[Json], bool]:
    def check(value: Json) -> bool:
        if not isinstance(value, str):
            return False
        try:
            parse(value)
        except (ValueError, InvalidOperation):
            return False
        return True

    return check


def _finite(value: str) -> Decimal:
    number = Decimal(value)
    if not number.is_finite():
        raise ValueError(value)
    return number


_CHECKS: dict[Type, Callable[[Json], bool]] = {
    Type.TEXT: lambda value: isinstance(value, str),
    Type.INTEGER: lambda value: isinstance(value, int) and not isinstance(value, bool),
    Type.BOOLEAN: lambda value: isinstance(value, bool),
    Type.LIST: lambda value: isinstance(value, list | tuple),
    Type.OBJECT: lambda value: isinstance(value, Mapping),
    Type.DECIMAL: _parses(_finite),
    Type.TIME: _parses(from_iso),
    Type.DATE: _parses(date.fromisoformat),
}
