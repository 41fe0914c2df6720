"""The application: pages, live updates, answers, CDS Hooks and health, over one house."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from http import HTTPStatus

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from sse_starlette.sse import EventSourceResponse
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from wardwise.loop.capture.absence import WORKER
from wardwise.loop.derive.state.advice import AdviceState
from wardwise.surfaces.api.advice import advice_api
from wardwise.surfaces.cds_hooks.cards import BEHIND, NOT_LOADED, OLD
from wardwise.surfaces.cds_hooks.request import NotKnown
from wardwise.surfaces.cds_hooks.router import cds_routes
from wardwise.surfaces.house import House
from wardwise.surfaces.web.answer import Desk
from wardwise.surfaces.web.doorway import Doorway
from wardwise.surfaces.web.keeper import Keeper
from wardwise.surfaces.web.live import Live
from wardwise.surfaces.web.pages.advice.page import advice_routes
from wardwise.surfaces.web.pages.boards import boards
from wardwise.surfaces.web.pages.contracts.page import contract_routes
from wardwise.surfaces.web.pages.drift.page import drift_routes
from wardwise.surfaces.web.pages.features.page import feature_routes
from wardwise.surfaces.web.pages.fragments import PAGES, Fragments
from wardwise.surfaces.web.pages.review.page import review_routes
from wardwise.surfaces.web.pages.role.page import role_routes
from wardwise.surfaces.web.pages.sheet import Sheet
from wardwise.surfaces.web.protect import Protect, mark
from wardwise.surfaces.web.strings import say
from wardwise.surfaces.web.templates import HERE, environment

_LOG = structlog.get_logger("web")
HERE_ONLY = Doorway()
MOST_SCREENS = 256


def create_app(house: House, doorway: Doorway = HERE_ONLY) -> FastAPI:
    """Everything this site shows and takes in over HTTP. Its API pages are off: they would load from elsewhere."""
    keeper, made, desk = Keeper(house), environment(), Desk(house)
    fragments = Fragments(made, house.cookie_key)
    live = Live(fragments)
    keeper.listen(live.tick)
    sheet = Sheet(house, keeper, made, fragments, doorway.secure)
    app = FastAPI(
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        lifespan=_kept_fresh(keeper),
        telemetry={"auto_configure": False},
    )
    app.include_router(boards(sheet))
    app.include_router(advice_routes(sheet, desk))
    app.include_router(role_routes(sheet))
    app.include_router(contract_routes(sheet))
    app.include_router(feature_routes(sheet))
    app.include_router(review_routes(sheet, desk))
    app.include_router(drift_routes(sheet, desk))
    app.include_router(advice_api(keeper.advice))
    app.include_router(
        cds_routes(
            house,
            lambda: _open_advice(house, keeper),
            every=lambda: _every_advice(keeper),
            same=lambda token: _same_person(keeper, token),
            trouble=lambda workflow: _trouble(house, keeper, workflow),
            origins=doorway.origins,
        )
    )
    app.mount("/static", StaticFiles(directory=HERE / "static"))
    _live_routes(app, live)
    _health_routes(app, keeper)
    _error_pages(app, sheet)
    app.add_middleware(Protect, doorway=doorway)
    return app


def _kept_fresh(keeper: Keeper) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.keeping = asyncio.create_task(keeper.run())
        yield
        app.state.keeping.cancel()
        await asyncio.gather(app.state.keeping, return_exceptions=True)

    return lifespan


def _open_advice(house: House, keeper: Keeper) -> Sequence[AdviceState]:
    states = _every_advice(keeper)
    if not keeper.fresh:
        raise NotKnown(OLD)
    if keeper.unread or WORKER in keeper.absent:
        raise NotKnown(BEHIND)
    now = house.clock.now()
    return [state for state in states if state.open_at(now)]


def _every_advice(keeper: Keeper) -> Sequence[AdviceState]:
    if keeper.current is None:
        raise NotKnown(NOT_LOADED)
    return keeper.current.states


def _same_person(keeper: Keeper, token: str) -> frozenset[str]:
    return frozenset({token}) if keeper.current is None else keeper.current.people.same_person(token)


def _trouble(house: House, keeper: Keeper, workflow: str) -> str:
    declared = house.workflows.get(workflow)
    if keeper.current is None or declared is None:
        return ""
    feeds = frozenset(feed for rung in declared.stages.ladder for feed in rung.feeds)
    return keeper.current.trouble_of(feeds)


def _live_routes(app: FastAPI, live: Live) -> None:
    @app.get("/live/{page}")
    async def stream(page: str, shown: str = "") -> Response:
        if page not in PAGES:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        if live.screens >= MOST_SCREENS:
            says = say("error.screens", most=MOST_SCREENS)
            return PlainTextResponse(says, HTTPStatus.SERVICE_UNAVAILABLE, {"retry-after": "10"})
        return _Screen(live, page, shown[:40])


class _Screen(EventSourceResponse):
    """One screen's stream; it holds a seat from the first byte until it is closed, however it ends."""

    def __init__(self, live: Live, page: str, shown: str) -> None:
        super().__init__(live.stream(page, shown))
        self._live = live

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._live.seat():
            await super().__call__(scope, receive, send)


def _health_routes(app: FastAPI, keeper: Keeper) -> None:
    @app.get("/health/live")
    async def alive() -> Response:
        keeping = app.state.keeping.done()
        return JSONResponse({"live": not keeping}, HTTPStatus.SERVICE_UNAVAILABLE if keeping else HTTPStatus.OK)

    @app.get("/health/ready")
    async def ready() -> Response:
        trouble = keeper.trouble or "; ".join(f"{each.process}: {each.why}" for each in keeper.absent.values())
        is_ready = keeper.ready.is_set() and keeper.fresh and keeper.unread is None and not trouble
        position = keeper.current.position if keeper.current else 0
        status = HTTPStatus.OK if is_ready else HTTPStatus.SERVICE_UNAVAILABLE
        waiting = {"waiting": keeper.unread.waiting} if keeper.unread else {}
        told = {"trouble": trouble} if trouble else {}
        told |= {"warning": "the disk is nearly full"} if keeper.nearly_full and not trouble else {}
        return JSONResponse({"ready": is_ready, "position": position} | waiting | told, status)


def _error_pages(app: FastAPI, sheet: Sheet) -> None:
    @app.exception_handler(HTTPException)
    async def plain(request: Request, error: HTTPException) -> Response:
        known = {404: say("error.not_found"), 405: say("error.method")}
        status = HTTPStatus(error.status_code)
        return sheet.problem(request, status, known.get(error.status_code, status.phrase))

    @app.exception_handler(Exception)
    async def fault(_: Request, error: Exception) -> Response:
        _LOG.error("fault", kind=type(error).__name__)
        return mark(PlainTextResponse(say("error.fault"), HTTPStatus.INTERNAL_SERVER_ERROR))

    @app.exception_handler(RequestValidationError)
    async def unreadable(request: Request, _: RequestValidationError) -> Response:
        return sheet.problem(request, HTTPStatus.BAD_REQUEST, say("post.form"))
