"""A small disk of a test's own, and the filling of it."""

import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 48 MB of its own."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=48m", "none", disk], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("no right to mount a small disk")
    yield disk
    subprocess.run(["umount", "-l", disk], check=True)


def fill(disk: Path, *, leave: int = 0) -> Path:
    """A file that takes all the room there is, but for the bytes to leave."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):  # no rest that closing would write again
        while True:
            file.write(bytes(65536))
    with filler.open("r+b") as file:
        file.truncate(filler.stat().st_size - leave)
    return filler
