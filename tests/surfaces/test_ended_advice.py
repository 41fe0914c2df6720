"""Advice that has ended is gone from the board, the API and the EHR at once, and cannot be answered any more."""

from http import HTTPStatus

import pytest

from wardwise.loop.capture.event import About

CALL = {
    "hook": "patient-view",
    "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
    "context": {"userId": "Practitioner/1", "patientId": "123"},
}
SERVICE = "/cds-services/deterioration"


@pytest.fixture
def advice(ward, hands) -> str:
    about = About(unit=ward.unit("4a"), bed=f"{ward.unit('4a')}/12", encounter="e1", patient=hands.patient_token("123"))
    card = hands.card("Bed 4a-12: NEWS2 7", owner="charge-nurse", may_override=["charge-nurse"])
    return hands.give(ward, card, flow="deterioration", about=about, state="high")


def end(ward, advice: str) -> None:
    payload = {"workflow": "deterioration", "entity": "e1", "advice": advice, "by": "moved", "says": "Moved to 4b/13."}
    ward.append(ward.draft("advice.ended", ward.clock.now(), payload, caused_by=(advice,)))


def listed(client) -> list[str]:
    return [each["id"] for each in client.get("/api/advice/open").json()["advice"]]


def shown(client) -> list[bool]:
    board = "Bed 4a-12: NEWS2 7" in client.get("/").text
    return [board, bool(client.post(SERVICE, json=CALL).json()["cards"]), bool(listed(client))]


def test_it_leaves_board_ehr_and_api_together(ward, client, hands, advice: str) -> None:
    listed(client)  # looks at the log anew
    assert shown(client) == [True, True, True]
    end(ward, advice)
    assert listed(client) == []
    assert shown(client) == [False, False, False]


def test_an_answer_given_too_late_is_told_why_the_advice_ended(ward, client, hands, advice: str) -> None:
    hands.sign_in(client, role="charge-nurse")
    listed(client)
    form = hands.form_of(client.get("/").text, advice, "accepted")
    end(ward, advice)
    answer = client.post(f"/advice/{advice}/response", data=form)
    assert answer.status_code == HTTPStatus.CONFLICT
    assert "Moved to 4b/13." in answer.text
    assert ward.answers() == []


def test_the_chain_says_why_it_ended_and_governance_counts_it_apart_from_ignored(
    ward, client, hands, advice: str
) -> None:
    end(ward, advice)
    listed(client)
    client.get("/")
    chain = client.get(f"/advice/{advice}").text
    assert "Ended before an answer" in chain
    assert "Moved to 4b/13." in chain
    answers = client.get("/governance").text.partition('id="answers-title"')[2]
    assert "Ended before an answer" in answers
    assert "No answer in time" not in answers
