"""How the demo's people answer advice: most do what it says, some decide otherwise with a reason, some do not look."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from wardwise.demo.chance import pick, skewed, stream
from wardwise.hospital.moment import from_iso

IGNORED, ACCEPTED = 0.20, 0.60  # the rest decides otherwise
MEDIAN = 14.0  # minutes until somebody answers
BY_NIGHT = 1.6  # answers take this much longer between 22:00 and 06:00 local time
LEAST = timedelta(minutes=1)
REASONS: Mapping[str, Sequence[tuple[str, float]]] = {
    "deterioration": (("already-treating", 5), ("will-monitor", 3), ("not-appropriate", 2), ("data-wrong", 1)),
    "staffing": (("constraint-unknown", 4), ("wrong-owner", 1), ("too-late", 2), ("data-wrong", 1)),
    "ed_demand": (("will-monitor", 4), ("too-late", 1), ("already-treating", 2), ("data-wrong", 1)),
}
ANY_REASON: Sequence[tuple[str, float]] = (("will-monitor", 2), ("data-wrong", 1), ("duplicate", 1))


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody will say: so long after the advice was given, in which role; `reason` is empty when accepted."""

    after: timedelta
    answer: str
    reason: str
    role: str


def answer_of(seed: int, advice: str, card: Mapping[str, object], *, given: datetime) -> Answer | None:
    """The answer to a piece of advice, always the same for the same seed and id; None when nobody answers in time.

    The owner accepts; the owner or a role the card lets override decides otherwise. `given` is on the local clock.
    """
    rng = stream(seed, "people", advice)
    draw = rng.random()
    slow = BY_NIGHT if given.hour >= 22 or given.hour < 6 else 1.0
    after = max(timedelta(minutes=round(skewed(rng, MEDIAN * slow, sigma=0.7, least=1, most=240))), LEAST)
    if draw < IGNORED or given + after >= _expiry(card):
        return None
    owner = str(card["owner"])
    if draw < IGNORED + ACCEPTED:
        return Answer(after, "accepted", "", owner)
    return Answer(after, "overridden", _reason(rng, card), _who(rng, card, owner))


def _expiry(card: Mapping[str, object]) -> datetime:
    return from_iso(str(card["expires_at"]))


def _who(rng: Random, card: Mapping[str, object], owner: str) -> str:
    allowed = card.get("may_override")
    roles = [str(role) for role in allowed] if isinstance(allowed, list | tuple) else []
    return owner if owner in roles or not roles else rng.choice(roles)


def _reason(rng: Random, card: Mapping[str, object]) -> str:
    source = card.get("source")
    workflow = str(source.get("workflow", "")) if isinstance(source, Mapping) else ""
    return pick(rng, REASONS.get(workflow, ANY_REASON))
