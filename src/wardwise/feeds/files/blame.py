"""Which cells of a row a problem comes from, by column and cell; never what stands in them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from wardwise.feeds.files.table import Line, Row
from wardwise.feeds.mapped.ground import Ground
from wardwise.feeds.mapped.notes import Notes
from wardwise.feeds.mapped.time import instant_of
from wardwise.feeds.mapped.trouble import PassedOver, Unreadable
from wardwise.feeds.mapped.typed import ABSENT
from wardwise.feeds.mapped.value import value_of
from wardwise.feeds.reading import Quarantine
from wardwise.loop.capture.kinds import kind_of
from wardwise.sites.csv_mapping import CsvMapping
from wardwise.sites.emit import Emit, Source

_NOT_OF_ITS_KIND = "not-of-its-kind"
_FILL_IN = "Fill it in at the source and deliver the row again."


@dataclass(frozen=True, slots=True)
class _Part:
    """One value of an emit: what it is of the event, the columns it is taken from, and how it is worked out."""

    name: str
    columns: tuple[str, ...]
    work_out: Callable[[Row, Notes], object]
    required: bool = False


class Blame:
    """Works a row out again, value by value, once something was found wrong with it."""

    def __init__(self, mapping: CsvMapping, ground: Ground[Row]) -> None:
        self._parts = [part for emit in mapping.emit for part in _parts(emit, ground)]
        if mapping.known_at is not None:
            self._parts.append(_timed("known_at", mapping.known_at, ground))
        self._asked = tuple(dict.fromkeys(place for emit in mapping.emit for each in emit.when for place in each.take))

    def of(self, line: Line, found: Quarantine) -> Quarantine:
        """The problem with the line, the column and the cell it comes from."""
        failing = next((part for part in self._parts if _fails(part, line.cells)), None)
        empty = next((part for part in self._parts if part.required and _is_empty(part, line.cells)), None)
        if failing is None and empty is not None and found.code == _NOT_OF_ITS_KIND:
            return Quarantine("empty-cell", f"{_where(line, empty.columns)}: the cell is empty", _FILL_IN)
        part = failing or next((part for part in self._parts if _is_of(part, found.code)), None)
        return Quarantine(found.code, f"{_where(line, part.columns if part else ())}: {found.why}", found.remedy)

    def unmatched(self, line: Line) -> Quarantine:
        """The problem of a row that no event of the mapping is for."""
        return Quarantine(
            "no-rule",
            f"{_where(line, self._asked)}: no event of the mapping is for such a row",
            "Correct the row, or add what it says to a `when` of the mapping; then read the raw again.",
        )


def _parts(emit: Emit, ground: Ground[Row]) -> Iterator[_Part]:
    required = {field.name for field in kind_of(emit.kind, 1).fields if field.required}
    yield _timed("occurred_at", emit.occurred_at, ground)
    for name, source in emit.payload.items():
        yield _Part(name, _columns(source), value_of(source, ground), required=name in required)
    for name, place in (("unit", emit.about.unit), ("bed", emit.about.bed), ("status", emit.status)):
        if place is not None:
            yield _Part(name, _columns(place), value_of(place, ground))
    for name in ("patient", "encounter", "staff"):
        token = getattr(emit.about, name)
        if token is not None:
            yield _Part(name, _columns(token.identifier), value_of(token.identifier, ground))
    if emit.measured is not None:
        value = emit.measured.value
        yield _Part("value", _columns(value), value_of(value, ground))


def _timed(name: str, source: Source, ground: Ground[Row]) -> _Part:
    return _Part(name, _columns(source), instant_of(source, ground))


def _columns(source: Source) -> tuple[str, ...]:
    below = [column for case in source.cases for column in _columns(case)]
    return tuple(dict.fromkeys([*source.take, *source.join, *below]))


def _fails(part: _Part, row: Row) -> bool:
    try:
        part.work_out(row, Notes())
    except PassedOver:
        return False
    except Unreadable:
        return True
    return False


def _is_empty(part: _Part, row: Row) -> bool:
    try:
        found = part.work_out(row, Notes())
    except (PassedOver, Unreadable):
        return False
    return found is ABSENT or found is None


_PART_OF_CODE: Mapping[str, str] = {"no-time": "occurred_at", "impossible-time": "occurred_at"}


def _is_of(part: _Part, code: str) -> bool:
    """Whether a code speaks of this part: `no-staff` of whom, `impossible-time` of when."""
    return bool(part.columns) and part.name == _PART_OF_CODE.get(code, code.removeprefix("no-"))


def _where(line: Line, columns: tuple[str, ...]) -> str:
    named = line.named(columns)
    return f"line {line.number}" + (f", {named}" if named else "")
