"""The contracts of the site in words: a page under Governance, and the same as a file to hand on."""

from collections.abc import Sequence

from fastapi import APIRouter, Request
from fastapi.responses import Response

from wardwise.govern.data.contract_sheet import ContractSheet, contract_sheets
from wardwise.surfaces.web.pages.sheet import Sheet
from wardwise.surfaces.web.strings import say
from wardwise.surfaces.web.templates import environment, render

SHOWN = 12  # characters of the configuration's digest


def contract_routes(sheet: Sheet) -> APIRouter:
    """`GET /contracts`."""
    router = APIRouter()
    sheets = contract_sheets(sheet.house.folder, sheet.house.workflows)
    digest = sheet.house.folder.digest[:SHOWN]

    @router.get("/contracts")
    async def contracts(request: Request) -> Response:
        told = {"section": "governance", "sheets": sheets, "digest": digest}
        return sheet.page(request, "contracts", "contracts/page.html", page="other", **told)

    return router


def contracts_file(title: str, digest: str, sheets: Sequence[ContractSheet]) -> str:
    """The same as one HTML file that needs nothing else."""
    heading = say("contracts.heading", site=title)
    return str(render(environment(), "contracts/file.html", heading=heading, digest=digest[:SHOWN], sheets=sheets))
