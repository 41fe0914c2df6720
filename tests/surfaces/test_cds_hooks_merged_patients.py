"""An EHR and the log may know one person by different ids: a merge makes either find the other's advice."""

import time

import pytest

from wardwise.loop.capture.event import About, Status

SERVICE = "/cds-services/deterioration"
INSTANCE = "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea"


@pytest.fixture
def advice(ward, hands) -> str:
    about = About(unit=ward.unit("4a"), encounter="e1", patient=hands.patient_token("123"))
    made = hands.card("NEWS2 7, rising", owner="charge-nurse")
    return hands.give(ward, made, flow="deterioration", about=about, state="high")


def test_the_surviving_id_finds_advice_given_under_the_merged_one(ward, client, hands, advice: str) -> None:
    _merge(ward, survivor=hands.patient_token("900"), merged=hands.patient_token("123"))
    assert _summaries(client, "900") == _summaries(client, "123") == ["NEWS2 7, rising"]


def test_the_merged_id_finds_advice_given_under_the_surviving_one(ward, client, hands, advice: str) -> None:
    _merge(ward, survivor=hands.patient_token("123"), merged=hands.patient_token("55"))
    assert _summaries(client, "55") == _summaries(client, "123") == ["NEWS2 7, rising"]


def test_a_cancelled_merge_shows_nobody_the_others_advice(ward, client, hands, advice: str) -> None:
    told = {"survivor": hands.patient_token("900"), "merged": hands.patient_token("123")}
    _merge(ward, **told)
    assert _summaries(client, "900")
    _merge(ward, **told, status=Status.CANCELLED)
    assert _summaries(client, "900", until=0) == []
    assert _summaries(client, "123") == ["NEWS2 7, rising"]


def _merge(ward, *, survivor: str, merged: str, **more: object) -> None:
    told = {"merged_patient": merged}
    ward.append(ward.draft("stay.merged", ward.clock.now(), told, about=About(patient=survivor), **more))


def _summaries(client, patient: str, until: int = 1) -> list[str]:
    """What the EHR is shown once there are `until` cards; the log is read once a second."""
    context = {"userId": "Practitioner/1", "patientId": patient}
    for _ in range(150):
        call = {"hook": "patient-view", "hookInstance": INSTANCE, "context": context}
        found = client.post(SERVICE, json=call).json()["cards"]
        if len(found) == until:
            return [card["summary"] for card in found if card["indicator"] != "info"]
        time.sleep(0.02)
    raise AssertionError(f"never {until} cards")
