"""What surfaces hand in: JSON of one flat object of texts, each key once, nothing that could grow large."""

import json
from collections.abc import Mapping
from typing import NoReturn

from wardwise.feeds.mapped.trouble import Unreadable
from wardwise.hospital.role import Role

LARGEST = 64 * 1024
ROLES = frozenset(role.value for role in Role)

_REMEDY = "Answer again from the page; if it happens again, report it as a fault of the surface."


def flat(body: bytes) -> dict[str, object]:
    """The one object of a body; raises Unreadable, which repeats nothing of it."""
    if len(body) > LARGEST:
        raise bad(f"has more than {LARGEST} bytes")
    if body.count(b"{") + body.count(b"[") > LARGEST // 16:
        raise bad("is too deep")
    try:
        found = json.loads(body.decode("utf-8"), object_pairs_hook=_once, parse_constant=_constant)
    except (ValueError, RecursionError):
        raise bad("is not JSON in UTF-8") from None
    if not isinstance(found, dict):
        raise bad("is not an object of the fields an answer has")
    return found


def texts(found: Mapping[str, object], longest: Mapping[str, int]) -> dict[str, str]:
    """The fields as texts, null as empty; raises Unreadable for any other field, and for one that is too long."""
    if not found.keys() <= longest.keys():
        raise bad("is not an object of the fields an answer has")
    fields: dict[str, str] = {}
    for name, value in found.items():
        text = "" if value is None else value
        if not isinstance(text, str) or len(text) > longest[name]:
            raise bad(f"has a field `{name}` that is no text, or too long")
        fields[name] = text
    return fields


def bad(what: str) -> Unreadable:
    """The refusal of a body."""
    return Unreadable("bad-answer", f"an answer from a surface {what}", _REMEDY)


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise bad("has a key twice")
    return found


def _constant(_name: str) -> NoReturn:
    raise bad("holds a number that is none")
