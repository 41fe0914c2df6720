"""Numbers with a measure: converted at the door, the source's own kept; what cannot be trusted is doubted."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from wardwise.feeds.mapped.ground import NULL, Ground, S
from wardwise.feeds.mapped.notes import Notes
from wardwise.feeds.mapped.text import words_of
from wardwise.feeds.mapped.typed import number, spelled
from wardwise.feeds.mapped.value import value_of
from wardwise.loop.capture.canonical import Json, decimal
from wardwise.sites.emit import Measured, Source, Unstated
from wardwise.sites.named import CONVERSIONS, Conversion

NON_NUMERIC = "non-numeric"
UNKNOWN_MEASURE = "unknown-measure"
WRONG_MEASURE = "wrong-measure"
NO_MEASURE = "no-measure"

# `<5` is a result. Other texts may hold anything, so only a single short word goes on; the rest stays in the raw.
_NUMBER = r"[0-9]{1,12}(\.[0-9]{1,6})?"
_BOUND = re.compile(rf"[<>]=? ?{_NUMBER}|{_NUMBER} ?[-:] ?{_NUMBER}")  # `<5`, `5-10`, `1:128`
_WORD = re.compile(r"[A-Za-z][A-Za-z+-]{0,23}|[+-]{1,4}|[0-9]{1,2}\+")
_MEASURE = re.compile(r"[!-~]{1,16}")

Payload = dict[str, Json]


@dataclass(frozen=True, slots=True)
class Scale:
    """A measure after conversion, and the conversion that leads to it."""

    ucum: str
    convert: Callable[[Decimal], Decimal] | None = None


def measured_of(measured: Measured, ground: Ground[S]) -> Callable[[S, Notes], Payload]:
    """The evaluation of a measurement: its fields of the payload, with doubts noted."""
    look = words_of(measured.value, ground)
    known = _column(ground.tables[measured.words]) if measured.words else {}
    stated = _text(measured.stated, ground)
    wanted = _text(measured.wanted, ground)
    scales = _scales(ground.tables[measured.measures])
    assumed = measured.unstated is Unstated.ASSUME

    def evaluate(seen: S, notes: Notes) -> Payload:
        text = look(seen, notes)
        if text in {"", NULL}:
            return {}
        if text in known:
            return {"word": known[text]}
        found, asked = number(text), wanted(seen, notes)
        if found is None:
            return _worded(text, notes)
        measure = stated(seen, notes)
        if not measure:
            return _unstated(found, asked, notes, assumed=assumed)
        return _scaled(found, asked, notes, measure=measure, scale=scales.get(measure))

    return evaluate


def converted(found: Decimal, scale: Scale, *, measure: str) -> Payload:
    """The number in the measure it is charted in; the source's own beside it where that differs."""
    value = scale.convert(found) if scale.convert else found
    payload: Payload = {"value": decimal(float(value)), "ucum": scale.ucum}
    if scale.convert or measure != scale.ucum:
        payload |= {"original_value": decimal(float(found)), "original_measure": measure}
    return payload


def _scaled(found: Decimal, asked: str, notes: Notes, *, measure: str, scale: Scale | None) -> Payload:
    if scale is not None and (not asked or scale.ucum == asked):
        return converted(found, scale, measure=measure)
    notes.doubt(UNKNOWN_MEASURE if scale is None else WRONG_MEASURE)
    payload: Payload = {"original_value": decimal(float(found))}
    return {**payload, "original_measure": measure} if _MEASURE.fullmatch(measure) else payload


def _unstated(found: Decimal, asked: str, notes: Notes, *, assumed: bool) -> Payload:
    if assumed and asked:
        return {"value": decimal(float(found)), "ucum": asked}
    notes.doubt(NO_MEASURE)
    return {"original_value": decimal(float(found))}


def _worded(text: str, notes: Notes) -> Payload:
    if _BOUND.fullmatch(text):
        return {"word": text.replace(" ", "")}
    notes.doubt(NON_NUMERIC)
    return {"word": text} if _WORD.fullmatch(text) else {}


def _text(source: Source | None, ground: Ground[S]) -> Callable[[S, Notes], str]:
    if source is None:
        return lambda _seen, _notes: ""
    value = value_of(source, ground)

    def evaluate(seen: S, notes: Notes) -> str:
        found = value(seen, notes)
        return found if isinstance(found, str) else ""

    return evaluate


def _column(table: Mapping[str, object]) -> dict[str, str]:
    return {text: spelled(entry) for text, entry in table.items() if isinstance(entry, Decimal | str)}


def _scales(table: Mapping[str, object]) -> dict[str, Scale]:
    scales = {}
    for stated, row in table.items():
        if isinstance(row, Mapping):
            name = row.get("conversion")
            scales[stated] = Scale(spelled(row["ucum"]), CONVERSIONS[Conversion(name)] if name else None)
    return scales
