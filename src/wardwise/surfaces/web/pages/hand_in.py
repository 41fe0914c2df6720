"""A form that is handed in: from a page of ours, by somebody with a role, checked, stored, and what is said of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from wardwise.surfaces.web.answer import Desk, Refused, outcome_says
from wardwise.surfaces.web.badge import Badge
from wardwise.surfaces.web.forms import fields_of
from wardwise.surfaces.web.pages.sheet import Sheet
from wardwise.surfaces.web.protect import same_origin
from wardwise.surfaces.web.snapshot import Snapshot
from wardwise.surfaces.web.strings import say


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a form says, ready to be stored; the same number again is the same form."""

    body: bytes
    nonce: str


Check = Callable[[Mapping[str, str], Snapshot, Badge], Given]  # raises Refused
Answer = Callable[[str, HTTPStatus], Response]  # to one sentence on why not or on what is still to come, or to none


@dataclass(frozen=True, slots=True)
class Counter:
    """Where the forms of one page are handed in."""

    sheet: Sheet
    desk: Desk
    path: str

    async def take(self, request: Request, check: Check, answer: Answer) -> Response:
        """Take a form in and answer; what comes from elsewhere, or from nobody with a role, is turned away here."""
        if not same_origin(request):
            return self.sheet.problem(request, HTTPStatus.FORBIDDEN, say("error.origin"))
        badge = self.sheet.badge(request)
        if badge is None:
            return self.sheet.to_role(request, back=self.path)
        try:
            problem = await self._stored(request, check, badge)
        except Refused as refused:
            return answer(refused.says, refused.status)
        return answer(problem, HTTPStatus.ACCEPTED if problem else HTTPStatus.OK)

    async def _stored(self, request: Request, check: Check, badge: Badge) -> str:
        fields, snapshot = await fields_of(request), await self.sheet.keeper.refresh()
        given = check(fields, snapshot, badge)
        found = await self.desk.hand_in(given.body, given.nonce)
        await self.sheet.keeper.refresh()
        return outcome_says(found)


def led(sheet: Sheet, request: Request, to: str, says: str, status: HTTPStatus) -> Response:
    """A page with the sentence; where there is none, the way `to` a page."""
    if says:
        return sheet.problem(request, status, says)
    return RedirectResponse(to, status_code=HTTPStatus.SEE_OTHER)
