"""Snapshots as files: a folder per site, a file per name and position, the last two of each name kept."""

import re
from collections.abc import Iterator
from pathlib import Path

from wardwise.stores.durable import write_durably

KEPT = 2
_FILE = re.compile(r"([a-z-]+)-(\d{12})\.snapshot")


class SnapshotFolder:
    """A cache that may be deleted at any time. What is read back is for the reader to judge."""

    def __init__(self, folder: Path) -> None:
        """Nothing is made or read yet."""
        self._folder = folder

    def put(self, name: str, position: int, data: bytes) -> None:
        """Keep data that hold for a position of the log; older ones of this name go. Raises OSError."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_durably(self._folder / f"{name}-{position:012d}.snapshot", data)
        for _, path in self._found(name)[KEPT:]:
            path.unlink(missing_ok=True)

    def newest(self, name: str) -> Iterator[tuple[int, bytes]]:
        """What is kept under a name with its position, the newest first; one that cannot be read is passed over."""
        for position, path in self._found(name):
            try:
                yield position, path.read_bytes()
            except OSError:
                continue

    def _found(self, name: str) -> list[tuple[int, Path]]:
        if not self._folder.is_dir():
            return []
        told = ((_FILE.fullmatch(path.name), path) for path in self._folder.iterdir())
        return sorted(((int(match[2]), path) for match, path in told if match and match[1] == name), reverse=True)
