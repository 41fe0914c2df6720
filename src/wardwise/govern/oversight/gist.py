"""What one event says, in one line for people: a card's reasons, a prediction's numbers, an answer, a place."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from wardwise.loop.capture.canonical import Json
from wardwise.loop.capture.event import Event

_MEDIAN, _LOW, _HIGH = "0.5", "0.1", "0.9"
_LONGEST = 90  # characters of a text that still is a word of the gist and not a document
_MOST = 12
_PARTS_OF_A_PREDICTION = frozenset({"seen", "versions", "tier", "workflow", "entity", "target", "output"})


def gist(event: Event) -> str:
    """The event's place and content; no identifier of a person is in it."""
    told = event.payload
    if event.kind == "advice.given":
        card = cast("Mapping[str, Any]", told["card"])
        reasons = "; ".join(reason["says"] for reason in card["reasons"])
        return f"{card['summary']} (because {reasons})"
    if event.kind == "prediction.made":
        return _prediction(told)
    where = event.about.bed or event.about.unit
    return ", ".join([*([where] if where else []), *(f"{key} {value}" for key, value in _scalars(told))])


def numbers(output: Mapping[str, Json]) -> str:
    """The numbers of a prediction's output: scalars, medians with their 80% range, and one level of tables."""
    said = [text for key, value in output.items() if (text := _number(key, value))]
    return "; ".join(said[:_MOST]) or "no number"


def _prediction(told: Mapping[str, Json]) -> str:
    tier = cast("Mapping[str, str]", told["tier"])
    output = cast("Mapping[str, Json]", told["output"])
    why = f", {tier['why']}" if tier["why"] else ""
    return f"{told['target']}: {numbers(output)} (by {tier['maker']}, tier {tier['tier']}{why})"


def _number(key: str, value: Json) -> str:
    if isinstance(value, Mapping):
        return _table(key, value)
    if isinstance(value, list | tuple):
        rows = [_row(row) for row in value if isinstance(row, Mapping)]
        return f"{key}: {' | '.join(rows)}" if rows else ""
    return f"{key} {value}" if _short(value) else ""


def _table(key: str, value: Mapping[str, Json]) -> str:
    if _short(value.get(_MEDIAN)):
        return f"{key} {value[_MEDIAN]} ({value.get(_LOW)} to {value.get(_HIGH)}, 8 times in 10)"
    inner = [_table(name, each) for name, each in value.items() if isinstance(each, Mapping)]
    if any(inner):
        return "; ".join(text for text in inner if text)
    row = _row(value)
    return f"{key}: {row}" if row else ""


def _row(value: Mapping[str, Json]) -> str:
    flat = [f"{key} {each}" for key, each in _scalars(value)]
    nested = [f"{key} ({_row(each)})" for key, each in value.items() if isinstance(each, Mapping)]
    return ", ".join([*flat, *nested])


def _scalars(told: Mapping[str, Json]) -> Iterator[tuple[str, Json]]:
    for key, value in told.items():
        if key not in _PARTS_OF_A_PREDICTION and _short(value):
            yield key, value


def _short(value: Json) -> bool:
    # Tokens and hashes are long words without a space: they tell a person nothing.
    if value is None or isinstance(value, Mapping | list | tuple):
        return False
    text = str(value)
    return len(text) <= _LONGEST and (" " in text or len(text) < 20 or text[:4].isdigit())
