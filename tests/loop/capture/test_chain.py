import pytest
from hypothesis import given
from hypothesis import strategies as st

from wardwise.loop.capture.chain import GENESIS, leaf, link, merkle_root

RECORDS = st.lists(st.binary(max_size=8), min_size=1, max_size=12, unique=True)


@given(RECORDS, st.data())
def test_any_change_of_any_record_changes_the_root(records: list[bytes], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(records) - 1))
    changed = [*records[:place], records[place] + b"!", *records[place + 1 :]]
    assert merkle_root([leaf(r) for r in records]) != merkle_root([leaf(r) for r in changed])


@given(st.lists(st.binary(max_size=8), min_size=2, max_size=12, unique=True))
def test_records_in_another_order_have_another_root(records: list[bytes]) -> None:
    assert merkle_root([leaf(r) for r in records]) != merkle_root([leaf(r) for r in reversed(records)])


def test_a_leaf_can_never_pass_for_a_node() -> None:
    a, b = leaf(b"a"), leaf(b"b")
    assert leaf(a + b) != merkle_root([a, b])


def test_a_link_binds_what_came_before() -> None:
    root = merkle_root([leaf(b"a")])
    assert link(GENESIS, root) != link(link(GENESIS, root), root)


def test_an_empty_batch_has_no_root() -> None:
    with pytest.raises(ValueError, match="never committed"):
        merkle_root([])
