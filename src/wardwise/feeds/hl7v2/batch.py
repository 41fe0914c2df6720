"""Several messages in one piece of bytes: batches (FHS, BHS ... BTS, FTS) and files, framed or not."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from wardwise.feeds.hl7v2.framing import VT, Framer, Problem
from wardwise.feeds.hl7v2.lines import split_lines

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
ENVELOPES = (b"FHS", b"BHS", b"BTS", b"FTS")
HIDDEN = re.compile(rb"\nMSH[^\w\s]")

COUNT_DIFFERS = "count-differs"
HIDDEN_HEADER = "header-inside-text"
STRAY = "stray-segments"
FRAME_PROBLEM = "frame-problem"
NO_END = "no-end"
BTS_COUNT = 10


@dataclass(frozen=True, slots=True)
class Batch:
    """Messages in order, segments ended by CR; `stray` is what belonged to none; flags say what is odd.

    `declared` is the number of messages that the BTS segments promised, None where they did not.
    """

    messages: tuple[bytes, ...]
    stray: bytes = b""
    declared: int | None = None
    flags: tuple[str, ...] = ()


def is_batch(body: bytes) -> bool:
    """Whether a frame's body holds an envelope or more than one message."""
    return body[:3] in ENVELOPES or b"\rMSH" in body or b"\nMSH" in body


def split(content: bytes) -> Batch:
    """Take the envelopes off; a framed file is unframed first.

    A header after a bare line feed, in bytes that end segments with CR, is text and begins no message:
    otherwise a note could forge one. It is flagged.
    """
    content = content.removeprefix(BYTE_ORDER_MARK)
    if VT not in content[:KEPT_AHEAD]:
        return _split([content], frozenset())
    framer = Framer(limit=max(len(content), 1))
    frames = framer.feed(content) + framer.flush()
    odd = any(frame.problem is not None for frame in frames)
    bodies = [frame.body for frame in frames if frame.problem is not Problem.JUNK]
    junk = b"\r".join(frame.body for frame in frames if frame.problem is Problem.JUNK)
    return _split(bodies, frozenset({FRAME_PROBLEM} if odd else ()), junk=junk)


KEPT_AHEAD = 1024  # framing begins at the start of a file or not at all


def _split(bodies: list[bytes], flags: frozenset[str], *, junk: bytes = b"") -> Batch:
    parts = [part for body in bodies for part in _parts(split_lines(body.strip(b"\r\n")))]
    messages = [b"\r".join(part) + b"\r" for part in parts if part[0][:3] == b"MSH"]
    trailers = [part[0] for part in parts if part[0][:3] == b"BTS"]
    headers = [part[0] for part in parts if part[0][:3] == b"BHS"]
    stray = [line for part in parts if part[0][:3] != b"MSH" for line in part if line[:3] not in ENVELOPES]
    counts = [_count(trailer) for trailer in trailers]
    declared = sum(count for count in counts if count is not None) if any(c is not None for c in counts) else None
    odd = {
        COUNT_DIFFERS: declared is not None and declared != len(messages),
        HIDDEN_HEADER: any(HIDDEN.search(message) for message in messages),
        STRAY: bool(stray or junk),
        NO_END: len(headers) != len(trailers),
    }
    found = sorted(flags | {name for name, holds in odd.items() if holds})
    return Batch(tuple(messages), b"\r".join([*([junk] if junk else ()), *stray]), declared, tuple(found))


def _parts(lines: list[bytes]) -> Iterator[list[bytes]]:
    part: list[bytes] = []
    for line in lines:
        name = line[:3]
        if part and (name == b"MSH" or name in ENVELOPES or part[0][:3] in ENVELOPES):
            yield part
            part = []
        if line:
            part.append(line)
    if part:
        yield part


def _count(trailer: bytes) -> int | None:
    count = trailer[4 : 4 + BTS_COUNT].partition(trailer[3:4] or b"|")[0]
    return int(count) if count.isdigit() else None
