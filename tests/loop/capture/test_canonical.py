import pytest
from hypothesis import given
from hypothesis import strategies as st

from wardwise.errors import ImpossibleValue
from wardwise.loop.capture.canonical import canonical, decimal

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(), JSON, max_size=5))
def test_the_order_of_keys_does_not_change_the_bytes(payload: dict) -> None:
    backwards = dict(reversed(list(payload.items())))
    assert canonical(payload) == canonical(backwards)


def test_a_binary_fraction_has_no_place_in_a_payload() -> None:
    with pytest.raises(ImpossibleValue, match=r"binary fraction 0\.1"):
        canonical({"temperature": [{"value": 0.1}]})


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_decimal_reads_back_as_the_same_number(number: float) -> None:
    assert float(decimal(number)) == number
