"""Escape sequences."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wardwise.feeds.hl7v2.escapes import escape, unescape
from wardwise.feeds.hl7v2.separators import Separators

USUAL = Separators()
OTHER = [USUAL, Separators("#", "*", "!", "?", "@"), Separators("|", "^", "~", ".", "+", "-"), Separators(escape="\r")]


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        (r"\F\\S\\T\\R\\E" + "\\", "|^&~\\"),
        (r"a\.br\b", "a\nb"),
        (r"a\.sp2\b", "a\n\nb"),
        (r"\H\bold\N\ ", "bold "),
        (r"\X48656C6C6F" + "\\", "Hello"),
        (r"\X0D\\X0A" + "\\", "\r\n"),
        (r"\X00d\x000A" + "\\", "\rx000A\\"),
        (r"\x09" + "\\", "\t"),
        (r"\XC3BC\\XFC" + "\\", "üü"),
        (r"\Z12\ ", r"\Z12\ "),
        (r"BSV 4\5 re.", r"BSV 4\5 re."),
        (r"4\5\F" + "\\", r"4\5|"),
        (r"\unknown\F" + "\\", r"\unknown|"),
        (r"ends with \E" + "\\", "ends with \\"),
        (r"\E\R" + "\\", "\\R\\"),
        ("\\", "\\"),
        (r"\\", r"\\"),
    ],
)
def test_an_escape_means_what_the_standard_says_or_stays(sent: str, meant: str) -> None:
    assert unescape(sent, USUAL) == meant


def test_an_engine_that_escapes_twice_is_undone_twice_when_so_declared() -> None:
    sent = r"a\E\X09\E\b"
    assert unescape(sent, USUAL) == "a\\X09\\b"
    assert unescape(sent, USUAL, layers=2) == "a\tb"


def test_a_formatting_command_cannot_fill_the_memory() -> None:
    assert len(unescape(r"\.sp999999" + "\\", USUAL)) == 50


@given(st.text())
def test_nothing_raises(text: str) -> None:
    unescape(text, USUAL)


@given(st.text("\\FSTREX0aA.brspHNZ+-9\r\n|^~&é"), st.sampled_from(OTHER[:3]))
def test_escaped_text_is_read_back(text: str, separators: Separators) -> None:
    escaped = escape(text, separators)
    assert unescape(escaped, separators) == text
    assert not set(escaped) & {separators.field, separators.component, separators.repetition, "\r", "\n", "\x0b"}


def test_without_an_escape_mark_text_cannot_break_the_frame() -> None:
    assert escape("a\rb\x1c", OTHER[3]) == "a b "


@pytest.mark.parametrize("bomb", ["\\" * 300_000, "\\X41" * 100_000, "\\X" + "4" * 300_000, "\\.sp" * 80_000])
def test_bad_escapes_take_linear_time(bomb: str) -> None:
    begun = time.process_time()
    unescape(bomb, USUAL)
    assert time.process_time() - begun < 1
