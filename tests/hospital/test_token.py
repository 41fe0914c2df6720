from hypothesis import given
from hypothesis import strategies as st

from wardwise.hospital.token import tokenise


@given(st.binary(min_size=16, max_size=32), st.text(max_size=20), st.text(max_size=20))
def test_a_token_is_the_same_every_time_and_says_nothing(key: bytes, authority: str, identifier: str) -> None:
    token = tokenise(key, authority, identifier)
    assert token == tokenise(key, authority, identifier)
    assert len(token) == 20
    assert set(token) <= set("abcdefghijklmnopqrstuvwxyz234567")


def test_another_site_key_gives_the_same_person_another_token() -> None:
    assert tokenise(b"a" * 32, "HOSP", "123") != tokenise(b"b" * 32, "HOSP", "123")
