"""MLLP: bytes in any chunks to frames, in time linear in the bytes and without a socket."""

import re
from dataclasses import dataclass, replace
from enum import Enum

from wardwise.feeds.hl7v2.limits import STANDARD

VT, FS, CR = b"\x0b", b"\x1c", b"\r"
KEPT_OF_JUNK = 64 * 1024
KEPT_OF_OVERFLOW = 64 * 1024
PADDING = b"\0\r\n \x1c"
LEADING_PADDING = re.compile(rb"[\0\r\n \x1c]*")


class Problem(Enum):
    """Why a frame is not simply a message."""

    JUNK = "junk"
    UNFRAMED = "unframed"
    EMPTY = "empty"
    TRUNCATED = "truncated"
    TOO_LARGE = "too-large"
    NO_FINAL_CR = "no-final-cr"


@dataclass(frozen=True, slots=True)
class Frame:
    """What stood between two marks; `size` counts what came, also where `body` keeps only its beginning.

    The size of a frame that is too large is what was read before it was given up; `body` is at most the
    first 64 KiB of that where a door had no memory left for it.
    """

    body: bytes
    problem: Problem | None = None
    size: int = 0


@dataclass(frozen=True, slots=True)
class _Mark:
    """A byte pattern that ends a frame: how much of it belongs to the body, to nothing, and what it means."""

    pattern: bytes
    kept: int
    used: int
    problem: Problem | None


MARKS = (
    _Mark(FS + CR, 0, 2, None),
    _Mark(FS + b"\n", 0, 2, Problem.NO_FINAL_CR),
    _Mark(FS + VT, 0, 1, Problem.NO_FINAL_CR),
    _Mark(CR + VT, 1, 1, Problem.TRUNCATED),
    _Mark(b"\n" + VT, 1, 1, Problem.TRUNCATED),
    _Mark(VT + b"MSH", 0, 0, Problem.TRUNCATED),
)
OPEN, CLOSE = VT, FS + CR
LONGEST = max(len(mark.pattern) for mark in MARKS)


class _Buffer:
    """Received bytes in which each pattern is looked for once per byte, however they were cut up."""

    __slots__ = ("_hits", "_searched", "data")

    def __init__(self) -> None:
        self.data = bytearray()
        self._hits: dict[bytes, int] = {}
        self._searched: dict[bytes, int] = {}

    def find(self, pattern: bytes, start: int) -> int:
        """The first place of a pattern at or after `start`, -1 if there is none yet."""
        hit = self._hits.get(pattern, -1)
        if hit >= start:
            return hit
        begin = max(start, self._searched.get(pattern, 0))
        hit = self._hits[pattern] = self.data.find(pattern, begin)
        self._searched[pattern] = hit + 1 if hit >= 0 else max(begin, len(self.data) - len(pattern) + 1)
        return hit

    def drop(self, count: int) -> None:
        """Forget the first `count` bytes; places move down with them."""
        if count:
            del self.data[:count]
            self._hits = {pattern: hit - count for pattern, hit in self._hits.items()}
            self._searched = {pattern: max(0, end - count) for pattern, end in self._searched.items()}

    def first_mark(self, start: int) -> tuple[int, _Mark] | None:
        """The nearest pattern that ends a frame; each holds VT or FS, and most bodies neither."""
        nearest = [hit for hit in (self.find(VT, start), self.find(FS, start)) if hit >= 0]
        if not nearest:
            return None
        start = max(start, min(nearest) - 1)
        places = ((self.find(mark.pattern, start), mark) for mark in MARKS)
        return min((found for found in places if found[0] >= 0), key=lambda found: found[0], default=None)

    def begun_mark(self) -> int:
        """How many bytes at the end may be the beginning of a pattern that ends a frame."""
        ends = (bytes(self.data[-length:]) for length in range(LONGEST - 1, 0, -1))
        begun = (len(end) for end in ends if any(mark.pattern.startswith(end) for mark in MARKS))
        return next(begun, 0)


class _Where(Enum):
    OUTSIDE = 0
    INSIDE = 1
    SKIPPING = 2


