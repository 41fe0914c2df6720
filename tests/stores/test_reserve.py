"""The reserve: laid where there is room for it, given up when there is hardly any, laid again when there is."""

from pathlib import Path

import pytest
from tests.stores.small_disk import fill, small_disk

from wardwise.errors import StoreUnavailable
from wardwise.stores.folder import FLOOR_BYTES, DataFolder
from wardwise.stores.reserve import Reserve
from wardwise.stores.roll import Roll

__all__ = ["small_disk"]  # a fixture
MIB = 1024 * 1024


def test_it_takes_its_room_when_laid(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    reserve = Reserve(folder, 16 * MIB)
    assert not folder.room.full
    reserve.keep()
    held = folder.reserve.stat()
    assert reserve.laid
    assert (held.st_size, held.st_blocks * 512 >= 16 * MIB, held.st_mode & 0o077) == (16 * MIB, True, 0)
    assert not folder.room.full


def test_a_size_that_was_changed_is_laid_anew(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    Reserve(folder, 16 * MIB).keep()
    Reserve(folder, 8 * MIB).keep()
    assert folder.reserve.stat().st_size == 8 * MIB


def test_a_full_disk_gets_its_room_and_counts_as_full_until_there_is_more(small_disk: Path) -> None:
    folder = DataFolder(small_disk / "data")
    reserve = Reserve(folder, 16 * MIB)
    reserve.keep()
    filler = fill(small_disk)
    assert folder.free_bytes < FLOOR_BYTES
    assert folder.room.full  # at once, before anybody gave it up
    reserve.keep()
    assert (reserve.laid, folder.room.full, folder.free_bytes >= 16 * MIB) == (False, True, True)
    (folder.path / "a refusal").write_bytes(bytes(MIB))
    for _ in range(3):  # what it gave up is not room to lay it in
        reserve.keep()
        assert folder.room.full
    filler.unlink()
    assert folder.room.full  # until it is laid again
    reserve.keep()
    assert (reserve.laid, folder.room.full) == (True, False)


def test_a_start_on_a_disk_without_room_for_it_counts_as_full(small_disk: Path) -> None:
    folder = DataFolder(small_disk / "data")
    fill(small_disk, leave=20 * MIB)
    Reserve(folder, 16 * MIB).keep()
    assert folder.room.full


def test_a_roll_on_a_disk_without_any_room_says_what_to_do(small_disk: Path) -> None:
    folder = DataFolder(small_disk / "data")
    fill(small_disk)
    with pytest.raises(StoreUnavailable, match=r"(?s)roll.*Make room"):
        Roll.create(folder.roll)
    assert not folder.roll.exists()
