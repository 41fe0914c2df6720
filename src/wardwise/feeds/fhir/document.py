"""Bytes to a FHIR resource: size, number of values and depth are looked at first; what is refused says why."""

from itertools import islice
from typing import Any

import orjson

from wardwise.feeds.fhir.limits import STANDARD, Limits
from wardwise.feeds.mapped.trouble import Unreadable

Resource = dict[str, Any]

TYPE = "resourceType"


def read_resource(body: bytes, limits: Limits = STANDARD) -> Resource:
    """The resource of a body; raises Unreadable, whose words repeat none of its values."""
    _check_size(body, limits)
    try:
        content = orjson.loads(body)  # refuses NaN, bad UTF-8 and more than 1,024 levels before anything is built
    except ValueError:
        raise _not_fhir("the body is not JSON") from None
    if not isinstance(content, dict) or not isinstance(content.get(TYPE), str):
        raise _not_fhir("the body is not a FHIR resource: it has no resourceType")
    if _deeper(content, limits.depth):
        raise _over(f"it is nested deeper than {limits.depth} levels")
    return content


def _check_size(body: bytes, limits: Limits) -> None:
    if len(body) > limits.size:
        raise _over(f"{len(body):,} bytes are over the limit of {limits.size:,}")
    values = body.count(b",") + body.count(b"[") + body.count(b"{")
    if values > limits.values:
        raise _over(f"{values:,} values are over the limit of {limits.values:,}")


def _deeper(content: object, most: int) -> bool:
    level = [content]
    for _ in range(most):
        level = [inner for each in level for inner in _inner(each) if isinstance(inner, dict | list)]
        if not level:
            return False
    return True


def _inner(value: object) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def objects(value: object, limits: Limits = STANDARD) -> list[Resource]:
    """The objects of a list, as far as lists are looked into; a single object is a list of one."""
    if isinstance(value, dict):
        return [value]
    return [each for each in islice(value, limits.items) if isinstance(each, dict)] if isinstance(value, list) else []


def inner(value: object, name: str) -> Resource:
    """The object under a name; an empty one where there is none."""
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}


def text(value: object, *names: str) -> str:
    """The text under names, one below the other, without blanks around it; empty where there is none."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value.strip() if isinstance(value, str) else ""


def _not_fhir(why: str) -> Unreadable:
    return Unreadable("not-fhir", why, "Ask the sender for FHIR R4 in JSON.")


def _over(why: str) -> Unreadable:
    return Unreadable("over-limit", why, "Ask the sender for smaller pages (`_count`), or deliver the file in parts.")
