"""Addresses of values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wardwise.feeds.hl7v2.address import Address
from wardwise.feeds.hl7v2.errors import BadAddress


def test_every_part_is_read() -> None:
    assert Address.parse("PID(2)-3(4).5.6") == Address("PID", 3, 5, 6, repetition=4, occurrence=2)


def test_what_is_left_out_is_the_first_or_the_whole() -> None:
    assert Address.parse("OBX-5") == Address("OBX", 5, 0, 0, repetition=1, occurrence=1)


@pytest.mark.parametrize(
    "text", ["", "PID", "PID-0", "pid-3", "PID-3.", "PID-3.1.2.3", "PID3", "PID-3(0)", "PID-3 ", "PID-٣"]
)
def test_a_bad_address_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(BadAddress, match="PV1-3"):
        Address.parse(text)


NUMBERS = st.integers(1, 99)


@given(
    st.from_regex(r"[A-Z][A-Z0-9]{2}", fullmatch=True), NUMBERS, st.integers(0, 9), st.integers(0, 9), NUMBERS, NUMBERS
)
def test_an_address_written_is_read_back(
    segment: str, field: int, component: int, subcomponent: int, repetition: int, occurrence: int
) -> None:
    deepest = subcomponent if component else 0
    address = Address(segment, field, component, deepest, repetition=repetition, occurrence=occurrence)
    assert Address.parse(str(address)) == address
