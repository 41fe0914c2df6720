import base64

from hypothesis import given
from hypothesis import strategies as st

from wardwise.hospital.base32 import base32


@given(st.integers(0, 8).flatmap(lambda fives: st.binary(min_size=5 * fives, max_size=5 * fives)))
def test_it_spells_as_the_standard_library_does(data: bytes) -> None:
    assert base32(data) == base64.b32encode(data).decode().lower()
