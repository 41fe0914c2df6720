"""The queue of sampled events, and where a judgement is handed in."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import Response

from wardwise.errors import NotFound
from wardwise.govern.data.sampled import Sampled, sampled
from wardwise.loop.capture.ids import shown
from wardwise.surfaces.house import House
from wardwise.surfaces.web.answer import Desk, Refused
from wardwise.surfaces.web.badge import Badge
from wardwise.surfaces.web.board.reviews import ReviewLine
from wardwise.surfaces.web.pages.hand_in import Counter, Given, led
from wardwise.surfaces.web.pages.review.verdict import given, may, number
from wardwise.surfaces.web.pages.sheet import Sheet
from wardwise.surfaces.web.snapshot import Snapshot
from wardwise.surfaces.web.strings import say

MOST = 20  # shown of a feed at a time; the next come when these are judged
PATH = "/contracts/review"


@dataclass(frozen=True, slots=True)
class Shown:
    """One event of the queue, with its form's number."""

    it: Sampled
    sample: str
    nonce: str
    short: str
    place: str
    at: str


def review_routes(sheet: Sheet, desk: Desk) -> APIRouter:
    """The queue at `/contracts/review`, and the judgements handed in for a feed."""
    router, counter = APIRouter(), Counter(sheet, desk, PATH)

    @router.get(PATH)
    async def queue(request: Request) -> Response:
        snapshot, badge = sheet.keeper.current, sheet.badge(request)
        lines = snapshot.reviews if snapshot else []
        feeds = [(line, await asyncio.to_thread(_shown, sheet.house, snapshot, line, badge)) for line in lines]
        told = {"section": "governance", "feeds": feeds, "may": may}
        return sheet.page(request, "review", "review/page.html", page="other", **told)

    @router.post(PATH + "/{feed}")
    async def judge(request: Request, feed: str) -> Response:
        answer = partial(led, sheet, request, f"{PATH}#review-{feed}")
        return await counter.take(request, partial(_given, sheet.house, feed), answer)

    return router


def _given(house: House, feed: str, fields: Mapping[str, str], snapshot: Snapshot, badge: Badge) -> Given:
    line = next((each for each in snapshot.reviews if each.feed == feed), None)
    if line is None:
        raise Refused(HTTPStatus.NOT_FOUND, say("error.not_found"))
    return given(line, fields, badge, house.cookie_key)


def _shown(house: House, snapshot: Snapshot | None, line: ReviewLine, badge: Badge | None) -> Sequence[Shown]:
    """What waits, for those who may judge it; nobody else is shown an event."""
    if snapshot is None or badge is None or badge.role not in line.stewards:
        return ()
    return tuple(_read(house, snapshot, line))


def _read(house: House, snapshot: Snapshot, line: ReviewLine) -> Iterator[Shown]:
    contract = house.folder.contracts[line.feed]
    for waiting in line.queue[:MOST]:
        item = waiting.sample.item(waiting.event)
        try:
            event = house.log.find(snapshot.site.slug, waiting.event)
        except NotFound:
            continue
        if item is not None:
            it, nonce = sampled(contract, event), number(house.cookie_key, waiting.sample.id, item)
            yield Shown(it, waiting.sample.id, nonce, shown(event.id), _place(snapshot, it), snapshot.local(it.at))


def _place(snapshot: Snapshot, it: Sampled) -> str:
    unit = snapshot.site.unit(it.unit) if it.unit else None
    bed = (it.bed or "").rpartition("/")[2]
    return " ".join(part for part in (unit.title if unit else "", say("review.bed", bed=bed) if bed else "") if part)
