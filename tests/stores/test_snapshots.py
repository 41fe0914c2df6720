"""Snapshots: the last two of a name are kept, the newest is read first, and losing them loses nothing but time."""

from pathlib import Path

import pytest

from wardwise.loop.derive.history import Snapshots
from wardwise.stores.memory.snapshots import MemorySnapshots
from wardwise.stores.snapshots import SnapshotFolder


@pytest.fixture(params=["memory", "folder"])
def snapshots(request: pytest.FixtureRequest, tmp_path: Path) -> Snapshots:
    return MemorySnapshots() if request.param == "memory" else SnapshotFolder(tmp_path / "demo")


def test_nothing_is_kept_at_first(snapshots: Snapshots) -> None:
    assert list(snapshots.newest("ledger")) == []


def test_the_newest_is_read_first_and_only_two_are_kept(snapshots: Snapshots) -> None:
    for position in (9, 100, 11):
        snapshots.put("ledger", position, str(position).encode())
    assert list(snapshots.newest("ledger")) == [(100, b"100"), (11, b"11")]


def test_the_same_position_is_written_anew(snapshots: Snapshots) -> None:
    snapshots.put("ledger", 5, b"old")
    snapshots.put("ledger", 5, b"new")
    assert list(snapshots.newest("ledger")) == [(5, b"new")]


def test_names_are_kept_apart(snapshots: Snapshots) -> None:
    snapshots.put("ledger", 5, b"a")
    snapshots.put("other", 7, b"b")
    assert list(snapshots.newest("ledger")) == [(5, b"a")]


def test_files_are_for_their_owner_alone_and_other_files_are_passed_over(tmp_path: Path) -> None:
    folder = SnapshotFolder(tmp_path / "demo")
    folder.put("ledger", 5, b"a")
    (tmp_path / "demo" / "ledger-notes.txt").write_text("not one")
    (tmp_path / "demo" / "ledger-000000000009.snapshot").mkdir()  # nothing that can be read
    assert list(folder.newest("ledger")) == [(5, b"a")]
    assert (tmp_path / "demo").stat().st_mode & 0o077 == 0
    assert (tmp_path / "demo" / "ledger-000000000005.snapshot").stat().st_mode & 0o077 == 0
