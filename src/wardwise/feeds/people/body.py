"""The body of an answer: JSON of one flat object with known fields, each key once."""

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import NoReturn

from wardwise.feeds.mapped.trouble import Unreadable
from wardwise.hospital.moment import from_iso
from wardwise.hospital.role import Role

LARGEST = 64 * 1024
LONGEST = {"advice": 64, "answer": 16, "reason": 64, "note": 2_000, "role": 40, "actor": 120, "until": 40}
ANSWERS = frozenset({"accepted", "deferred", "overridden", "withdrawn"})

_ADVICE = re.compile(r"a[a-z2-7]{12,40}")
_ROLES = frozenset(role.value for role in Role)
_REMEDY = "Answer again from the page; if it happens again, report it as a fault of the surface."


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a person answered; empty texts were not given."""

    advice: str
    answer: str
    role: str
    reason: str = ""
    note: str = ""
    actor: str = ""
    until: datetime | None = None


def answer_of(body: bytes) -> Answer:
    """The answer of a body; raises Unreadable, which repeats nothing of it."""
    fields = _fields(body)
    until = fields.pop("until", "")
    answer = Answer(**{name: fields.get(name, "") for name in LONGEST if name != "until"}, until=_until(until))
    if not _ADVICE.fullmatch(answer.advice):
        raise _bad("does not name the advice it answers")
    if answer.answer not in ANSWERS:
        raise _bad(f"is none of {', '.join(sorted(ANSWERS))}")
    if answer.role not in _ROLES:
        raise _bad("does not say in which role it was given")
    return answer


def _fields(body: bytes) -> dict[str, str]:
    """The fields as texts; null reads as empty."""
    if len(body) > LARGEST:
        raise _bad(f"has more than {LARGEST} bytes")
    if body.count(b"{") + body.count(b"[") > LARGEST // 16:
        raise _bad("is too deep")
    try:
        found = json.loads(body.decode("utf-8"), object_pairs_hook=_once, parse_constant=_constant)
    except (ValueError, RecursionError):
        raise _bad("is not JSON in UTF-8") from None
    if not isinstance(found, dict) or not found.keys() <= LONGEST.keys():
        raise _bad("is not an object of the fields an answer has")
    fields = {name: "" if value is None else value for name, value in found.items()}
    for name, value in fields.items():
        if not isinstance(value, str) or len(value) > LONGEST[name]:
            raise _bad(f"has a field `{name}` that is no text, or too long")
    return fields


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _bad("has a key twice")
    return found


def _constant(_name: str) -> NoReturn:
    raise _bad("holds a number that is none")


def _until(text: str) -> datetime | None:
    if not text:
        return None
    try:
        return from_iso(text)
    except (ValueError, OverflowError):
        raise _bad("has an `until` that is not a time with an offset from UTC") from None


def _bad(what: str) -> Unreadable:
    return Unreadable("bad-answer", f"an answer from a surface {what}", _REMEDY)
