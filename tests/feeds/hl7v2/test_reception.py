from datetime import UTC, datetime

import pytest

from wardwise.feeds.hl7v2.framing import Frame, Framer
from wardwise.feeds.hl7v2.reception import Reception, answer, try_again
from wardwise.feeds.hl7v2.routing import UNKNOWN, Routing
from wardwise.loop.capture.inbox import Receipt
from wardwise.sites.feed import Feed

AT = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
FEED = Feed.model_validate(
    {
        "name": "adt",
        "kind": "hl7v2",
        "sender": {"application": "EHR", "facility": "LGH"},
        "messages": ["ADT"],
        "mapping": "adt.yaml",
        "freshness": "stream",
        "owner": "o",
        "steward": "s",
    }
)
RECEPTION = Reception("demo", "mllp", Routing((FEED,)))


def message(control: str = "1", *, sender: str = "EHR|LGH", kind: str = "ADT^A01") -> bytes:
    return f"MSH|^~\\&|{sender}|||20260301||{kind}|{control}|P|2.5\rEVN|A01\rPID|1||77^^^LGH\r".encode()


def framed(*bodies: bytes) -> bytes:
    return b"".join(b"\x0b" + body + b"\x1c\r" for body in bodies)


def said(wire: bytes) -> list[bytes]:
    """What the door would answer to bytes on the wire, all of them storable."""
    framer = Framer()
    frames = framer.feed(wire) + framer.flush()
    received = [one for frame in frames for one in RECEPTION.receive(frame, AT)]
    receipts = [Receipt.REFUSED if one.arrival.refusal else Receipt.STORED for one in received]
    return [answer(one, receipt, at=AT, control_id="9") for one, receipt in zip(received, receipts, strict=True)]


def codes(wire: bytes) -> list[str]:
    return [reply.split(b"MSA|")[1][:2].decode() if reply else "" for reply in said(wire)]


@pytest.mark.parametrize(
    ("case", "wire", "expected"),
    [
        ("three messages in one write", framed(message("1"), message("2"), message("3")), ["AA", "AA", "AA"]),
        ("line feeds between frames", framed(message("1")) + b"\n" + framed(message("2")), ["AA", "AA"]),
        ("junk before a frame is kept and not answered", b"hello" + framed(message()), ["", "AA"]),
        ("NUL between frames", framed(message("1")) + b"\0" + framed(message("2")), ["AA", "AA"]),
        ("latin-1 without MSH-18", framed(message() + "ZZZ|Grün\r".encode("latin-1")), ["AA"]),
        ("UTF-16", framed(message().decode().encode("utf-16")), ["AR"]),
        ("no MSH", framed(b"PID|1||77\r"), ["AR"]),
        ("an empty frame", framed(b""), ["AR"]),
        ("a frame without its end", b"\x0b" + message("1") + framed(message("2")), ["AR", "AA"]),
        (
            "a batch of two",
            framed(b"FHS|^~\\&\rBHS|^~\\&\r" + message("1") + message("2") + b"BTS|2\rFTS|1\r"),
            ["AA", "AA"],
        ),
        ("no control id", framed(message("")), ["AR"]),
        ("other separators", framed(message().replace(b"|", b"#").replace(b"^~\\&", b"*~\\&")), None),
    ],
)
def test_every_hostile_frame_is_answered_as_it_should_be(case: str, wire: bytes, expected: list[str] | None) -> None:
    if expected is None:
        assert b"MSA#AA#1" in said(wire)[0]
    else:
        assert codes(wire) == expected, case


def test_an_answer_names_the_message_it_answers() -> None:
    assert b"MSA|AA|A-77" in said(framed(message("A-77")))[0]


def test_a_message_belongs_to_the_feed_of_its_sender_and_type() -> None:
    frame = Framer().feed(framed(message()))[0]
    assert RECEPTION.receive(frame, AT)[0].arrival.source == "adt"


@pytest.mark.parametrize("other", [{"sender": "OTHER|LGH"}, {"sender": "EHR|XYZ"}, {"kind": "ORU^R01"}])
def test_a_message_of_somebody_else_is_kept_as_from_an_unknown_sender(other: dict[str, str]) -> None:
    frame = Framer().feed(framed(message(**other)))[0]
    assert RECEPTION.receive(frame, AT)[0].arrival.source == UNKNOWN


def test_when_the_store_is_down_the_sender_is_told_to_try_again() -> None:
    received = RECEPTION.receive(Framer().feed(framed(message("5")))[0], AT)[0]
    assert b"MSA|AE|5" in try_again(received, at=AT, control_id="9")


def test_a_refusal_never_repeats_what_the_message_said() -> None:
    reply = said(framed(b"MSH|^~\\&|EHR|LGH|||20260301||ADT^A01||P|2.5\rPID|1||ZZPHI^^^LGH||ZZPHI^Smith\r"))[0]
    assert b"ZZPHI" not in reply


@pytest.mark.parametrize(("lists", "control_id"), [(["P"], ""), (["P", "T"], "1")])
def test_a_training_message_is_taken_where_its_feed_lists_it(lists: list[str], control_id: str) -> None:
    feed = Feed.model_validate({**FEED.model_dump(exclude_none=True), "processing": lists})
    reception = Reception("demo", "mllp", Routing((feed,)))
    (received,) = reception.receive(Framer().feed(framed(message().replace(b"|P|", b"|T^A|")))[0], AT)
    assert received.arrival.control_id == control_id
    assert bool(received.arrival.refusal) is not bool(control_id)


def test_a_file_that_is_imported_may_hold_more_messages_than_a_frame() -> None:
    many = Frame(b"".join(message(str(number)) for number in range(1_001)))
    assert [one.arrival.refusal for one in RECEPTION.receive(many, AT)] == [
        "a batch of 1001 messages, more than 1000; send it in parts"
    ]
    imported = Reception("demo", "import", RECEPTION.routing, batch=None)
    assert len(imported.receive(many, AT)) == 1_001
