from datetime import UTC, datetime

import pytest

from wardwise.feeds.hl7v2.acknowledge import Outcome, Reply, acknowledge

AT = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


def code(accept: str, application: str, outcome: Outcome = Outcome.ACCEPTED) -> str:
    message = f"MSH|^~\\&|EHR|LGH|||20260301||ADT^A01|7|P|2.5|||{accept}|{application}\r".encode()
    answer = acknowledge(message, Reply(outcome), now=AT, control_id="9")
    return "" if answer is None else answer.split(b"MSA|")[1][:2].decode()


@pytest.mark.parametrize(
    ("accept", "application", "expected"),
    [
        ("", "", "AA"),
        ("AL", "NE", "CA"),
        ("NE", "AL", "AA"),
        ("ER", "AL", "AA"),
        ("SU", "", "CA"),
        ("555-44-4444", "AL", "CA"),
        ("NE", "NE", ""),
        ("ER", "", ""),
    ],
)
def test_a_stored_message_is_answered_as_its_sender_asked(accept: str, application: str, expected: str) -> None:
    assert code(accept, application) == expected


def test_a_refusal_is_told_to_whoever_wants_errors_only() -> None:
    assert code("ER", "NE", Outcome.REFUSED) == "CR"
    assert code("NE", "ER", Outcome.REFUSED) == "AR"
    assert code("SU", "NE", Outcome.REFUSED) == ""
