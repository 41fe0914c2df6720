"""Message bytes into segment bytes, and the counting that comes before."""

from itertools import chain

from wardwise.feeds.hl7v2.charset import Reading
from wardwise.feeds.hl7v2.errors import OverLimit
from wardwise.feeds.hl7v2.limits import Limits
from wardwise.feeds.hl7v2.separators import Separators


def split_lines(content: bytes) -> list[bytes]:
    """Segments end with CR or CRLF; LF ends one only where the content has no CR at all."""
    if b"\r" not in content:
        return content.split(b"\n")
    if b"\r\n" in content:
        content = content.replace(b"\r\n", b"\r")
    return content.split(b"\r")


def check_size(content: bytes, limits: Limits) -> None:
    """Refuse by length and by number of line ends."""
    if len(content) > limits.frame:
        _refuse(len(content), limits.frame, what="bytes", where="whole message")
    ends = content.count(b"\r") or content.count(b"\n")
    if ends >= limits.segments:
        _refuse(ends + 1, limits.segments, what="segments", where="whole message")


def check_header(line: bytes, limits: Limits) -> None:
    """Refuse by length of the MSH."""
    if len(line) > limits.header:
        _refuse(len(line), limits.header, what="bytes", where="MSH")


def check_marks(content: bytes, limits: Limits, *, separators: Separators, reading: Reading) -> None:
    """Refuse by number of marks; looks closer only where the whole message has more than one part may."""
    fields = content.count(ord(separators.field))
    repetitions = content.count(ord(separators.repetition))
    components = content.count(ord(separators.component))
    total = fields + repetitions + components
    if total > limits.separators:
        _refuse(total, limits.separators, what="separators", where="whole message")
    if len(content) > limits.escapes:
        escapes = content.count(ord(separators.escape))
        _refuse(escapes, limits.escapes, what="escape marks", where="whole message")
    if fields > limits.fields or repetitions >= limits.repetitions or components >= limits.components:
        for number, line in enumerate(split_lines(content), 1):
            _check_segment(reading.text(line), limits, separators=separators, number=number)


def _check_segment(line: str, limits: Limits, *, separators: Separators, number: int) -> None:
    where = f"segment {number}"
    _refuse(line.count(separators.field), limits.fields, what="fields", where=where)
    repeats = line.count(separators.repetition) >= limits.repetitions
    divides = line.count(separators.component) >= limits.components
    if not (repeats or divides):
        return
    cells = line.split(separators.field)
    for cell in cells:
        _refuse(cell.count(separators.repetition) + 1, limits.repetitions, what="repetitions", where=where)
    if divides:
        for one in chain.from_iterable(cell.split(separators.repetition) for cell in cells):
            _refuse(one.count(separators.component) + 1, limits.components, what="components", where=where)


def _refuse(count: int, limit: int, *, what: str, where: str) -> None:
    if count > limit:
        raise OverLimit(what=what, count=count, limit=limit, where=where)
