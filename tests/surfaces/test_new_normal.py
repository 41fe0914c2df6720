"""Drifts on the pages: accepted by a steward with a reason, seen as accepted, taken back by another."""

from http import HTTPStatus
from typing import Any

import pytest

from wardwise.sites.watch import Drift
from wardwise.surfaces.web.strings import say

PATH = "/contracts/drift"


@pytest.fixture
def drift(ward: Any, hands: Any) -> str:
    """A drift of the vitals that stands; a data steward may speak."""
    return hands.drifting(ward)


def words(ward: Any) -> list[tuple[Any, ...]]:
    keys = ("state", "reason", "role", "actor")
    told = [event for event in ward.log.read(ward.site) if event.kind == "drift.accepted"]
    return [tuple(event.payload.get(key) for key in keys) for event in told]


def test_a_drift_is_accepted_shown_and_taken_back(ward, drift: str, client, hands) -> None:
    assert "CONTRACT BROKEN: vitals" in client.get("/feeds").text
    assert f"{PATH}#drift-{drift}" in client.get("/feeds").text
    hands.sign_in(client, role="data-steward")
    sent = {"state": "accepted", "reason": "new-device"}
    answer = client.post(f"{PATH}/{drift}", data=sent)
    assert (answer.status_code, answer.headers["location"]) == (303, PATH)
    assert words(ward) == [("accepted", "new-device", "data-steward", "RS")]
    assert "CONTRACT BROKEN" not in client.get("/feeds").text
    assert "Drifts taken for the new normal: 1" in client.get("/feeds").text
    page = client.get(PATH).text
    assert "No watched field has drifted." in page
    for says in (
        "vitals: values lie elsewhere",
        "sign.measured value [pulse]",
        "the level has moved",
        "Data steward RS",
    ):
        assert says in page
    assert "Another device, analyser or method" in page
    assert client.post(f"{PATH}/{drift}", data=sent).status_code == HTTPStatus.CONFLICT
    hands.sign_in(client, role="data-steward", actor="ZZ")
    assert client.post(f"{PATH}/{drift}", data={"state": "withdrawn"}).status_code == 303
    assert words(ward)[1:] == [("withdrawn", None, "data-steward", "ZZ")]
    assert "CONTRACT BROKEN: vitals" in client.get("/feeds").text
    assert client.post(f"{PATH}/{drift}", data=sent).status_code == 303  # and accepted again
    assert len(words(ward)) == 3


def test_every_sort_of_drift_has_words() -> None:
    said = {say(f"drift.rule.{drift.value}") for drift in Drift}
    assert len(said) == len(Drift)


def test_only_a_steward_may_with_a_reason_from_our_own_page(ward, drift: str, client, hands) -> None:
    good = {"state": "accepted", "reason": "new-device"}
    assert client.post(f"{PATH}/{drift}", data=good).headers["location"] == f"/role?back={PATH}"
    hands.sign_in(client, role="physician")
    assert "Only Data steward may speak for the steward of this feed." in client.get(PATH).text
    assert client.post(f"{PATH}/{drift}", data=good).status_code == 403
    hands.sign_in(client, role="data-steward")
    assert client.post(f"{PATH}/{drift}", data=good, headers={"origin": "http://elsewhere"}).status_code == 403
    assert client.post(f"{PATH}/{drift}", data=good | {"reason": "mood"}).status_code == 422
    assert client.post(f"{PATH}/{drift}", data=good | {"state": "withdrawn"}).status_code == 409
    assert client.post(f"{PATH}/gnone", data=good).status_code == 404
    assert words(ward) == []
