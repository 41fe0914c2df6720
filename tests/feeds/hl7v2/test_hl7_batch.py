"""Batches and files of several messages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wardwise.feeds.hl7v2.batch import Batch, excess, is_batch, split
from wardwise.feeds.hl7v2.limits import BatchLimits

ONE, TWO = b"MSH|^~\\&|A|||||||1\rPID|1\r", b"MSH|^~\\&|A|||||||2\rPID|2\r"


def test_the_envelopes_come_off() -> None:
    content = b"FHS|^~\\&|A\rBHS|^~\\&|A\r" + ONE + TWO + b"BTS|2\rFTS|1\r"
    envelope = b"FHS|^~\\&|A\rBHS|^~\\&|A\rBTS|2\rFTS|1"
    assert split(content) == Batch((ONE, TWO), declared=2, envelope=envelope)
    assert split(content).left == b""


def test_a_wrong_count_and_a_missing_end_are_flagged() -> None:
    assert split(b"BHS|^~\\&\r" + ONE + b"BTS|2\r").flags == ("count-differs",)
    assert split(b"BHS|^~\\&\r" + ONE).flags == ("no-end",)
    assert split(b"BHS|^~\\&\r" + ONE).left == b"BHS|^~\\&"


def test_a_vertical_tab_in_a_note_of_a_batch_frames_nothing() -> None:
    with_tab = ONE + b"NTE|1||a\x0bb\r"
    assert split(b"BHS|^~\\&\r" + with_tab + TWO + b"BTS|2\r").messages == (with_tab, TWO)


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n"])
def test_what_there_is_too_much_of_is_said_before_anything_is_split(end: bytes) -> None:
    content = (ONE * 3).replace(b"\r", end)
    assert excess(content, BatchLimits(messages=3, segments=6)) == ""
    assert excess(content, BatchLimits(messages=2)) == "3 messages, more than 2"
    assert excess(content, BatchLimits(segments=5)) == "6 segments, more than 5"


def test_a_plain_file_with_any_line_end_is_split() -> None:
    for end in (b"\r", b"\n", b"\r\n", b"\r\n\r\n"):
        assert split((ONE + TWO).replace(b"\r", end)).messages == (ONE, TWO)
    assert split(b"\xef\xbb\xbf" + ONE).messages == (ONE,)


def test_a_framed_file_is_unframed_first() -> None:
    assert split(b"\x0b" + ONE + b"\x1c\r\n\x0b" + TWO + b"\x1c\r") == Batch((ONE, TWO))
    assert split(b"\x0b" + ONE + b"\x0b" + TWO + b"\x1c\r") == Batch((ONE, TWO), flags=("frame-problem",))


def test_a_note_cannot_forge_a_message() -> None:
    note = ONE + b"NTE|1||text\nMSH|^~\\&|FORGED\r"
    assert split(note) == Batch((note,), flags=("header-inside-text",))


def test_what_belongs_to_no_message_is_kept_and_flagged() -> None:
    assert split(b"report of today\r" + ONE) == Batch((ONE,), stray=b"report of today", flags=("stray-segments",))
    assert split(b"") == Batch(())


def test_a_frame_says_whether_it_is_a_batch() -> None:
    assert is_batch(b"BHS|^~\\&\r" + ONE)
    assert is_batch(ONE + TWO)
    assert not is_batch(ONE)


@given(
    st.lists(
        st.sampled_from(
            [b"MSH|^~\\&|x", b"PID|1", b"BHS|^~\\&", b"BTS|1", b"FTS", b"", b"junk\nMSH|a", b"\x0b", b"\x1c"]
        )
    )
)
def test_no_segment_is_lost(lines: list[bytes]) -> None:
    batch = split(b"\r".join(lines))
    expected = sum(line.startswith((b"PID", b"junk")) for line in lines)
    found = b"".join(batch.messages) + batch.stray
    assert found.count(b"PID") + found.count(b"junk") == expected
