"""An answer given on the board: checked, stored in the inbox, and waited for until the log has it."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from http import HTTPStatus

from wardwise.errors import WardwiseError
from wardwise.hospital.moment import from_iso, iso
from wardwise.loop.capture.canonical import Json, canonical
from wardwise.loop.capture.inbox import Arrival, Raw
from wardwise.loop.capture.log import Disposition, Outcome
from wardwise.sites.feed import FeedKind
from wardwise.surfaces.house import House
from wardwise.surfaces.web.badge import Badge, slip
from wardwise.surfaces.web.board.recommend import Shown, defer_until, spoken
from wardwise.surfaces.web.strings import say

WAIT_SECONDS = 3.0
LOOK_EVERY_SECONDS = 0.04
LONGEST_NOTE = 400


class Word(StrEnum):
    """What a person may answer; the last takes an earlier answer back."""

    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    OVERRIDDEN = "overridden"
    WITHDRAWN = "withdrawn"


class Refused(Exception):
    """An answer that was not stored, with the sentence that says why."""

    def __init__(self, status: HTTPStatus, says: str) -> None:
        """Keep the status and the sentence the door answers with."""
        super().__init__(says)
        self.status = status
        self.says = says


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A form as it was sent."""

    word: Word
    reason: str
    note: str
    until: str
    nonce: str


def form_of(fields: Mapping[str, str]) -> Form:
    """The fields of a form; raises Refused when they are not those of a card."""
    answer, nonce = fields.get("answer", ""), fields.get("nonce", "")
    if answer not in {word.value for word in Word} or not 16 <= len(nonce) <= 64:
        raise Refused(HTTPStatus.BAD_REQUEST, say("post.form"))
    note = " ".join(fields.get("note", "").split())[:LONGEST_NOTE]
    return Form(
        word=Word(answer), reason=fields.get("reason", ""), note=note, until=fields.get("until", ""), nonce=nonce
    )


class Desk:
    """Takes answers for one site. Nothing here writes the log: the worker reads the inbox and does."""

    def __init__(self, house: House) -> None:
        """Answers go to the site's feed of kind board."""
        self._house = house
        feeds = house.folder.site.feeds
        self._feed = next((feed.name for feed in feeds if feed.kind is FeedKind.BOARD), None)

    def body(self, shown: Shown, form: Form, badge: Badge) -> bytes:
        """The canonical JSON that is stored, after every check; raises Refused."""
        self._allow(shown, badge)
        now = self._house.clock.now()
        repeated = self._repeated(shown, form, badge)  # a double click: the same bytes again, known for a duplicate
        if not repeated and form.nonce != slip(self._house.cookie_key, shown.id, shown.generation):
            raise Refused(HTTPStatus.CONFLICT, _closed(shown))
        if not repeated:
            self._timely(shown, form, now)
        return canonical(self._content(shown, form, badge, now))

    async def hand_in(self, body: bytes, nonce: str) -> Disposition | None:
        """Store an answer and wait at most three seconds for the worker; None while it is not applied yet."""
        try:
            raw = await asyncio.to_thread(self._store, body, nonce)
        except WardwiseError:
            raise Refused(HTTPStatus.SERVICE_UNAVAILABLE, say("post.store")) from None
        return await self._wait(raw)

    async def _wait(self, raw: Raw) -> Disposition | None:
        clock, site = self._house.clock, self._house.folder.site.slug
        end = clock.elapsed() + WAIT_SECONDS
        while clock.elapsed() < end:
            found = await asyncio.to_thread(self._house.log.disposition, site, raw.id)
            if found is not None:
                return found
            await asyncio.sleep(LOOK_EVERY_SECONDS)
        return None

    def _store(self, body: bytes, nonce: str) -> Raw:
        if self._feed is None:
            raise Refused(HTTPStatus.CONFLICT, say("post.no_feed"))
        arrival = Arrival(
            site=self._house.folder.site.slug,
            source=self._feed,
            listener="http",
            control_id=nonce,
            body=body,
            received_at=self._house.clock.now(),
        )
        return self._house.inbox.receive([arrival])[0]

    def _allow(self, shown: Shown, badge: Badge) -> None:
        allowed = [shown.card["owner"], *shown.card["may_override"]]
        if badge.role.value not in allowed:
            who = ", ".join(dict.fromkeys(spoken(role) for role in allowed))
            raise Refused(HTTPStatus.FORBIDDEN, say("post.role", role=badge.role.spoken, who=who))

    def _repeated(self, shown: Shown, form: Form, badge: Badge) -> bool:
        last = shown.answer
        if last is None or (last.answer, last.role, last.actor) != (form.word, badge.role, badge.actor):
            return False
        return form.nonce == slip(self._house.cookie_key, shown.id, last.before)

    def _timely(self, shown: Shown, form: Form, now: datetime) -> None:
        if form.word is Word.WITHDRAWN:
            if not shown.undo or shown.answer is None or now >= shown.answer.undo_until:
                raise Refused(HTTPStatus.CONFLICT, say("post.not_open"))
            return
        if now >= shown.expires_at:
            raise Refused(HTTPStatus.CONFLICT, say("post.expired"))
        if not shown.open:
            raise Refused(HTTPStatus.CONFLICT, _closed(shown))

    def _content(self, shown: Shown, form: Form, badge: Badge, now: datetime) -> dict[str, Json]:
        content: dict[str, Json] = {
            "advice": shown.id,
            "answer": form.word.value,
            "role": badge.role.value,
            "actor": badge.actor,
        }
        if form.word is Word.OVERRIDDEN:
            if form.reason not in {reason.code for reason in self._house.folder.site.reasons}:
                raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, say("post.reason"))
            content["reason"] = form.reason
            if form.note:
                content["note"] = form.note
        if form.word is Word.DEFERRED:
            content["until"] = _until(form.until, shown, now)
        return content


def _closed(shown: Shown) -> str:
    return say("post.closed", says=shown.answer.says) if shown.answer else say("post.old_form")


def outcome_says(found: Disposition | None) -> str:
    """What a person has to be told besides the changed card; empty when the answer was applied."""
    if found is None:
        return say("post.stored")
    return "" if found.outcome is Outcome.APPLIED else say("post.refused", why=found.reason)


def _until(asked: str, shown: Shown, now: datetime) -> str:
    # The form's own time, so that a double click sends the same bytes; a form left lying gets a new one.
    try:
        until = from_iso(asked)
    except ValueError:
        until = now
    if not now < until <= shown.expires_at:
        until = min(defer_until(now), shown.expires_at)
    return iso(until)
