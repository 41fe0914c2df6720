"""The five (or six) marks a message declares in MSH-1 and MSH-2."""

from dataclasses import dataclass
from functools import lru_cache

from wardwise.feeds.hl7v2.errors import BadSeparators, NotHL7

BYTE_ORDER_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
NEVER = "\r"  # cannot stand inside a segment, so a mark that was not declared is never found
LONGEST_MSH_2 = 5
USUAL_HEADER = b"MSH|^~\\&|"


@dataclass(frozen=True, slots=True)
class Separators:
    """One character each; a mark that MSH-2 leaves out is NEVER, which no segment contains."""

    field: str = "|"
    component: str = "^"
    repetition: str = "~"
    escape: str = "\\"
    subcomponent: str = "&"
    truncation: str = NEVER


USUAL = Separators()


def separators_of(header: bytes) -> Separators:
    """The marks of bytes that begin with MSH; raises NotHL7 or BadSeparators."""
    if header.startswith(USUAL_HEADER):
        return USUAL
    if header[:3] != b"MSH":
        raise NotHL7(size=len(header), what=_why_not(header))
    mark = header[3:4]
    if not mark:
        raise NotHL7(size=len(header), what="nothing follows the segment name")
    head = header[4 : 5 + LONGEST_MSH_2]
    for stop in (mark, b"\r", b"\n"):
        head = head.partition(stop)[0]
    return _declared(mark, head)


def _why_not(header: bytes) -> str:
    if not header:
        return "there is nothing"
    if header.startswith(BYTE_ORDER_MARKS):
        return "they begin with a byte order mark"
    if b"\0" in header[:8]:
        return "they look like UTF-16"
    if header[:3] in {b"FHS", b"BHS"}:
        return "they are a batch, to be split first"
    return "they do not begin with MSH"


@lru_cache(maxsize=256)
def _declared(mark: bytes, head: bytes) -> Separators:
    if not head:
        raise BadSeparators(what="MSH-2 is empty")
    if len(head) > LONGEST_MSH_2:
        raise BadSeparators(what="MSH-2 is longer than five characters")
    marks = mark + head
    if not marks.isascii() or any(chr(one).isalnum() or not 0x20 < one < 0x7F for one in marks):
        raise BadSeparators(what="a mark is a letter, a digit, a blank or not ASCII")
    if len(set(marks)) != len(marks):
        raise BadSeparators(what="one mark has two meanings")
    return Separators(*marks.decode("ascii").ljust(6, NEVER))
