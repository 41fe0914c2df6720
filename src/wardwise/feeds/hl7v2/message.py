"""One HL7 v2 message: the bytes as received, read where asked."""

from collections.abc import Sequence
from typing import final

from wardwise.feeds.hl7v2.charset import Reading, reading_of
from wardwise.feeds.hl7v2.limits import STANDARD, Limits
from wardwise.feeds.hl7v2.lines import check_header, check_marks, check_size, split_lines
from wardwise.feeds.hl7v2.scope import Scope
from wardwise.feeds.hl7v2.separators import separators_of

SEVERAL = "several-messages"
ODD = "odd-segment"
HIDDEN = "header-inside-text"
_FORGED = b"\nMSH"  # where CR ends segments, a line feed and what follows it are text
CHARSET_FIELD = 17  # MSH-18, counted from the segment name


@final
class Message(Scope):
    """Never changes after `parse`; `body` is what came, and no byte of it is lost by reading."""

    __slots__ = ("body", "lines")

    body: bytes
    lines: tuple[bytes, ...]

    @classmethod
    def parse(cls, body: bytes, limits: Limits = STANDARD, *, default_charset: str = "utf-8") -> "Message":
        """Check the limits, then find the segments; raises HL7Error and nothing else.

        `default_charset` reads what MSH-18 leaves open; latin-1 reads what neither can, with a flag.
        """
        content = body.strip(b"\r\n")
        check_size(content, limits)
        separators = separators_of(content)
        lines = split_lines(content)
        check_header(lines[0], limits)
        mark = separators.field.encode("ascii")
        reading = _reading(lines[0], mark, default=default_charset)
        check_marks(content, limits, separators=separators, reading=reading)
        message = cls(index_by_name(lines, mark), {}, separators=separators, reading=reading)
        message.body = body
        message.lines = tuple(lines)
        return message

    @property
    def flags(self) -> tuple[str, ...]:
        """What had to be assumed to read it: charset, stray lines, a second header or one in a text; sorted."""
        if self._is_ordinary():
            return self.reading.flags
        found = set(self.reading.flags)
        if not self.body.isascii():
            found.update(self.reading.judged(line)[1] for line in self.lines)
        if len(self._index[b"MSH"]) > 1:
            found.add(SEVERAL)
        if any(len(name) != 3 or not name.isalnum() for name in self._index):
            found.add(ODD)
        if any(_FORGED in line for line in self.lines):
            found.add(HIDDEN)
        return tuple(sorted(found - {""}))

    def _is_ordinary(self) -> bool:
        """Whether nothing had to be assumed but what MSH-18 left open: the quick answer, for every message is asked."""
        names = b"".join(self._index)
        several = len(self._index[b"MSH"]) > 1 or _FORGED in self.body
        return not several and self.body.isascii() and names.isalnum() and set(map(len, self._index)) == {3}


def _reading(header: bytes, mark: bytes, *, default: str) -> Reading:
    fields = header.split(mark, CHARSET_FIELD + 1)
    return reading_of(fields[CHARSET_FIELD] if len(fields) > CHARSET_FIELD else b"", default)


def index_by_name(lines: Sequence[bytes], mark: bytes) -> dict[bytes, list[bytes]]:
    """Segments by the name before the first field separator; empty lines are left out."""
    index: dict[bytes, list[bytes]] = {}
    for line in lines:
        name = line[:3] if line[3:4] == mark else name_of(line, mark)
        known = index.get(name)
        if known is not None:
            known.append(line)
        elif line:
            index[name] = [line]
    return index


def name_of(line: bytes, mark: bytes) -> bytes:
    """What stands before the first field separator, whole, so that PIDX is not read as PID."""
    return line[:3] if line[3:4] == mark else line.partition(mark)[0]
