"""Answers to anything received."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wardwise.feeds.hl7v2.acknowledge import Fault, Outcome, Reply, acknowledge
from wardwise.feeds.hl7v2.address import Address
from wardwise.feeds.hl7v2.message import Message

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
STORED = Reply(Outcome.ACCEPTED)
REFUSED = Reply(Outcome.REFUSED, Fault.PROCESSING_ID, "this listener takes P only")


def message(accept: bytes = b"", application: bytes = b"", version: bytes = b"2.5") -> bytes:
    head = b"MSH|^~\\&|LAB|NORTH|WARD|SOUTH|20260301||ADT^A01^ADT_A01|id-7|P|" + version
    return head + b"|||" + accept + b"|" + application + b"||8859/1\rPID|1||SECRET\r"


def answer(received: bytes, reply: Reply = STORED) -> bytes | None:
    return acknowledge(received, reply, now=NOW, control_id="K1")


def code(received: bytes, reply: Reply = STORED) -> str | None:
    found = answer(received, reply)
    return found and Message.parse(found).text(Address.parse("MSA-1"))


def test_the_answer_turns_the_header_round() -> None:
    assert answer(message()) == (
        b"MSH|^~\\&|WARD|SOUTH|LAB|NORTH|20260301120000.0000+0000||ACK^A01^ACK|K1|P|2.5||||||8859/1\rMSA|AA|id-7\r"
    )


@pytest.mark.parametrize(
    ("accept", "application", "good", "bad"),
    [
        (b"", b"", "AA", "AR"),
        (b"AL", b"", "CA", "CR"),
        (b"AL", b"AL", "CA", "CR"),
        (b"NE", b"NE", None, None),
        (b"NE", b"", None, None),
        (b"", b"NE", None, None),
        (b"ER", b"", None, "CR"),
        (b"SU", b"", "CA", None),
        (b"NE", b"AL", "AA", "AR"),
        (b"", b"ER", None, "AR"),
    ],
)
def test_the_mode_is_the_senders(accept: bytes, application: bytes, good: str | None, bad: str | None) -> None:
    assert code(message(accept, application)) == good
    assert code(message(accept, application), REFUSED) == bad


def test_try_again_is_neither_yes_nor_no() -> None:
    assert code(message(), Reply(Outcome.TRY_AGAIN, Fault.INTERNAL)) == "AE"


def test_a_fault_is_said_in_the_way_of_the_version() -> None:
    new, old = answer(message(), REFUSED), answer(message(version=b"2.3"), REFUSED)
    assert new is not None
    assert old is not None
    assert new.endswith(b"ERR|||202^Unsupported processing id^HL70357|E||||this listener takes P only\r")
    assert old.endswith(b"ERR|^^^202&Unsupported processing id&HL70357\r")
    assert b"SECRET" not in new + old


@pytest.mark.parametrize(
    "received", [b"", b"MSH", b"hello", b"\xff\xfeM\0S\0H\0", b"MSH|", b"\xef\xbb\xbfMSH|^~\\&|", b"\0" * 99]
)
def test_what_cannot_be_read_gets_a_bare_refusal(received: bytes) -> None:
    assert answer(received, Reply(Outcome.REFUSED, Fault.SEGMENT_SEQUENCE, "not HL7")) == (
        b"MSH|^~\\&|||||20260301120000.0000+0000||ACK|K1|P|2.5\rMSA|AR||not HL7\r"
        b"ERR|||100^Segment sequence error^HL70357|E||||not HL7\r"
    )


def test_own_delimiters_are_kept() -> None:
    found = answer(b"MSH#*~?@#A#B#C#D#1##ADT*A08#x1#P#2.5\r")
    assert found == b"MSH#*~?@#C#D#A#B#20260301120000.0000+0000##ACK*A08#K1#P#2.5\rMSA#AA#x1\r"


def test_bytes_that_are_not_ascii_are_echoed_untouched() -> None:
    found = answer(b"MSH|^~\\&|K\xfcche|||||||\xfc1|P|2.5\r")
    assert found is not None
    assert b"MSA|AA|\xfc1\r" in found


@given(
    st.binary(max_size=300) | st.binary(max_size=300).map(lambda more: b"MSH|^~\\&|" + more), st.sampled_from(Outcome)
)
def test_anything_gets_a_wellformed_answer_or_none(received: bytes, outcome: Outcome) -> None:
    found = answer(received, Reply(outcome, Fault.INTERNAL, "text | with ^ marks\r"))
    if found is not None:
        assert not set(found) & {0x0B, 0x1C, 0x0A}
        assert [line[:3] for line in found.split(b"\r")] == [b"MSH", b"MSA", b"ERR", b""]
        Message.parse(found)
