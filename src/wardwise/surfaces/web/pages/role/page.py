"""Choosing a role, leaving it, and choosing dark or light."""

from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from wardwise.hospital.role import Role
from wardwise.surfaces.web import badge as badges
from wardwise.surfaces.web.badge import LONGEST_ACTOR, Badge
from wardwise.surfaces.web.forms import fields_of
from wardwise.surfaces.web.pages.sheet import Sheet
from wardwise.surfaces.web.protect import same_origin
from wardwise.surfaces.web.strings import say

_YEAR_SECONDS = 365 * 24 * 60 * 60


def role_routes(sheet: Sheet) -> APIRouter:
    """The routes of the role page."""
    router = APIRouter()

    @router.get("/role")
    async def choose(request: Request, back: str = "/") -> Response:
        return _page(sheet, request, back=back)

    @router.post("/role")
    async def chosen(request: Request) -> Response:
        if not same_origin(request):
            return sheet.problem(request, HTTPStatus.FORBIDDEN, say("error.origin"))
        fields = await fields_of(request)
        badge = _badge(fields)
        if badge is None:
            return _page(sheet, request, back=fields.get("back", "/"), problem=say("role.bad"))
        return _kept(sheet, badge, _safe(fields.get("back", "/")))

    @router.post("/role/leave")
    async def leave(request: Request) -> Response:
        if not same_origin(request):
            return sheet.problem(request, HTTPStatus.FORBIDDEN, say("error.origin"))
        answer = RedirectResponse("/", status_code=HTTPStatus.SEE_OTHER)
        name = badges.cookie_name(secure=sheet.secure)
        answer.delete_cookie(name, secure=sheet.secure, httponly=True, samesite="strict")
        return answer

    _theme_route(router, sheet)
    return router


def _theme_route(router: APIRouter, sheet: Sheet) -> None:
    @router.post("/theme")
    async def theme(request: Request) -> Response:
        if not same_origin(request):
            return sheet.problem(request, HTTPStatus.FORBIDDEN, say("error.origin"))
        other = "light" if request.cookies.get("theme") == "dark" else "dark"
        answer = RedirectResponse("/", status_code=HTTPStatus.SEE_OTHER)
        answer.set_cookie("theme", other, max_age=_YEAR_SECONDS, samesite="strict", secure=sheet.secure)
        return answer


def _page(sheet: Sheet, request: Request, *, back: str, problem: str = "") -> Response:
    facts = {"heading": say("role.title"), "roles": list(Role), "back": _safe(back), "problem": problem}
    return sheet.page(request, "role", "role/page.html", **facts)


def _badge(fields: dict[str, str]) -> Badge | None:
    role, actor = fields.get("role", ""), " ".join(fields.get("actor", "").split())
    if role not in {each.value for each in Role} or not 0 < len(actor) <= LONGEST_ACTOR or not actor.isprintable():
        return None
    return Badge(Role(role), actor)


def _kept(sheet: Sheet, badge: Badge, back: str) -> Response:
    answer = RedirectResponse(back, status_code=HTTPStatus.SEE_OTHER)
    answer.set_cookie(
        badges.cookie_name(secure=sheet.secure),
        badges.signed(sheet.house.cookie_key, badge, sheet.house.clock.now()),
        max_age=badges.BROWSER_KEEPS_SECONDS,
        httponly=True,
        samesite="strict",
        secure=sheet.secure,
        path="/",
    )
    return answer


def _safe(back: str) -> str:
    # Only a path of ours: `//elsewhere` and `/\elsewhere` would lead away.
    plain = back.startswith("/") and not back.startswith(("//", "/\\")) and back.isprintable()
    return back if plain and len(back) < 200 and "\\" not in back else "/"
