"""The CDS Hooks door: discovery, services, feedback. It asks nobody anything and never answers with a 5xx."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from wardwise.errors import WardwiseError
from wardwise.hospital.token import tokenise
from wardwise.loop.derive.state.advice import AdviceState
from wardwise.sites.doors import Cds, CdsService
from wardwise.sites.feed import FeedKind
from wardwise.surfaces.cds_hooks.body import NotJson, read_object
from wardwise.surfaces.cds_hooks.cards import FAILED, LATE, cards_of, fallback
from wardwise.surfaces.cds_hooks.feedback import answers_of, arrivals_of
from wardwise.surfaces.cds_hooks.request import Call, Declined, NotKnown, call_of
from wardwise.surfaces.house import House

DEADLINE_SECONDS = 0.45  # of the 500 ms promised; the rest is for the way
PREFLIGHT_SECONDS = "600"

_LOG = structlog.get_logger("cds_hooks")
AdviceNow = Callable[[], Sequence[AdviceState]]
SamePerson = Callable[[str], frozenset[str]]
Trouble = Callable[[str], str]


def cds_routes(
    house: House, advice: AdviceNow, *, every: AdviceNow, same: SamePerson, trouble: Trouble, origins: frozenset[str]
) -> APIRouter:
    """The routes. `advice` gives what is open now, `every` what was shown lately; both raise NotKnown.

    `same` gives every token of a token's person, `trouble` what is wrong with the feeds of a workflow (or nothing).
    """
    door = _Door(house, advice, every=every, same=same, trouble=trouble)
    router = APIRouter()

    @router.get("/cds-services")
    async def discover(request: Request) -> Response:
        return _shared(
            request, JSONResponse({"services": [_described(each, house) for each in door.cds.services]}), origins
        )

    @router.post("/cds-services/{service}")
    async def ask(request: Request, service: str) -> Response:
        return _shared(request, await _answering(door.ask(service, await request.body())), origins)

    @router.post("/cds-services/{service}/feedback")
    async def feed_back(request: Request, service: str) -> Response:
        return _shared(request, await _answering(door.feed_back(service, await request.body())), origins)

    @router.options("/cds-services{_:path}")
    async def preflight(request: Request) -> Response:
        return _shared(request, Response(status_code=HTTPStatus.NO_CONTENT), origins)

    return router


class _Door:
    """Answers calls from the snapshot in memory; only feedback writes, and only to the inbox."""

    def __init__(
        self, house: House, advice: AdviceNow, *, every: AdviceNow, same: SamePerson, trouble: Trouble
    ) -> None:
        self._house = house
        self._trouble = trouble
        self._advice = advice
        self._every = every
        self._same = same
        site = house.folder.site
        self.cds = site.cds or Cds(patient_authority=site.slug)
        self._feed = next((feed.name for feed in site.feeds if feed.kind is FeedKind.CDS_HOOKS), None)

    async def ask(self, identifier: str, body: bytes) -> Response:
        service = self._service(identifier)
        call = call_of(_read(body), service)
        try:
            work = asyncio.to_thread(self._cards, service, call, self._advice())
            cards = await asyncio.wait_for(work, DEADLINE_SECONDS)
        except NotKnown as unknown:
            cards = [fallback(unknown.says, call.instance)]
        except TimeoutError:
            cards = [fallback(LATE, call.instance)]
        except Exception as fault:  # noqa: BLE001 - the outermost turn: the EHR is told, never answered with a 5xx
            _LOG.error("card failed", kind=type(fault).__name__)
            cards = [fallback(FAILED, call.instance)]
        return JSONResponse({"cards": cards})

    async def feed_back(self, identifier: str, body: bytes) -> Response:
        service = self._service(identifier)
        try:
            states = [state for state in self._every() if state.workflow == service.workflow and state.shown]
        except NotKnown as unknown:
            raise Declined(HTTPStatus.TOO_MANY_REQUESTS, unknown.says) from None
        answers = answers_of(_read(body), states, self._house.folder.site)
        if self._feed is None:
            raise Declined(HTTPStatus.NOT_FOUND, "this site keeps no feed of kind cds-hooks")
        site, now = self._house.folder.site.slug, self._house.clock.now()
        try:
            await asyncio.to_thread(self._house.inbox.receive, arrivals_of(answers, site, self._feed, now))
        except WardwiseError:
            raise Declined(
                HTTPStatus.TOO_MANY_REQUESTS, "the feedback could not be stored; send it again later"
            ) from None
        return JSONResponse({})

    def _cards(self, service: CdsService, call: Call, states: Sequence[AdviceState]) -> list[dict[str, Any]]:
        person = self._same(tokenise(self._house.token_key, self.cds.patient_authority, call.patient))
        about = [state for state in states if state.patient in person and state.workflow == service.workflow]
        cards, trouble = (
            cards_of(about, self._house.folder.site, self._house.clock.now()),
            self._trouble(service.workflow),
        )
        return [fallback(trouble, call.instance), *cards] if trouble else cards

    def _service(self, identifier: str) -> CdsService:
        found = next((each for each in self.cds.services if each.id == identifier), None)
        if found is None:
            raise Declined(HTTPStatus.NOT_FOUND, "there is no service by that id")
        return found


async def _answering(work: Awaitable[Response]) -> Response:
    try:
        answer = await work
    except Declined as declined:
        return JSONResponse(declined.outcome, status_code=declined.status, headers=declined.headers)
    return answer


def _read(body: bytes) -> Mapping[str, Any]:
    try:
        return read_object(body)
    except NotJson as error:
        raise Declined(HTTPStatus.BAD_REQUEST, str(error)) from None


def _described(service: CdsService, house: House) -> dict[str, Any]:
    workflow = house.workflows.get(service.workflow)
    says = workflow.card.intended_use if workflow else service.title
    return {
        "id": service.id,
        "hook": service.hook.value,
        "title": service.title,
        "description": " ".join(says.split()),
        "prefetch": {"patient": "Patient/{{context.patientId}}"},
    }


def _shared(request: Request, answer: Response, origins: frozenset[str]) -> Response:
    """The answer with CORS headers for a listed origin; any other page is told nothing."""
    answer.headers["vary"] = "Origin"
    origin = request.headers.get("origin", "")
    if origin in origins:
        answer.headers["access-control-allow-origin"] = origin
        answer.headers["access-control-allow-methods"] = "GET, POST, OPTIONS"
        answer.headers["access-control-allow-headers"] = "content-type, authorization"
        answer.headers["access-control-max-age"] = PREFLIGHT_SECONDS
    return answer