class Framer:
    """One connection's bytes in, frames out; the same bytes give the same frames however they are cut.

    A frame over `limit` bytes is given out at once as too large, with its first `limit` bytes, and the
    rest of it is passed over unkept. Bytes between frames come out as a junk or unframed frame of at
    most 64 KiB; NUL, blanks and line ends there are only counted.
    """

    def __init__(self, limit: int = STANDARD.frame) -> None:
        """`limit` in bytes of one frame's body."""
        self.limit = limit
        self.padding = 0
        self.skipped = 0
        self.begun = 0  # frames begun so far, for a door that times each of them
        self._buffer = _Buffer()
        self._at = 0
        self._where = _Where.OUTSIDE
        self._junk = bytearray()
        self._junk_size = 0
        self._out: list[Frame] = []

    @property
    def held(self) -> int:
        """Bytes kept in memory now; a door adds them up over its connections."""
        return len(self._buffer.data) + len(self._junk)

    @property
    def unfinished(self) -> int:
        """Bytes of the frame under way, 0 when there is none or it was given up."""
        return len(self._buffer.data) if self._where is _Where.INSIDE else 0

    @property
    def idle(self) -> bool:
        """Whether no frame is under way and nothing waits to be told apart."""
        return self._where is _Where.OUTSIDE and not self.held

    def feed(self, data: bytes) -> list[Frame]:
        """Take the next bytes and give every frame they complete, in order."""
        self._buffer.data += data
        steps = {
            _Where.OUTSIDE: self._outside,
            _Where.INSIDE: self._inside,
            _Where.SKIPPING: self._skipping,
        }
        while steps[self._where]():
            pass
        return self._given()

    def flush(self) -> list[Frame]:
        """Give what is left when the connection ends or has been silent too long; then begin anew."""
        rest = len(self._buffer.data)
        if self._where is _Where.OUTSIDE:
            self._absorb(rest)
            self._give_junk()
        elif self._where is _Where.INSIDE:
            ended = self._buffer.data.endswith(FS, self._at)
            problem = Problem.NO_FINAL_CR if ended else Problem.TRUNCATED
            self._give(rest - ended, problem)
        self._at, self._where = rest, _Where.OUTSIDE
        return self._given()

    def overflow(self) -> list[Frame]:
        """Give the frame under way as too large now, for a door whose budget over all connections is used up."""
        if self._where is _Where.INSIDE:
            size = len(self._buffer.data)
            beginning = self._frame(min(size, KEPT_OF_OVERFLOW), Problem.TOO_LARGE)
            self._out.append(replace(beginning, size=size))
            self._at, self._where = size - self._buffer.begun_mark(), _Where.SKIPPING
        return self._given()

    def _given(self) -> list[Frame]:
        self._buffer.drop(self._at)
        self._at = 0
        out, self._out = self._out, []
        return out

    def _outside(self) -> bool:
        data = self._buffer.data
        self._pass_padding()
        opened = self._buffer.find(OPEN, self._at)
        closed = self._buffer.find(CLOSE, self._at) if self._is_unframed() else -1
        if closed >= 0 and (opened < 0 or closed < opened):
            self._absorb(closed)
            self._give_junk()
            self._at = closed + len(CLOSE)
            return True
        if opened < 0:
            self._absorb(len(data) - data.endswith(FS, self._at))
            return False
        self._absorb(opened)
        self._give_junk()
        self._at, self._where = opened + 1, _Where.INSIDE
        self.begun += 1
        return True

    def _inside(self) -> bool:
        found = self._buffer.first_mark(self._at)
        full = self._at + self.limit
        if found is not None and found[0] + found[1].kept <= full:
            place, mark = found
            self._give(place + mark.kept, mark.problem)
            self._at, self._where = place + mark.used, _Where.OUTSIDE
            return True
        if found is None and len(self._buffer.data) < full + LONGEST:
            return False
        self._out.append(self._frame(full, Problem.TOO_LARGE))
        self._at, self._where = full, _Where.SKIPPING
        return True

    def _skipping(self) -> bool:
        found = self._buffer.first_mark(self._at)
        if found is None:
            end = max(self._at, len(self._buffer.data) - LONGEST + 1)
        else:
            end = found[0] + found[1].used
            self._where = _Where.OUTSIDE
        self.skipped += end - self._at
        self._at = end
        return found is not None

    def _frame(self, end: int, problem: Problem | None) -> Frame:
        with memoryview(self._buffer.data) as held:  # so that a large body is copied once
            body = bytes(held[self._at : end]).lstrip(VT)
        return Frame(body, problem, end - self._at)

    def _give(self, end: int, problem: Problem | None) -> None:
        frame = self._frame(end, problem)
        if frame.body:
            self._out.append(frame)
        elif problem is not Problem.TRUNCATED:  # VT VT is one beginning, not an empty message
            self._out.append(Frame(b"", Problem.EMPTY, frame.size))

    def _pass_padding(self) -> None:
        found = None if self._junk else LEADING_PADDING.match(self._buffer.data, self._at)
        if found is not None:
            self.padding += found.end() - self._at
            self._at = found.end()

    def _is_unframed(self) -> bool:
        ahead = self._buffer.data[self._at : self._at + 3]
        return (self._junk[:3] + ahead).startswith(b"MSH")

    def _absorb(self, end: int) -> None:
        room = KEPT_OF_JUNK - len(self._junk)
        if end > self._at:
            self._junk += self._buffer.data[self._at : min(end, self._at + room)]
            self._junk_size += end - self._at
            self._at = end

    def _give_junk(self) -> None:
        if self._junk:
            body = bytes(self._junk).rstrip(PADDING)
            problem = Problem.UNFRAMED if body.startswith(b"MSH") else Problem.JUNK
            self._out.append(Frame(body, problem, self._junk_size))
            self._junk, self._junk_size = bytearray(), 0
