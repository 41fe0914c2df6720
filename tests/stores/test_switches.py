"""Switches by file: they need no database, and what cannot be read counts as off."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from wardwise.errors import StoreUnavailable
from wardwise.stores.switches import PUBLISHING, Off, Switches, of_stream

NINE = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


def test_all_is_on_where_no_folder_is(tmp_path: Path) -> None:
    switches = Switches(tmp_path / "off")
    assert switches.off(PUBLISHING) is None
    switches.turn_on(PUBLISHING)
    assert not (tmp_path / "off").exists()


def test_what_is_switched_off_says_since_when_and_why_until_it_is_on_again(tmp_path: Path) -> None:
    switches = Switches(tmp_path / "off")
    switches.turn_off(PUBLISHING, "wrong unit names", NINE)
    switches.turn_off(PUBLISHING, "told twice", NINE.replace(hour=10))
    off = switches.off(PUBLISHING)
    assert off is not None
    assert off.says == "switched off since 2026-03-01T09:00:00.000000Z: wrong unit names"
    switches.turn_on(PUBLISHING)
    assert switches.off(PUBLISHING) is None


def test_one_stream_is_off_by_its_own_switch_or_by_that_of_all(tmp_path: Path) -> None:
    switches = Switches(tmp_path / "off")
    switches.turn_off(of_stream("engine"), "", NINE)
    assert [switches.stream(name) is not None for name in ("engine", "platform")] == [True, False]
    switches.turn_off(PUBLISHING, "", NINE)
    assert [switches.stream(name) is not None for name in ("engine", "platform")] == [True, True]


@pytest.mark.parametrize("content", [b"", b"please stop", b"[]", b'{"since": "x"}', b"\xff"])
def test_a_file_made_by_hand_is_a_switch_too(tmp_path: Path, content: bytes) -> None:
    (tmp_path / PUBLISHING).write_bytes(content)
    assert Switches(tmp_path).stream("engine") == Off()


def test_a_folder_that_cannot_be_looked_into_counts_as_off(tmp_path: Path) -> None:
    (tmp_path / "off").write_text("a file where the folder should be")
    switches = Switches(tmp_path / "off")
    assert switches.off(PUBLISHING) == Off()
    with pytest.raises(StoreUnavailable, match="by hand"):
        switches.turn_on(PUBLISHING)
