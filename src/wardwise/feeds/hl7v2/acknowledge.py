"""Acknowledgements, made from the header's bytes alone so that anything received can be answered."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum

from wardwise.feeds.hl7v2.errors import HL7Error
from wardwise.feeds.hl7v2.escapes import escape
from wardwise.feeds.hl7v2.separators import NEVER, USUAL, Separators, separators_of

LONGEST_ECHO = 250
LONGEST_HEADER = 20 * 1024
FIELDS = 20
CONTROLS = bytes(one for one in range(32) if one != 27)  # escape stays: it shifts character sets
ACKNOWLEDGEMENTS = frozenset({b"ACK", b"MCF"})
CONDITIONS = frozenset({b"", b"AL", b"NE", b"ER", b"SU"})  # HL7 table 0155


class Outcome(Enum):
    """Stored for good; not stored, try again; never to be accepted. The value is the second letter."""

    ACCEPTED = "A"
    TRY_AGAIN = "E"
    REFUSED = "R"


class Fault(Enum):
    """HL7 table 0357, the part that a receiver of raw messages needs."""

    SEGMENT_SEQUENCE = ("100", "Segment sequence error")
    REQUIRED_FIELD = ("101", "Required field missing")
    DATA_TYPE = ("102", "Data type error")
    MESSAGE_TYPE = ("200", "Unsupported message type")
    EVENT_CODE = ("201", "Unsupported event code")
    PROCESSING_ID = ("202", "Unsupported processing id")
    VERSION = ("203", "Unsupported version id")
    UNKNOWN_KEY = ("204", "Unknown key identifier")
    DUPLICATE_KEY = ("205", "Duplicate key identifier")
    INTERNAL = ("207", "Application internal error")


@dataclass(frozen=True, slots=True)
class Reply:
    """What to say; `text` is plain words for an interface engineer and never a patient's data."""

    outcome: Outcome
    fault: Fault | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class _Header:
    separators: Separators
    fields: tuple[bytes, ...]

    def field(self, number: int) -> bytes:
        """MSH-n as sent, cut to 250 bytes, without controls that would break the answer's frame."""
        if number >= len(self.fields):
            return b""
        return self.fields[number][:LONGEST_ECHO].translate(None, CONTROLS)


def acknowledge(received: bytes, reply: Reply, *, now: datetime, control_id: str) -> bytes | None:
    """The answer's bytes without frame, or None where the sender wants none.

    `control_id` names the answer itself (MSH-10). Original mode (MSH-15 and -16 empty) answers AA, AE or AR.
    Enhanced mode answers CA, CE or CR when MSH-15 asks for it; else, as original mode is MSH-15 NE with
    MSH-16 AL, an application answer when MSH-16 asks for it. Bytes without a header get a bare answer.
    """
    header = _header(received)
    code = _code(header, reply.outcome)
    if code is None:
        return None
    mark = header.separators.field.encode("ascii")
    text = _plain(reply.text, header.separators)
    segments = [
        _msh(header, now=now, control_id=control_id),
        mark.join([b"MSA", code, header.field(10), text]).rstrip(mark),
    ]
    if reply.fault is not None:
        segments.append(_err(header, reply.fault, text))
    return b"\r".join(segments) + b"\r"


def is_acknowledgement(received: bytes) -> bool:
    """Whether MSH-9 says that bytes, well framed or not, are an answer; answering it could go on for ever."""
    header = _header(received)
    kind = header.field(9).partition(header.separators.component.encode("ascii"))[0]
    return kind.strip() in ACKNOWLEDGEMENTS


def _header(received: bytes) -> _Header:
    content = received.strip(b"\r\n")
    try:
        separators = separators_of(content)
    except HL7Error:
        return _Header(USUAL, ())
    mark = separators.field.encode("ascii")
    end = content.find(b"\r") if b"\r" in content else content.find(b"\n")  # as a message's segments end
    line = content[: min(end, LONGEST_HEADER) if end >= 0 else LONGEST_HEADER]
    fields = line.split(mark, FIELDS)[:FIELDS]
    return _Header(separators, (fields[0], mark, *fields[1:]))


def _code(header: _Header, outcome: Outcome) -> bytes | None:
    accept, application = (_condition(header.field(number)) for number in (15, 16))
    if not (accept or application):
        return b"A" + outcome.value.encode("ascii")
    if _wants(accept, outcome):
        return b"C" + outcome.value.encode("ascii")
    if _wants(application, outcome):
        return b"A" + outcome.value.encode("ascii")
    return None


def _condition(sent: bytes) -> bytes:
    # What is no condition at all is read as "always": better one answer too many than a sender left waiting.
    sent = sent.strip()
    return sent if sent in CONDITIONS else b"AL"


def _wants(condition: bytes, outcome: Outcome) -> bool:
    if condition == b"AL":
        return True
    return condition == (b"SU" if outcome is Outcome.ACCEPTED else b"ER")


def _msh(header: _Header, *, now: datetime, control_id: str) -> bytes:
    marks = header.separators
    mark = marks.field.encode("ascii")
    declared = (marks.component, marks.repetition, marks.escape, marks.subcomponent, marks.truncation)
    written = now.astimezone(UTC).strftime("%Y%m%d%H%M%S.%f")[:-2] + "+0000"
    fields = [
        b"MSH",
        "".join(sign for sign in declared if sign != NEVER).encode("ascii"),
        *(header.field(number) for number in (5, 6, 3, 4)),
        written.encode("ascii"),
        b"",
        _type(header),
        _plain(control_id, marks),
        header.field(11) or b"P",
        header.field(12) or b"2.5",
        *(b"",) * 5,
        header.field(18),
    ]
    return mark.join(fields).rstrip(mark)


def _type(header: _Header) -> bytes:
    mark = header.separators.component.encode("ascii")
    sent = header.field(9).split(mark)
    trigger = sent[1] if len(sent) > 1 else b""
    if not trigger:
        return b"ACK"
    structure = [b"ACK"] if len(sent) > 2 else []
    return mark.join([b"ACK", trigger, *structure])


def _err(header: _Header, fault: Fault, text: bytes) -> bytes:
    marks = header.separators
    mark, component = marks.field.encode("ascii"), marks.component.encode("ascii")
    number, meaning = fault.value
    coded = [number.encode("ascii"), _plain(meaning, marks), b"HL70357"]
    if _is_old(header):
        inner = (marks.subcomponent if marks.subcomponent != NEVER else " ").encode("ascii")
        return mark.join([b"ERR", component.join([b"", b"", b"", inner.join(coded)])])
    fields = [b"ERR", b"", b"", component.join(coded), b"E", b"", b"", b"", text]
    return mark.join(fields).rstrip(mark)


def _is_old(header: _Header) -> bool:
    version = header.field(12).partition(header.separators.component.encode("ascii"))[0].strip()
    return version in {b"2.1", b"2.2", b"2.3", b"2.3.1", b"2.4"}


def _plain(text: str, separators: Separators) -> bytes:
    return escape(text[:LONGEST_ECHO], separators).encode("ascii", "replace")
