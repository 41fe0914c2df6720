import base64

from hypothesis import given
from hypothesis import strategies as st

from wardwise.hospital.base32 import SPELLED_BYTES, base32


@given(st.binary(min_size=SPELLED_BYTES, max_size=SPELLED_BYTES))
def test_it_spells_as_the_standard_library_does(data: bytes) -> None:
    assert base32(data) == base64.b32encode(data).decode().lower()
