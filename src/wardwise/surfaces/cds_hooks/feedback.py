"""What people made of cards, checked and turned into answers for the inbox."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any

from wardwise.hospital.moment import from_iso, iso
from wardwise.loop.capture.canonical import Json, canonical, digest
from wardwise.loop.capture.inbox import Arrival
from wardwise.loop.derive.state.advice import AdviceState
from wardwise.sites.site import Site
from wardwise.surfaces.cds_hooks.body import text_at
from wardwise.surfaces.cds_hooks.cards import card_uuid, suggestion_uuid
from wardwise.surfaces.cds_hooks.request import Declined

MOST_ITEMS = 100
LONGEST_NOTE = 400


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer: when the EHR says it was given, and the body that goes into the inbox."""

    at: str
    body: bytes


def answers_of(content: Mapping[str, Any], states: Sequence[AdviceState], site: Site) -> list[Answered]:
    """The answers of a feedback body, all or none; raises Declined."""
    items = content.get("feedback")
    if not isinstance(items, list) or not 0 < len(items) <= MOST_ITEMS:
        raise Declined(HTTPStatus.BAD_REQUEST, f"feedback must be a list of 1 to {MOST_ITEMS} items")
    by_card = {card_uuid(state.id): state for state in states}
    return [_answer(item, by_card, site) for item in items]


def arrivals_of(answers: Sequence[Answered], site: str, feed: str, now: datetime) -> list[Arrival]:
    """Answers as they go into the inbox; the same feedback sent twice is the same arrival."""
    return [
        Arrival(
            site=site,
            source=feed,
            listener="http",
            control_id=digest(f"{answered.at}|".encode() + answered.body)[:32],
            body=answered.body,
            received_at=now,
        )
        for answered in answers
    ]


def _answer(item: object, by_card: Mapping[str, AdviceState], site: Site) -> Answered:
    if not isinstance(item, Mapping):
        raise Declined(HTTPStatus.BAD_REQUEST, "an item of feedback is not an object")
    state = by_card.get((text_at(item, "card") or "").lower())
    if state is None:
        raise Declined(HTTPStatus.BAD_REQUEST, "an item of feedback names no card of this service")
    made: dict[str, Json] = {
        "advice": state.id,
        "role": str(state.card["owner"]),
        "actor": "EHR user",
    }
    return Answered(_timestamp(item), canonical(made | _outcome(item, state, site)))


def _outcome(item: Mapping[str, Any], state: AdviceState, site: Site) -> dict[str, Json]:
    outcome = text_at(item, "outcome")
    if outcome == "accepted":
        return {"answer": "accepted"} | _accepted(item, state)
    if outcome == "overridden":
        return {"answer": "overridden"} | _overridden(item, site)
    raise Declined(HTTPStatus.BAD_REQUEST, "outcome must be accepted or overridden")


def _timestamp(item: Mapping[str, Any]) -> str:
    try:
        return iso(from_iso(text_at(item, "outcomeTimestamp") or ""))
    except ValueError:
        says = "outcomeTimestamp must be an RFC 3339 time with its offset"
        raise Declined(HTTPStatus.BAD_REQUEST, says) from None


def _accepted(item: Mapping[str, Any], state: AdviceState) -> dict[str, Json]:
    chosen = item.get("acceptedSuggestions")
    known = {suggestion_uuid(state.id, each["code"]) for each in state.card["suggestions"]}
    ids = [text_at(each, "id") for each in chosen if isinstance(each, Mapping)] if isinstance(chosen, list) else []
    if not ids or not set(ids) <= known:
        raise Declined(HTTPStatus.BAD_REQUEST, "accepted feedback must name suggestions of its card")
    return {}


def _overridden(item: Mapping[str, Any], site: Site) -> dict[str, Json]:
    code = text_at(item, "overrideReason", "reason", "code")
    note = text_at(item, "overrideReason", "userComment")
    known = {reason.code for reason in site.reasons}
    # An EHR may offer reasons of its own; what it sends is kept as a note under `other`.
    words = [word for word in (code if code not in known else None, note) if word]
    given: dict[str, Json] = {"reason": code if code in known else "other"}
    return given | ({"note": " ".join(" ".join(words).split())[:LONGEST_NOTE]} if words else {})
