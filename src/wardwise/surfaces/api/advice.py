"""Open advice as JSON, for schedulers' tools and for whoever builds a surface of their own."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from wardwise.hospital.moment import iso
from wardwise.loop.derive.state.advice import AdviceState


class Looked(Protocol):
    """Advice as of one instant and position."""

    @property
    def at(self) -> datetime:
        """The instant it shows."""
        ...

    @property
    def position(self) -> int:
        """The log position it shows."""
        ...

    @property
    def states(self) -> Sequence[AdviceState]:
        """All recent advice."""
        ...

    @property
    def feeds(self) -> Sequence[Mapping[str, object]]:
        """Every feed: name, freshness class, when last heard, whether stale, which rules it breaks."""
        ...

    @property
    def away(self) -> Sequence[Mapping[str, object]]:
        """The processes of the service that are away, why, and since when."""
        ...

    @property
    def trouble(self) -> str:
        """Why nothing is taken in now; empty when all is well."""
        ...


def advice_api(look: Callable[[], Awaitable[Looked]]) -> APIRouter:
    """`GET /api/advice/open`: what may still be answered, from one snapshot taken now."""
    router = APIRouter()

    @router.get("/api/advice/open")
    async def open_advice() -> JSONResponse:
        seen = await look()
        listed = [_entry(state) for state in seen.states if state.open_at(seen.at)]
        told = {"as_of": iso(seen.at), "position": seen.position, "feeds": list(seen.feeds), "away": list(seen.away)}
        return JSONResponse(told | {"trouble": seen.trouble, "advice": listed})

    return router


def _entry(state: AdviceState) -> dict[str, Any]:
    return {
        "id": state.id,
        "workflow": state.workflow,
        "unit": state.unit,
        "card": state.card,
        "given_at": iso(state.given_at),
        "expires_at": iso(state.expires_at),
        "answer": state.answer,
    }
