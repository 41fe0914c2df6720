"""The chain of one piece of advice, and where its answers are handed in."""

import asyncio
from collections.abc import Mapping
from functools import partial
from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from wardwise.errors import NotFound
from wardwise.surfaces.web.answer import Desk, Refused, form_of
from wardwise.surfaces.web.badge import Badge
from wardwise.surfaces.web.pages.advice.chain import chain_of
from wardwise.surfaces.web.pages.hand_in import Counter, Given, led
from wardwise.surfaces.web.pages.sheet import Sheet
from wardwise.surfaces.web.snapshot import Snapshot
from wardwise.surfaces.web.strings import say


def advice_routes(sheet: Sheet, desk: Desk) -> APIRouter:
    """The routes of one piece of advice."""
    router, counter = APIRouter(), Counter(sheet, desk, path="/")

    @router.get("/advice/{identifier}")
    async def chain(request: Request, identifier: str) -> Response:
        snapshot = sheet.keeper.current
        if snapshot is None:
            return sheet.problem(request, HTTPStatus.SERVICE_UNAVAILABLE, say("error.not_ready"))
        try:
            found = await asyncio.to_thread(chain_of, sheet.house.log, snapshot, identifier)
        except NotFound:
            return sheet.problem(request, HTTPStatus.NOT_FOUND, say("error.not_found"))
        return sheet.page(request, "advice", "advice/page.html", heading=say("advice.chain_title"), chain=found)

    @router.post("/advice/{identifier}/response")
    async def respond(request: Request, identifier: str) -> Response:
        answer = partial(_answered, sheet, request, identifier)
        return await counter.take(request, partial(_given, desk, identifier), answer)

    return router


def _given(desk: Desk, identifier: str, fields: Mapping[str, str], snapshot: Snapshot, badge: Badge) -> Given:
    form, shown = form_of(fields), snapshot.find(identifier)
    if shown is None:
        raise _gone(snapshot, identifier)
    return Given(body=desk.body(shown, form, badge), nonce=form.nonce)


def _gone(snapshot: Snapshot, identifier: str) -> Refused:
    state = next((state for state in snapshot.states if state.id == identifier and state.shown), None)
    if state is None:
        return Refused(HTTPStatus.NOT_FOUND, say("error.not_found"))
    says = say("post.ended", says=state.ended_says) if state.ended else say("post.expired")
    return Refused(HTTPStatus.CONFLICT, says)


def _answered(sheet: Sheet, request: Request, identifier: str, says: str, status: HTTPStatus) -> Response:
    """The changed card alone for a board that asked for it, else the board."""
    snapshot = sheet.keeper.current
    shown = snapshot.find(identifier) if snapshot else None
    if "hx-request" in request.headers and snapshot is not None and shown is not None:
        return HTMLResponse(str(sheet.fragments.card(shown, snapshot, says)), status_code=status)
    return led(sheet, request, f"/#advice-{identifier}", says, status)
