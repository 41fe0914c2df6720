"""Reads a JSON body that may be hostile: size, depth, doubled keys and numbers that are none are refused."""

import json
from collections.abc import Mapping
from typing import Any

import orjson

MAX_DEPTH = 64
MAX_VALUES = 50_000


class NotJson(ValueError):
    """The body cannot be read; the text says why, in words without any of its values."""


def read_object(body: bytes) -> dict[str, Any]:
    """The JSON object of a body; raises NotJson."""
    if body.count(b",") + body.count(b"[") + body.count(b"{") > MAX_VALUES:
        raise NotJson(f"the body holds more than {MAX_VALUES:,} values")
    try:
        orjson.loads(body)  # refuses NaN, 1e999, bad UTF-8 and more than 1,024 levels before anything recurses
        content = json.loads(body, object_pairs_hook=_without_doubles)
    except (ValueError, RecursionError) as error:
        raise NotJson(str(error) if isinstance(error, NotJson) else "the body is not JSON") from None
    if not isinstance(content, dict):
        raise NotJson("the body is not a JSON object")
    if _depth(content) > MAX_DEPTH:
        raise NotJson(f"the body is nested deeper than {MAX_DEPTH} levels")
    return content


def text_at(content: Mapping[str, Any], *path: str) -> str | None:
    """The text at a path of keys; None where there is none, or it is empty or no text."""
    here: Any = content
    for key in path:
        here = here.get(key) if isinstance(here, Mapping) else None
    return here if isinstance(here, str) and here.strip() else None


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        raise NotJson("a key stands twice in one object")
    return content


def _depth(content: object) -> int:
    level, depth = [content], 0
    while level:
        depth += 1
        level = [inner for each in level for inner in _inner(each) if isinstance(inner, dict | list)]
    return depth


def _inner(value: object) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
