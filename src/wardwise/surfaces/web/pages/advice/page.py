"""The chain of one piece of advice, and where its answers are handed in."""

import asyncio
from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from wardwise.errors import NotFound
from wardwise.surfaces.web.answer import Desk, Refused, form_of, outcome_says
from wardwise.surfaces.web.board.recommend import Shown
from wardwise.surfaces.web.forms import fields_of
from wardwise.surfaces.web.pages.advice.chain import chain_of
from wardwise.surfaces.web.pages.sheet import Sheet
from wardwise.surfaces.web.protect import same_origin
from wardwise.surfaces.web.snapshot import Snapshot
from wardwise.surfaces.web.strings import say


def advice_routes(sheet: Sheet, desk: Desk) -> APIRouter:
    """The routes of one piece of advice."""
    router = APIRouter()

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
        if not same_origin(request):
            return sheet.problem(request, HTTPStatus.FORBIDDEN, say("error.origin"))
        if sheet.badge(request) is None:
            return sheet.to_role(request)
        try:
            problem = await _hand_in(sheet, desk, request, identifier)
            status = HTTPStatus.ACCEPTED if problem else HTTPStatus.OK
        except Refused as refused:
            problem, status = refused.says, refused.status
        return _answered(sheet, request, identifier, problem=problem, status=status)

    return router


async def _hand_in(sheet: Sheet, desk: Desk, request: Request, identifier: str) -> str:
    badge, form = sheet.badge(request), form_of(await fields_of(request))
    snapshot = await sheet.keeper.refresh()
    shown = snapshot.find(identifier)
    if shown is None or badge is None:
        raise _gone(snapshot, identifier)
    found = await desk.hand_in(desk.body(shown, form, badge), form.nonce)
    await sheet.keeper.refresh()
    return outcome_says(found)


def _gone(snapshot: Snapshot, identifier: str) -> Refused:
    state = next((state for state in snapshot.states if state.id == identifier and state.shown), None)
    if state is None:
        return Refused(HTTPStatus.NOT_FOUND, say("error.not_found"))
    says = say("post.ended", says=state.ended_says) if state.ended else say("post.expired")
    return Refused(HTTPStatus.CONFLICT, says)


def _answered(sheet: Sheet, request: Request, identifier: str, *, problem: str, status: HTTPStatus) -> Response:
    snapshot = sheet.keeper.current
    shown = snapshot.find(identifier) if snapshot else None
    if "hx-request" in request.headers and snapshot is not None and shown is not None:
        return HTMLResponse(_fragment(sheet, snapshot, shown, problem), status_code=status)
    if problem:
        return sheet.problem(request, status, problem)
    return RedirectResponse(f"/#advice-{identifier}", status_code=HTTPStatus.SEE_OTHER)


def _fragment(sheet: Sheet, snapshot: Snapshot, shown: Shown, problem: str) -> str:
    return str(sheet.fragments.card(shown, snapshot, problem))
