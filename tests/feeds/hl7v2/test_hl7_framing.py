"""Frames out of bytes, whatever the peer sends."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wardwise.feeds.hl7v2.framing import KEPT_OF_JUNK, Frame, Framer, Problem

ONE, TWO, THREE = (b"MSH|^~\\&|A|B|C|D|%d\rPID|1\r" % number for number in (1, 2, 3))
BOMB_SECONDS = 4.0  # the machines that run this differ; a quadratic framer takes minutes


def mllp(body: bytes) -> bytes:
    return b"\x0b" + body + b"\x1c\r"


def read(stream: bytes, limit: int = 1 << 20) -> list[tuple[bytes, Problem | None]]:
    framer = Framer(limit)
    return [(frame.body, frame.problem) for frame in framer.feed(stream) + framer.flush()]


HOSTILE = {
    "three pipelined in one write": (mllp(ONE) + mllp(TWO) + mllp(THREE), [(ONE, None), (TWO, None), (THREE, None)]),
    "line feed after the end": (mllp(ONE) + b"\n" + mllp(TWO), [(ONE, None), (TWO, None)]),
    "junk before the start": (b"log line" + mllp(ONE), [(b"log line", Problem.JUNK), (ONE, None)]),
    "NUL between frames": (mllp(ONE) + b"\0\0" + mllp(TWO), [(ONE, None), (TWO, None)]),
    "latin-1 body": (mllp(b"MSH|\xfc\r"), [(b"MSH|\xfc\r", None)]),
    "UTF-16 body": (mllp("MSH|ä\r".encode("utf-16-le")), [("MSH|ä\r".encode("utf-16-le"), None)]),
    "no MSH": (mllp(b"hello") + mllp(ONE), [(b"hello", None), (ONE, None)]),
    "empty frame": (mllp(b"") + mllp(ONE), [(b"", Problem.EMPTY), (ONE, None)]),
    "byte order mark": (mllp(b"\xef\xbb\xbf" + ONE), [(b"\xef\xbb\xbf" + ONE, None)]),
    "missing end": (b"\x0b" + ONE + mllp(TWO), [(ONE, Problem.TRUNCATED), (TWO, None)]),
    "missing end inside a segment": (
        b"\x0b" + ONE + b"PV1|x" + mllp(TWO),
        [(ONE + b"PV1|x", Problem.TRUNCATED), (TWO, None)],
    ),
    "missing end before a batch": (
        b"\x0b" + ONE + mllp(b"BHS|^~\\&\r"),
        [(ONE, Problem.TRUNCATED), (b"BHS|^~\\&\r", None)],
    ),
    "vertical tab in a note": (mllp(b"MSH|a\x0bb\r"), [(b"MSH|a\x0bb\r", None)]),
    "batch in a frame": (mllp(b"BHS|^~\\&\r" + ONE + TWO), [(b"BHS|^~\\&\r" + ONE + TWO, None)]),
    "other delimiters": (mllp(b"MSH#*~\\&#\r"), [(b"MSH#*~\\&#\r", None)]),
    "one megabyte of result": (mllp(ONE + b"x" * 1_000_000), [(ONE + b"x" * 1_000_000, None)]),
    "no control id": (mllp(b"MSH|^~\\&|A\r"), [(b"MSH|^~\\&|A\r", None)]),
    "no framing at all": (ONE, [(ONE.rstrip(), Problem.UNFRAMED)]),
    "end without start": (ONE + b"\x1c\r" + mllp(TWO), [(ONE.rstrip(), Problem.UNFRAMED), (TWO, None)]),
    "end without carriage return": (b"\x0b" + ONE + b"\x1c" + mllp(TWO), [(ONE, Problem.NO_FINAL_CR), (TWO, None)]),
    "connection cut inside": (b"\x0b" + ONE[:20], [(ONE[:20], Problem.TRUNCATED)]),
    "start sent twice": (b"\x0b" + mllp(ONE), [(ONE, None)]),
    "file separator inside": (mllp(ONE + b"a\x1cb"), [(ONE + b"a\x1cb", None)]),
    "a stray end": (b"\x1c\r" + mllp(ONE), [(ONE, None)]),
    "web browser": (b"GET / HTTP/1.1\r\n\r\n", [(b"GET / HTTP/1.1", Problem.JUNK)]),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_stream_gives_the_frames_it_should(case: str) -> None:
    stream, expected = HOSTILE[case]
    assert read(stream) == expected


@pytest.mark.parametrize("case", HOSTILE)
def test_one_byte_at_a_time_gives_the_same(case: str) -> None:
    stream = HOSTILE[case][0][:3000]
    framer = Framer(1 << 20)
    frames = [frame for byte in stream for frame in framer.feed(bytes([byte]))] + framer.flush()
    assert [(frame.body, frame.problem) for frame in frames] == read(stream)


def test_a_frame_at_the_limit_passes_and_one_byte_more_is_given_up_at_once() -> None:
    framer = Framer(10)
    assert framer.feed(mllp(b"0123456789")) == [Frame(b"0123456789", None, 10)]
    assert framer.feed(b"\x0b0123456789ABCD") == [Frame(b"0123456789", Problem.TOO_LARGE, 10)]
    assert framer.feed(b"x" * 100_000) == []
    assert framer.held < 20
    assert framer.feed(b"\x1c\r" + mllp(b"next")) == [Frame(b"next", None, 4)]
    assert framer.skipped > 100_000


def test_junk_is_counted_whole_and_kept_in_part() -> None:
    framer = Framer()
    assert framer.feed(b"j" * 200_000) == []
    (frame,) = framer.feed(b"\x0b")
    assert (frame.problem, len(frame.body), frame.size) == (Problem.JUNK, KEPT_OF_JUNK, 200_000)


def test_a_used_up_budget_gives_the_frame_up_and_the_connection_lives() -> None:
    framer = Framer()
    framer.feed(b"\x0bMSH|part")
    assert framer.overflow() == [Frame(b"MSH|part", Problem.TOO_LARGE, 8)]
    assert framer.held == 0
    assert framer.feed(b"rest\x1c\r" + mllp(ONE)) == [Frame(ONE, None, len(ONE))]


def test_after_a_flush_the_framer_begins_anew() -> None:
    framer = Framer()
    framer.feed(b"\x0bMSH|half")
    framer.flush()
    assert framer.idle
    assert framer.feed(mllp(ONE)) == [Frame(ONE, None, len(ONE))]


PIECES = st.sampled_from(
    [b"\x0b", b"\x1c", b"\r", b"\n", b"\0", b"M", b"S", b"H", b"MSH|", b"a", b"\x1c\r", b"\x0bMSH"]
)


@given(st.lists(PIECES, max_size=60).map(b"".join), st.lists(st.integers(1, 7), min_size=1), st.integers(1, 12))
def test_any_cutting_of_the_same_bytes_gives_the_same_frames(stream: bytes, cuts: list[int], limit: int) -> None:
    whole, piecewise = Framer(limit), Framer(limit)
    expected = whole.feed(stream) + whole.flush()
    found, at, turn = [], 0, 0
    while at < len(stream):
        size = cuts[turn % len(cuts)]
        found += piecewise.feed(stream[at : at + size])
        at, turn = at + size, turn + 1
    assert found + piecewise.flush() == expected
    assert (piecewise.padding, piecewise.skipped) == (whole.padding, whole.skipped)


@given(st.lists(st.binary(min_size=1, max_size=30).filter(lambda body: not set(body) & {11, 13, 10, 28}), max_size=8))
def test_well_framed_messages_come_out_as_they_went_in(bodies: list[bytes]) -> None:
    assert read(b"".join(mllp(body) for body in bodies)) == [(body, None) for body in bodies]


@pytest.mark.parametrize(
    "stream",
    [
        b"\x0b" + b"a\x0b" * 2_000_000,
        b"\x0b" + b"a\x1c" * 2_000_000,
        b"\x1c\r" * 2_000_000,
        b"\x0b" * 4_000_000,
        (b"\x0b" + ONE + b"\x1c") * 20_000,
        b"MSH" + b"\x1c" * 4_000_000,
        b"x" + b"\x1c\r" * 2_000_000,
    ],
    ids=["tabs", "separators", "ends", "starts", "no-final-cr", "unframed", "junk"],
)
def test_a_bomb_takes_time_linear_in_its_bytes(stream: bytes) -> None:
    begun = time.process_time()
    read(stream, limit=8 << 20)
    assert time.process_time() - begun < BOMB_SECONDS


def test_one_byte_chunks_of_a_long_frame_stay_linear() -> None:
    framer = Framer()
    begun = time.process_time()
    for byte in mllp(b"x" * 100_000):
        framer.feed(bytes([byte]))
    assert time.process_time() - begun < BOMB_SECONDS
