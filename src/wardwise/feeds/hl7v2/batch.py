"""Several messages in one piece of bytes: batches (FHS, BHS ... BTS, FTS) and files, framed or not."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from wardwise.feeds.hl7v2.framing import VT, Framer, Problem
from wardwise.feeds.hl7v2.limits import BatchLimits
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
    `envelope` are the FHS, BHS, BTS and FTS segments as they came.
    """

    messages: tuple[bytes, ...]
    stray: bytes = b""
    declared: int | None = None
    flags: tuple[str, ...] = ()
    envelope: bytes = b""

    @property
    def left(self) -> bytes:
        """What people have to see besides the messages: everything else, where anything about it is odd."""
        parts = (self.envelope, self.stray) if set(self.flags) - {HIDDEN_HEADER} else (self.stray,)
        return b"\r".join(part for part in parts if part)


def is_batch(body: bytes) -> bool:
    """Whether a frame's body holds an envelope or more than one message."""
    if body[:3] in ENVELOPES:
        return True
    return body.find(b"MSH", 1) > 0 and (b"\rMSH" in body or b"\nMSH" in body)


def excess(body: bytes, limits: BatchLimits) -> str:
    """What there is more of than one frame may hold; counted before anything is split, empty if nothing."""
    end = b"\r" if b"\r" in body else b"\n"
    starts = body.count(end + b"MSH") + body.count(b"\r\nMSH") + body.startswith(b"MSH")
    if starts > limits.messages:
        return f"{starts} messages, more than {limits.messages}"
    ends = body.count(end)
    return f"{ends} segments, more than {limits.segments}" if ends > limits.segments else ""


def split(content: bytes) -> Batch:
    """Take the envelopes off; a framed file is unframed first.

    A header after a bare line feed, in bytes that end segments with CR, is text and begins no message:
    otherwise a note could forge one. It is flagged.
    """
    content = content.removeprefix(BYTE_ORDER_MARK)
    if VT not in content[:KEPT_AHEAD].partition(b"MSH")[0]:
        return _split([content], frozenset())
    framer = Framer(limit=max(len(content), 1))
    frames = framer.feed(content) + framer.flush()
    odd = any(frame.problem is not None for frame in frames)
    bodies = [frame.body for frame in frames if frame.problem is not Problem.JUNK]
    junk = b"\r".join(frame.body for frame in frames if frame.problem is Problem.JUNK)
    return _split(bodies, frozenset({FRAME_PROBLEM} if odd else ()), junk=junk)


KEPT_AHEAD = 1024  # framing begins before the first message or not at all: a VT after it stands in a field


def _split(bodies: list[bytes], flags: frozenset[str], *, junk: bytes = b"") -> Batch:
    parts = [part for body in bodies for part in _parts(split_lines(body.strip(b"\r\n")))]
    messages = [b"\r".join(part) + b"\r" for part in parts if part[0][:3] == b"MSH"]
    others = [line for part in parts if part[0][:3] != b"MSH" for line in part]
    envelope = [line for line in others if line[:3] in ENVELOPES]
    stray = [line for line in others if line[:3] not in ENVELOPES]
    counts = [_count(line) for line in envelope if line[:3] == b"BTS"]
    headers = sum(line[:3] == b"BHS" for line in envelope)
    declared = sum(count for count in counts if count is not None) if any(c is not None for c in counts) else None
    odd = {
        COUNT_DIFFERS: declared is not None and declared != len(messages),
        HIDDEN_HEADER: any(HIDDEN.search(message) for message in messages),
        STRAY: bool(stray or junk),
        NO_END: headers != len(counts),
    }
    found = tuple(sorted(flags | {name for name, holds in odd.items() if holds}))
    left = b"\r".join([*([junk] if junk else ()), *stray])
    return Batch(tuple(messages), left, declared, found, b"\r".join(envelope))


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
