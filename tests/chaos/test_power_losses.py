"""The power goes at any call of the driver we ship; what was acknowledged is there, once, and everything agrees."""

from collections import Counter
from pathlib import Path
from random import Random

import pytest
from benches import chaos_power
from benches.power.disk import SECTOR, Disk, Write

pytestmark = pytest.mark.unbalanced  # without every sync the books do break; the harness looks at them itself


@pytest.mark.slow
def test_two_thousand_power_losses_lose_nothing_and_the_same_ones_do_with_synchronous_normal() -> None:
    found = chaos_power.run(2_000)
    assert found["broken"] == []
    assert found["power_losses"] == 2_000
    losing, of = str(found["seeds_losing_with_normal"]).split(" of ")
    assert int(losing) >= 0.9 * int(of)


def test_a_seed_comes_to_the_same_every_time() -> None:
    found = chaos_power.replay(7, "full")
    assert found == chaos_power.replay(7, "full")
    assert found.cuts


def test_the_cuts_fall_into_commits_checkpoints_recoveries_and_the_making_of_files() -> None:
    cuts = sum((Counter(chaos_power.replay(seed, "full").cuts) for seed in range(80)), Counter())
    for place in ("write the WAL", "sync the WAL", "write the file", "sync the file", "truncate the file", "kills"):
        assert cuts[place] > 0, place
    assert cuts["while coming back from the cut before"] > 50


def test_what_was_synced_survives_and_of_the_rest_any_part(tmp_path: Path) -> None:
    ends = set()
    for seed in range(200):
        folder = tmp_path / str(seed)
        folder.mkdir()
        disk = Disk(folder)
        file = disk.open("a")
        file.changes.append(Write(0, b"safe"))
        file.sync()
        disk.sync_names()
        file.changes += [Write(4, b"1"), Write(5, b"2")]
        disk.lose_power(Random(seed))  # noqa: S311 - the test's own chance
        ends.add((folder / "a").read_bytes())
    assert {b"safe", b"safe1", b"safe\x002", b"safe12"} <= ends
    assert all(end.startswith(b"safe") for end in ends)


def test_a_write_is_torn_between_its_sectors(tmp_path: Path) -> None:
    ends = Counter()
    for seed in range(300):
        disk = Disk(tmp_path)
        file = disk.open("a")
        disk.sync_names()
        file.changes.append(Write(0, b"x" * 2 * SECTOR))
        disk.lose_power(Random(seed))  # noqa: S311 - the test's own chance
        data = (tmp_path / "a").read_bytes()
        ends[(data[:SECTOR].count(b"x"), data[SECTOR:].count(b"x"))] += 1
    assert {(0, 0), (SECTOR, 0), (0, SECTOR), (SECTOR, SECTOR)} <= set(ends)


def test_a_name_that_was_not_synced_with_its_folder_may_be_gone(tmp_path: Path) -> None:
    there = set()
    for seed in range(40):
        disk = Disk(tmp_path)
        disk.open("a").sync()
        disk.lose_power(Random(seed))  # noqa: S311 - the test's own chance
        there.add((tmp_path / "a").exists())
    assert there == {True, False}
