"""Notifications of subscriptions: who may call, what is asked of the server then, and events that never came."""

import asyncio
import json
from typing import Any

import pytest

from wardwise.feeds.fhir.hook import Hook
from wardwise.feeds.fhir.limits import STANDARD
from wardwise.feeds.fhir.refusal import Refused

ASKED = b"Bearer secret"


class Desk:
    def __init__(self) -> None:
        self.hurried = 0
        self.said: list[str] = []
        self.hook = Hook("fhir", lambda: "secret\n", self.hurry, self.said.append)
        self.read = 0

    def hurry(self) -> None:
        self.hurried += 1

    def call(self, body: bytes, *, token: bytes | None = ASKED, method: str = "POST") -> int:
        parts = [body[start : start + 65_536] for start in range(0, len(body), 65_536)] or [b""]
        answers: list[Any] = []

        async def receive() -> dict[str, Any]:
            self.read += 1
            return {"type": "http.request", "body": parts.pop(0), "more_body": bool(parts)}

        async def send(message: Any) -> None:
            answers.append(message)

        headers = [(b"authorization", token)] if token is not None else []
        asyncio.run(self.hook({"type": "http", "method": method, "headers": headers}, receive, send))
        return int(answers[0]["status"])


def notice(sort: str, since: int, *numbers: int, subscription: str = "Subscription/1") -> bytes:
    events = [
        {"name": "notification-event", "part": [{"name": "event-number", "valueString": str(number)}]}
        for number in numbers
    ]
    parameters = [
        {"name": "subscription", "valueReference": {"reference": subscription}},
        {"name": "type", "valueCode": sort},
        {"name": "events-since-subscription-start", "valueString": str(since)},
        *events,
    ]
    entry = [{"resource": {"resourceType": "Parameters", "parameter": parameters}}]
    return json.dumps({"resourceType": "Bundle", "type": "history", "entry": entry}).encode()


@pytest.mark.parametrize("token", [None, b"", b"Bearer other", b"secret", b"Bearer secret2"])
def test_who_calls_is_asked_before_a_byte_is_read(token: bytes | None) -> None:
    desk = Desk()
    assert desk.call(notice("event-notification", 1, 1), token=token) == 401
    assert (desk.read, desk.hurried) == (0, 0)


def test_events_in_their_order_are_a_reason_to_ask_and_no_gap() -> None:
    desk = Desk()
    for body in (notice("handshake", 0), notice("event-notification", 1, 1), notice("event-notification", 3, 2, 3)):
        assert desk.call(body) == 200
    assert desk.call(notice("heartbeat", 3)) == 200
    assert (desk.hurried, desk.said) == (2, [])


GAPS = [
    ([("event-notification", 4, 4)], "events 2 to 3"),
    ([("event-notification", 3, 2)], "events 3 to 3"),
    ([("heartbeat", 5)], "events 2 to 5"),
]


@pytest.mark.parametrize(("told", "says"), GAPS, ids=[says for _, says in GAPS])
def test_events_that_never_came_are_said_and_asked_for(told: list[tuple[Any, ...]], says: str) -> None:
    desk = Desk()
    desk.call(notice("handshake", 0))
    desk.call(notice("event-notification", 1, 1))
    before = desk.hurried
    for each in told:
        desk.call(notice(*each))
    assert [says in said for said in desk.said] == [True]
    assert desk.hurried == before + 1


def test_what_comes_twice_or_late_is_no_gap_and_neither_is_a_new_start() -> None:
    desk = Desk()
    for body in (
        notice("event-notification", 7, 7),  # this process began in the middle
        notice("event-notification", 8, 8),
        notice("event-notification", 8, 8),
        notice("event-notification", 7, 7),
        notice("handshake", 0),
        notice("event-notification", 1, 1),
        notice("event-notification", 1, 1, subscription="Subscription/2"),
    ):
        assert desk.call(body) == 200
    assert desk.said == []
    desk.call(notice("event-notification", 3, 3))
    assert ["events 2 to 2" in said for said in desk.said] == [True]  # counted from the new start


def test_the_status_of_r4b_is_understood() -> None:
    desk = Desk()
    for number in ("1", "3"):
        status = {
            "resourceType": "SubscriptionStatus", "type": "event-notification", "eventsSinceSubscriptionStart": number,
            "subscription": {"reference": "Subscription/1"}, "notificationEvent": [{"eventNumber": number}],
        }  # fmt: skip
        desk.call(json.dumps({"resourceType": "Bundle", "entry": [{"resource": status}]}).encode())
    assert ["events 2 to 2" in said for said in desk.said] == [True]


BAD = [
    (b"", 400), (b"{", 400), (b"[]", 400), (b'{"resourceType": "Patient"}', 422),
    (b'{"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Parameters"}}]}', 422),
    (b"[" * 100_000, 400), (b"x" * (STANDARD.size + 1), 413),
]  # fmt: skip


@pytest.mark.parametrize(("body", "status"), BAD)
def test_what_is_no_notification_is_refused_and_asks_for_nothing(body: bytes, status: int) -> None:
    desk = Desk()
    assert desk.call(body) == status
    assert desk.call(b"", method="GET") == 405
    assert (desk.hurried, desk.said) == (0, [])


def test_nobody_may_call_while_its_own_token_is_not_a_secret() -> None:
    desk = Desk()
    why = "others may read hook: run `chmod 600` on it"

    def exposed() -> str:
        raise Refused(what="an answer", why=why, wait=None)

    desk.hook.token = exposed
    assert desk.call(notice("event-notification", 1, 1)) == 503
    assert (desk.read, desk.hurried, desk.said) == (0, 0, [f"feed fhir: nobody may call: {why}"])
