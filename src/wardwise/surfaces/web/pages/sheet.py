"""What every page is made with: the templates, the snapshot in use, who is at the screen."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment

from wardwise.surfaces.house import House
from wardwise.surfaces.web import badge as badges
from wardwise.surfaces.web.badge import Badge
from wardwise.surfaces.web.keeper import Keeper
from wardwise.surfaces.web.pages.fragments import Fragments
from wardwise.surfaces.web.snapshot import Snapshot
from wardwise.surfaces.web.strings import say
from wardwise.surfaces.web.templates import render

THEMES = ("dark", "light")


@dataclass(frozen=True, slots=True)
class Sheet:
    """Renders whole pages, each from one snapshot."""

    house: House
    keeper: Keeper
    made: Environment
    fragments: Fragments
    secure: bool

    def badge(self, request: Request) -> Badge | None:
        """Who is at the screen, if they have said so."""
        cookie = request.cookies.get(badges.cookie_name(secure=self.secure))
        return badges.read(self.house.cookie_key, cookie, self.house.clock.now())

    def page(self, request: Request, name: str, template: str, **facts: object) -> Response:
        """A whole page; 503 with a sentence while the log is being read for the first time."""
        snapshot = self.keeper.current
        if snapshot is None:
            return self.problem(request, HTTPStatus.SERVICE_UNAVAILABLE, say("error.not_ready"))
        known = {"heading": say(f"{name}.title"), "page": name} | facts
        return self._html(request, template, HTTPStatus.OK, snapshot, known)

    def problem(self, request: Request, status: HTTPStatus, says: str) -> Response:
        """A page with one sentence on what went wrong."""
        facts = {"heading": say("error.title"), "sentence": says, "page": "other"}
        return self._html(request, "problem.html", status, self.keeper.current, facts)

    def to_role(self, request: Request, back: str = "/") -> Response:
        """Send somebody without a role to choose one; htmx follows a header of its own."""
        if "hx-request" in request.headers:
            return Response(status_code=HTTPStatus.NO_CONTENT, headers={"hx-redirect": "/role"})
        return RedirectResponse(f"/role?back={back}", status_code=HTTPStatus.SEE_OTHER)

    def _html(
        self,
        request: Request,
        template: str,
        status: HTTPStatus,
        snapshot: Snapshot | None,
        facts: Mapping[str, object],
    ) -> Response:
        theme = request.cookies.get("theme", "")
        page = str(facts["page"])
        changing = page if page in {"capacity", "feeds", "governance"} else "other"
        common = {
            "site": self.house.folder.site,
            "theme": theme if theme in THEMES else "",
            "badge": self.badge(request),
            "version": snapshot.version if snapshot else "",
            "stale": snapshot.stale if snapshot else "",
            "fragments": self.fragments.of(changing, snapshot) if snapshot else {},
            "snapshot": snapshot,
        }
        return HTMLResponse(render(self.made, template, **(common | dict(facts))), status_code=status)
