"""The power goes while PostgreSQL keeps the log: its WAL ends anywhere after what was synced, nothing given is lost."""

from pathlib import Path
from random import Random

import pytest
from benches import chaos_wal
from benches.load.postgres_server import Cluster, server_programs
from benches.power.wal import SETTINGS, cuts, losses, synced

pytestmark = pytest.mark.unbalanced  # the harness looks at the books itself


@pytest.mark.slow
def test_eight_cuts_lose_nothing_and_the_same_moments_do_with_synchronous_commit_off() -> None:
    if server_programs() is None:
        pytest.skip("no PostgreSQL on this machine")
    found = chaos_wal.run(8)
    assert found["broken"] == []
    assert (found["cuts"], found["moments_losing_with_off"]) == (8, "5 of 5")


def test_a_cut_keeps_the_wal_before_it_and_of_the_rest_sectors_as_they_were_or_zeros(tmp_path: Path) -> None:
    if (programs := server_programs()) is None:
        pytest.skip("no PostgreSQL on this machine")
    cluster = Cluster(programs, settings=SETTINGS)
    try:
        with cluster.master() as master:
            master.execute("CREATE TABLE told (n) AS SELECT generate_series(1, 5000)")
            after = synced(master)
            master.execute("SET synchronous_commit = off")
            master.execute("INSERT INTO told SELECT generate_series(1, 5000)")
            chance = Random(1)  # noqa: S311 - the test's own
            [cut, *_] = found = cuts(master, chance, after=after, many=3)
        with cluster.frozen() as data:
            before = (data / "pg_wal" / cut.file).read_bytes()
        for at, folder in zip(found, losses(cluster, found, chance, tmp_path), strict=True):
            kept = (folder / "data" / "pg_wal" / at.file).read_bytes()
            assert kept[: at.offset] == before[: at.offset]
            assert kept != before
            rest = zip(kept[at.offset :], before[at.offset :], strict=True)
            assert all(now in {0, was} for now, was in rest)
            assert not (folder / "data" / "postmaster.pid").exists()
    finally:
        cluster.close()
