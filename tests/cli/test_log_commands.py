"""`wardwise log`: what it prints, and what it says of what it cannot do."""

from collections.abc import Callable
from pathlib import Path


def test_the_tail_of_a_kind_that_does_not_exist_is_refused_with_the_kind_that_was_meant(
    wardwise: Callable, tmp_path: Path
) -> None:
    wardwise("init", "--data", tmp_path / "data")
    said = wardwise("log", "tail", "--kind", "stay.admited", "--data", tmp_path / "data")
    assert (said.code, said.out) == (2, "")
    assert "there is no kind `stay.admited`" in said.err.replace("\n", " ")
    assert "stay.admitted" in said.err
