"""The body of an answer to advice: which advice, what was answered, and by whom."""

import re
from dataclasses import dataclass
from datetime import datetime

from wardwise.feeds.people.flat import ROLES, bad, flat, texts
from wardwise.hospital.moment import from_iso

LONGEST = {"advice": 64, "answer": 16, "reason": 64, "note": 2_000, "role": 40, "actor": 120, "until": 40}
ANSWERS = frozenset({"accepted", "deferred", "overridden", "withdrawn"})

_ADVICE = re.compile(r"a[a-z2-7]{12,40}")


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
    fields = texts(flat(body), LONGEST)
    until = fields.pop("until", "")
    answer = Answer(**{name: fields.get(name, "") for name in LONGEST if name != "until"}, until=_until(until))
    if not _ADVICE.fullmatch(answer.advice):
        raise bad("does not name the advice it answers")
    if answer.answer not in ANSWERS:
        raise bad(f"is none of {', '.join(sorted(ANSWERS))}")
    if answer.role not in ROLES:
        raise bad("does not say in which role it was given")
    return answer


def _until(text: str) -> datetime | None:
    if not text:
        return None
    try:
        return from_iso(text)
    except (ValueError, OverflowError):
        raise bad("has an `until` that is not a time with an offset from UTC") from None
