"""The pages that follow the snapshot: capacity, feeds, governance."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from wardwise.surfaces.web.pages.sheet import Sheet


def boards(sheet: Sheet) -> APIRouter:
    """The routes of the boards."""
    router = APIRouter()

    @router.get("/")
    async def capacity(request: Request) -> Response:
        await sheet.keeper.keep_up()
        return sheet.page(request, "capacity", "capacity/capacity.html")

    @router.get("/feeds")
    async def feeds(request: Request) -> Response:
        return sheet.page(request, "feeds", "feeds/page.html")

    @router.get("/governance")
    async def governance(request: Request) -> Response:
        return sheet.page(request, "governance", "governance/page.html")

    return router
