"""What a message of a stream is to the inbox, whatever it holds."""

import pytest
from benches.kill.clients import arrival
from tests.feeds.stream.desk import EIGHT, feed

from wardwise.feeds.stream.broker import Message
from wardwise.feeds.stream.intake import Intake
from wardwise.loop.capture.inbox import Raw, Receipt
from wardwise.sites.feed import FeedKind
from wardwise.stores.memory.inbox import MemoryInbox

NO_NAME = arrival("").replace(b"||P|", b"||P|", 1)


def received(*bodies: bytes, kind: FeedKind = FeedKind.HL7V2, refusal: str = "") -> list[Raw]:
    """The receipts of messages at places 1, 2, ... of a stream."""
    messages = [Message(f"adt/0@{place}", body, refusal) for place, body in enumerate(bodies, 1)]
    return MemoryInbox().receive(Intake("demo", feed(kind), "kafka").arrivals(messages, EIGHT))


def test_a_message_is_known_by_msh_10_wherever_in_the_stream_it_stands() -> None:
    first, again, other = received(arrival("k1"), arrival("k1"), arrival("k1").replace(b"ZZPHI", b"ZZPHJ"))
    assert [each.receipt for each in (first, again, other)] == [Receipt.STORED, Receipt.DUPLICATE, Receipt.CONFLICT]
    assert {each.arrival.control_id for each in (first, again, other)} == {"k1"}
    assert {each.arrival.source for each in (first, again, other)} == {"adt"}


def test_without_msh_10_the_bytes_are_the_identity_and_nothing_is_refused() -> None:
    first, again, other = received(NO_NAME, NO_NAME, NO_NAME.replace(b"ZZPHI", b"ZZPHJ"))
    assert [each.receipt for each in (first, again, other)] == [Receipt.STORED, Receipt.DUPLICATE, Receipt.STORED]


def test_a_message_in_its_mllp_frame_is_the_message() -> None:
    framed, plain = received(b"\x0b" + arrival("k1") + b"\x1c\r", arrival("k1"))
    assert plain.receipt is Receipt.DUPLICATE
    assert framed.arrival.body == arrival("k1")


@pytest.mark.parametrize("between", [b"", b"\r\n", b"\x0b"])
def test_several_frames_in_one_message_are_each_a_message(between: bytes) -> None:
    first, second = (b"\x0b" + arrival(name) + b"\x1c\r" for name in ("k1", "k2"))
    found = received(first + between + second + b"\n")
    assert [each.arrival.body for each in found if not each.arrival.refusal] == [arrival("k1"), arrival("k2")]


@pytest.mark.parametrize("end", [b"", b"\x1c", b"\x1c\n"])
def test_a_frame_that_its_engine_did_not_end_is_the_message_all_the_same(end: bytes) -> None:
    [found] = received(b"\x0b" + arrival("k1") + end)
    assert (found.arrival.body.rstrip(b"\r"), found.receipt) == (arrival("k1").rstrip(b"\r"), Receipt.STORED)


def test_what_stands_between_frames_is_refused_and_kept() -> None:
    found = received(b"\x0b" + arrival("k1") + b"\x1c\rZZPHI\x0b" + arrival("k2") + b"\x1c\r")
    assert [each.arrival.control_id for each in found] == ["k1", "adt/0@1", "k2"]
    assert (found[1].receipt, found[1].arrival.body) == (Receipt.REFUSED, b"ZZPHI")


def test_a_batch_is_its_messages() -> None:
    assert [each.arrival.control_id for each in received(arrival("k1") + arrival("k2"))] == ["k1", "k2"]


def test_fhir_is_known_by_its_place_since_a_resource_may_go_back_to_what_it_was() -> None:
    body = b'{"resourceType":"Location","id":"4a"}'
    assert [each.receipt for each in received(body, body, kind=FeedKind.FHIR)] == [Receipt.STORED, Receipt.STORED]


@pytest.mark.parametrize(
    ("body", "kind", "why"),
    [
        (b"", FeedKind.HL7V2, "an empty message"),
        (b" \r\n", FeedKind.FHIR, "an empty message"),
        (b"ZZPHI is no HL7", FeedKind.HL7V2, "MSH"),
        (arrival("k1").replace(b"ADT^A04", b"ACK"), FeedKind.HL7V2, "an acknowledgement"),
        (arrival("k1").replace(b"|P|", b"|T|"), FeedKind.HL7V2, "none of production"),
        (b"x" * (16 * 1024 * 1024 + 1), FeedKind.HL7V2, "16,777,217 bytes, more than 16,777,216"),
        (b"x" * (8 * 1024 * 1024 + 1), FeedKind.FHIR, "8,388,609 bytes, more than 8,388,608"),
    ],
)
def test_what_can_never_be_taken_is_kept_under_its_place_with_the_reason(body: bytes, kind: FeedKind, why: str) -> None:
    (refused,) = received(body, kind=kind)
    assert refused.receipt is Receipt.REFUSED
    assert refused.arrival.control_id == "adt/0@1"
    assert refused.arrival.source == "adt"
    assert why in refused.arrival.refusal
    assert "ZZPHI" not in refused.arrival.refusal
    assert len(refused.arrival.body) <= 64 * 1024


def test_a_gap_of_the_broker_is_on_record() -> None:
    (gap,) = received(b"", refusal="3 messages were deleted by the broker before they were read: adt/0@5-7")
    assert gap.receipt is Receipt.REFUSED
    assert "deleted by the broker" in gap.arrival.refusal
