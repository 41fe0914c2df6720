"""The HL7 v2 parsers and the law of each."""

from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from benches.fuzz.target import Run
from wardwise.feeds.hl7v2.address import Address
from wardwise.feeds.hl7v2.batch import excess, is_batch, split
from wardwise.feeds.hl7v2.charset import reading_of
from wardwise.feeds.hl7v2.errors import BadTimestamp, HL7Error
from wardwise.feeds.hl7v2.escapes import escape, unescape
from wardwise.feeds.hl7v2.framing import Frame, Framer
from wardwise.feeds.hl7v2.groups import groups
from wardwise.feeds.hl7v2.limits import STANDARD_BATCH
from wardwise.feeds.hl7v2.message import Message
from wardwise.feeds.hl7v2.reception import Reception, answer, try_again
from wardwise.feeds.hl7v2.routing import Routing
from wardwise.feeds.hl7v2.separators import USUAL
from wardwise.feeds.hl7v2.timestamps import read_day, read_timestamp
from wardwise.loop.capture.inbox import Receipt

AT = datetime(2026, 3, 1, 8, tzinfo=UTC)
SMALL = 64  # bytes: the frame limit, so that it is met
ADDRESSES = tuple(Address.parse(text) for text in ("MSH-10", "PID-3(2).4.1", "PID-5.1", "OBX(2)-5", "PV1-3", "MSH-1"))
ZONES = ("America/Chicago", "Europe/Berlin", "Pacific/Apia")


def message() -> Run:
    """Any bytes are a message that can be read at every address, or an HL7Error."""

    def run(data: bytes) -> None:
        try:
            read = Message.parse(data)
        except HL7Error:
            return
        assert read.body == data
        assert list(read.flags) == sorted(set(read.flags))
        for address in ADDRESSES:
            read.text(address)
            read.value(address)
            read.repetitions(address)
        for head in ("OBX", "PID"):
            for scope in groups(read, head):
                scope.text(ADDRESSES[1])

    return run


def framing() -> Run:
    """However a stream is cut, it gives the same frames."""

    def run(data: bytes) -> None:
        cuts, stream = [1 + byte % 16 for byte in data[:4]] or [1], data[4:]
        whole, piecewise = Framer(SMALL), Framer(SMALL)
        expected = whole.feed(stream) + whole.flush()
        assert [frame for part in _cut(stream, cuts) for frame in piecewise.feed(part)] + piecewise.flush() == expected
        assert (piecewise.padding, piecewise.skipped) == (whole.padding, whole.skipped)

    return run


def batch() -> Run:
    """Whatever stood in a batch is in a message, in the envelope or among what is left over."""

    def run(data: bytes) -> None:
        is_batch(data)
        excess(data, STANDARD_BATCH)
        found = split(data)
        kept = b"".join(found.messages) + found.stray + found.envelope
        assert kept.count(b"PID") >= data.count(b"PID") or b"\x0b" in data
        assert len(found.left) <= len(found.stray) + len(found.envelope) + 1

    return run


def escapes() -> Run:
    """Undoing never raises, and what was made safe comes back."""

    def run(data: bytes) -> None:
        text = data.decode("latin-1")
        unescape(text, USUAL, layers=2)
        safe = escape(text, USUAL)
        assert not set(safe) & {*"|^~&\r\n\x0b\x1c"}
        assert unescape(safe, USUAL) == text

    return run


def timestamps() -> Run:
    """A text is an instant or a BadTimestamp."""

    def run(data: bytes) -> None:
        text = data.decode("utf-8", "replace")
        for zone in ZONES:
            try:
                found = read_timestamp(text, zone, header=text[::-1])
            except BadTimestamp:
                continue
            assert found.at.tzinfo is UTC or found.at.utcoffset() == ZoneInfo("UTC").utcoffset(AT)
        try:
            read_day(text)
        except BadTimestamp:
            return

    return run


def charset() -> Run:
    """Every line has a text, whatever MSH-18 says."""

    def run(data: bytes) -> None:
        declared, _, line = data.partition(b"\0")
        text, flag = reading_of(declared, "utf-8").judged(line)
        assert bool(text) or not line or flag == ""

    return run


def door() -> Run:
    """Every frame of a stream is taken in and answered by a well-made answer, or by silence."""
    reception = Reception("demo", "fuzz", Routing(()))

    def run(data: bytes) -> None:
        framer = Framer()
        for frame in framer.feed(data) + framer.flush():
            _answered(reception, frame)

    return run


def _answered(reception: Reception, frame: Frame) -> None:
    for received in reception.receive(frame, AT):
        receipt = Receipt.REFUSED if received.arrival.refusal else Receipt.STORED
        again = try_again(received, at=AT, control_id="9")
        for said in (answer(received, receipt, at=AT, control_id="9"), again):
            assert not said or _is_frame(said)


def _is_frame(said: bytes) -> bool:
    return said.startswith(b"\x0bMSH") and said.endswith(b"\r\x1c\r") and not set(said[1:-2]) & {0x0B, 0x1C, 0x0A}


def _cut(stream: bytes, cuts: list[int]) -> Iterator[bytes]:
    at = turn = 0
    while at < len(stream):
        size = cuts[turn % len(cuts)]
        yield stream[at : at + size]
        at, turn = at + size, turn + 1
