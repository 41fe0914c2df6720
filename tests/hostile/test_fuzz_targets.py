"""What `make fuzz` runs, without its fuzzer: seeds, what once broke a parser, and that a fault would be found."""

import time
from pathlib import Path

import pytest
from benches.fuzz.target import TooSlow, judged
from benches.fuzz.targets import TARGETS
from hypothesis import given, settings
from hypothesis import strategies as st

CRASHERS = Path(__file__).parent / "crashers"
BROKE_ONCE = sorted(path for path in CRASHERS.glob("*/*") if path.is_file())
MADE = {name: target.make() for name, target in TARGETS.items()}


@pytest.mark.parametrize("name", TARGETS)
def test_a_parser_takes_its_seeds_whole_and_cut_anywhere(name: str) -> None:
    for seed in TARGETS[name].seeds:
        for end in {0, 1, len(seed), *range(2, len(seed), 1 + len(seed) // 40)}:
            MADE[name](seed[:end])


def test_what_once_broke_a_parser_breaks_it_no_more() -> None:
    for path in BROKE_ONCE:
        judged(MADE[path.parent.name])(path.read_bytes())


@pytest.mark.parametrize("name", TARGETS)
def test_a_parser_takes_any_bytes(name: str) -> None:
    words = [*TARGETS[name].words, *TARGETS[name].seeds]

    @settings(max_examples=30, deadline=None)
    @given(st.lists(st.sampled_from(words) | st.binary(max_size=12), max_size=12).map(b"".join))
    def take(data: bytes) -> None:
        MADE[name](data)

    take()


def test_an_input_that_takes_too_long_each_time_is_a_fault_and_a_busy_machine_is_none() -> None:
    spent = []

    def slow_once(data: bytes) -> None:
        spent.append(data)
        end = time.process_time() + (0.12 if data == b"bomb" or len(spent) == 1 else 0)
        while time.process_time() < end:
            pass

    judged(slow_once)(b"late")
    with pytest.raises(TooSlow):
        judged(slow_once)(b"bomb")


def test_the_laws_notice_a_parser_that_breaks_them(monkeypatch: pytest.MonkeyPatch) -> None:
    MADE["hl7-escapes"](b"Text")
    monkeypatch.setattr("benches.fuzz.hl7v2.unescape", lambda text, *_, **__: text.lower())
    with pytest.raises(AssertionError):
        MADE["hl7-escapes"](b"Text")
