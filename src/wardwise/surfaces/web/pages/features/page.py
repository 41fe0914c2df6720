"""What the workflows look at, in words: a page under Governance, and the same as a file to hand on."""

from collections.abc import Sequence

from fastapi import APIRouter, Request
from fastapi.responses import Response

from wardwise.govern.data.feature_sheet import FeatureSheet, feature_sheets
from wardwise.surfaces.web.pages.sheet import Sheet
from wardwise.surfaces.web.strings import say
from wardwise.surfaces.web.templates import environment, render


def feature_routes(sheet: Sheet) -> APIRouter:
    """`GET /features`."""
    router = APIRouter()
    sheets = feature_sheets(sheet.house.workflows)

    @router.get("/features")
    async def features(request: Request) -> Response:
        return sheet.page(request, "features", "features/page.html", page="other", section="governance", sheets=sheets)

    return router


def features_file(title: str, sheets: Sequence[FeatureSheet]) -> str:
    """The same as one HTML file that needs nothing else."""
    heading = say("features.heading", site=title)
    return str(render(environment(), "features/file.html", heading=heading, sheets=sheets))
