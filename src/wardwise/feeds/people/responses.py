"""What people answered to advice: the body a surface stored, checked against the card, becomes a response."""

from dataclasses import dataclass
from datetime import datetime

from wardwise.errors import NotFound
from wardwise.feeds.mapped.trouble import Unreadable
from wardwise.feeds.people.body import Answer, answer_of
from wardwise.feeds.reading import Reading
from wardwise.hospital.moment import from_iso, iso
from wardwise.loop.capture.canonical import Json
from wardwise.loop.capture.event import Draft, Event
from wardwise.loop.capture.ids import event_id
from wardwise.loop.capture.inbox import Raw
from wardwise.loop.capture.log import Log
from wardwise.sites.site import Site

KIND = "advice.given"

_MAPPING = "responses@1"
_SHOW_AGAIN = "Open the page again and answer the advice as it stands now."


@dataclass(frozen=True, slots=True)
class ResponseReader:
    """`Reader` of the answers from boards and CDS Hooks. The time of the answer is when its bytes were received."""

    log: Log
    site: Site

    def read(self, raw: Raw, now: datetime) -> Reading:
        """One `response.given`, or a quarantine; the note goes into the payload and nowhere else."""
        del now
        at = raw.arrival.received_at
        try:
            answer = answer_of(raw.arrival.body)
            advice = self._advice(answer.advice)
            self._check(answer, advice, at)
        except Unreadable as trouble:
            return Reading(quarantine=trouble.quarantine)
        draft = Draft(
            id=event_id("q", raw=raw.id, index=0, mapping=_MAPPING),
            kind="response.given",
            occurred_at=at,
            source=raw.arrival.source,
            raw=raw.id,
            about=advice.about,
            caused_by=(advice.id,),
            payload=_payload(answer),
        )
        return Reading((draft,))

    def _advice(self, identifier: str) -> Event:
        try:
            found = self.log.find(self.site.slug, identifier)
        except NotFound:
            raise _unknown_advice() from None
        if found.kind != KIND:
            raise _unknown_advice()
        return found

    def _check(self, answer: Answer, advice: Event, at: datetime) -> None:
        card = advice.payload["card"]
        card = card if isinstance(card, dict) else {}
        others = card.get("may_override")
        if answer.role not in {card.get("owner"), *(others if isinstance(others, list | tuple) else ())}:
            raise Unreadable(
                "not-theirs", "the role that answered may not answer this advice", "Ask the owner named on the card."
            )
        known = {reason.code for reason in self.site.reasons}
        if (answer.reason or answer.answer == "overridden") and answer.reason not in known:
            raise Unreadable(
                "unknown-reason",
                "the reason given is none of the site's override reasons",
                "Choose one of the reasons offered, or add it to `override_reasons` in site.yaml.",
            )
        if at >= from_iso(str(advice.payload["expires_at"])):
            raise Unreadable("advice-expired", "the advice had expired when it was answered", _SHOW_AGAIN)
        if answer.until is not None and answer.until <= at:
            raise Unreadable("bad-answer", "the advice is deferred until a time that has passed", _SHOW_AGAIN)


def _payload(answer: Answer) -> dict[str, Json]:
    said: dict[str, Json] = {"answer": answer.answer, "role": answer.role}
    optional = {"actor": answer.actor, "reason": answer.reason, "note": answer.note}
    said |= {name: text for name, text in optional.items() if text}
    return said if answer.until is None else {**said, "until": iso(answer.until)}


def _unknown_advice() -> Unreadable:
    return Unreadable("unknown-advice", "the advice that was answered is not in this site's log", _SHOW_AGAIN)
