"""Samples on the pages: shown to those who may judge, judged once each, and added up on the contracts page."""

import re
from http import HTTPStatus
from typing import Any

import pytest

PATH = "/contracts/review"


@pytest.fixture
def sampled(ward: Any, hands: Any) -> list[str]:
    """The vitals under review, and a sample of three signs of Ward 4A."""
    return hands.under_review(ward)


def test_only_those_who_may_judge_are_shown_an_event(sampled: list[str], client: Any, hands: Any) -> None:
    assert "It is for: Data steward" in client.get(PATH).text
    hands.sign_in(client, role="physician")
    page = client.get(PATH).text
    assert "Physician may not judge this. It is for: Data steward." in page
    assert sampled[0] not in page
    hands.sign_in(client, role="data-steward")
    page = client.get(PATH).text
    assert all(event in page for event in sampled)
    assert "60 /min" in page
    assert "Ward 4A bed 7" in page
    assert "pat" not in re.findall(r"<dd[^>]*>([^<]*)</dd>", page)


def test_a_judgement_is_an_event_with_its_actor_and_leaves_the_queue(ward, sampled, client, hands) -> None:
    hands.sign_in(client, role="data-steward")
    answer = client.post(f"{PATH}/vitals", data=form(client, sampled[0]) | {"reason": "wrong-value"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"{PATH}#review-vitals")
    client.post(f"{PATH}/vitals", data=form(client, sampled[1]) | {"judgement": "right"})
    by = {"feed": "vitals", "role": "data-steward", "actor": "RS"}
    given = [dict(event.payload) for event in ward.log.read(ward.site) if event.kind == "review.given"]
    assert given == [
        {"event": sampled[0], "judgement": "wrong", "reason": "wrong-value"} | by,
        {"event": sampled[1], "judgement": "right"} | by,
    ]
    assert sampled[0] not in client.get(PATH).text
    contracts = client.get("/contracts").text
    assert "1 wrong, 1 right, 0 cannot tell" in contracts
    assert "50%" in contracts
    assert "9% to 91%" in contracts
    assert "too many" in contracts


def test_a_second_click_and_an_old_form_record_nothing(ward, sampled, client, hands) -> None:
    hands.sign_in(client, role="data-steward")
    first = form(client, sampled[0]) | {"judgement": "right"}
    assert client.post(f"{PATH}/vitals", data=first).status_code == 303
    again = client.post(f"{PATH}/vitals", data=first)
    assert again.status_code == HTTPStatus.CONFLICT
    assert "Somebody judged this event in the meantime" in again.text
    assert sum(event.kind == "review.given" for event in ward.log.read(ward.site)) == 1


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"reason": ""}, 422),
        ({"reason": "made-up"}, 422),
        ({"nonce": "x" * 32, "judgement": "right"}, 409),
        ({"event": "v" + "x" * 32, "judgement": "right"}, 404),
        ({"sample": "", "judgement": "right"}, 404),
    ],
)
def test_a_form_that_is_not_one_of_ours_records_nothing(ward, sampled, client, hands, change, status) -> None:
    hands.sign_in(client, role="data-steward")
    assert client.post(f"{PATH}/vitals", data=form(client, sampled[0]) | change).status_code == status
    assert not any(event.kind == "review.given" for event in ward.log.read(ward.site))


def test_who_may_not_judge_and_who_is_nobody(ward, sampled, client, hands) -> None:
    hands.sign_in(client, role="data-steward")
    fields = form(client, sampled[0]) | {"judgement": "right"}
    hands.sign_in(client, role="nurse")
    assert client.post(f"{PATH}/vitals", data=fields).status_code == 403
    client.post("/role/leave")
    answer = client.post(f"{PATH}/vitals", data=fields)
    assert answer.headers["location"] == f"/role?back={PATH}"
    assert client.post(f"{PATH}/vitals", data=fields, headers={"origin": "http://elsewhere"}).status_code == 403
    hands.sign_in(client, role="data-steward")
    assert client.post(f"{PATH}/nothing", data=fields).status_code == 404
    assert not any(event.kind == "review.given" for event in ward.log.read(ward.site))


def form(client: Any, event: str) -> dict[str, str]:
    """The hidden fields of an event's first form."""
    page = client.get(PATH).text
    part = page[page.index(f'id="sampled-{event}"') :]
    return dict(re.findall(r'type="hidden" name="(sample|event|nonce)" value="([^"]*)"', part)[:3])
