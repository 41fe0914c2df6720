"""Drifts that stand and those taken for the new normal; a steward says so here, or takes it back."""

from collections.abc import Mapping
from functools import partial
from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import Response

from wardwise.hospital.role import Role
from wardwise.loop.capture.canonical import canonical
from wardwise.sites.watch import AcceptReason
from wardwise.surfaces.house import House
from wardwise.surfaces.web.answer import Desk, Refused
from wardwise.surfaces.web.badge import Badge, slip
from wardwise.surfaces.web.pages.hand_in import Counter, Given, led
from wardwise.surfaces.web.pages.sheet import Sheet
from wardwise.surfaces.web.snapshot import Snapshot
from wardwise.surfaces.web.strings import say

PATH = "/contracts/drift"
ACCEPTED, WITHDRAWN = "accepted", "withdrawn"


def drift_routes(sheet: Sheet, desk: Desk) -> APIRouter:
    """The list at `/contracts/drift`, and what is said of one finding."""
    router, counter = APIRouter(), Counter(sheet, desk, PATH)

    @router.get(PATH)
    async def listed(request: Request) -> Response:
        contracts = sheet.house.folder.contracts
        told = {"section": "governance", "contracts": contracts, "reasons": [each.value for each in AcceptReason]}
        told["spoken"] = {role.value: role.spoken for role in Role}
        return sheet.page(request, "drift", "drift/page.html", page="other", **told)

    @router.post(PATH + "/{breach}")
    async def speak(request: Request, breach: str) -> Response:
        return await counter.take(request, partial(_given, sheet.house, breach), partial(led, sheet, request, PATH))

    return router


def _given(house: House, breach: str, fields: Mapping[str, str], snapshot: Snapshot, badge: Badge) -> Given:
    feed, state, generation = _standing(snapshot, breach)
    contract = house.folder.contracts.get(feed)
    stewards = contract.stewards if contract else ()
    if badge.role not in stewards:
        who = ", ".join(role.spoken for role in stewards)
        raise Refused(HTTPStatus.FORBIDDEN, say("drift.role", who=who) if who else say("drift.no_stewards"))
    if fields.get("state") != state:
        raise Refused(HTTPStatus.CONFLICT, say("drift.gone"))
    said = {"breach": breach, "state": state, "role": badge.role.value, "actor": badge.actor}
    if state == ACCEPTED:
        if fields.get("reason", "") not in {each.value for each in AcceptReason}:
            raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, say("drift.choose"))
        said["reason"] = fields["reason"]
    # `generation` is in the number: to accept, to take that back and to accept again are three things.
    return Given(body=canonical(said), nonce=slip(house.cookie_key, "drift", breach, state, generation))


def _standing(snapshot: Snapshot, breach: str) -> tuple[str, str, str]:
    """The feed of a finding, what can be said of it now, and what tells this time from others; raises Refused."""
    for each in snapshot.accepted:
        if each.breach == breach:
            return each.feed, WITHDRAWN, each.id
    for line in snapshot.feeds:
        for one in line.breaks:
            if one.id == breach and one.is_drift:
                return line.name, ACCEPTED, str(snapshot.position)
    raise Refused(HTTPStatus.NOT_FOUND, say("drift.gone"))
