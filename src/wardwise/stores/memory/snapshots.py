"""Snapshots in memory: what every other keeper of snapshots is compared with."""

from collections.abc import Iterator

from wardwise.stores.snapshots import KEPT


class MemorySnapshots:
    """`Snapshots` in a dictionary, gone with the process."""

    def __init__(self) -> None:
        """Nothing is kept."""
        self._kept: dict[str, dict[int, bytes]] = {}

    def put(self, name: str, position: int, data: bytes) -> None:
        """Keep data that hold for a position of the log; older ones of this name go."""
        held = self._kept.setdefault(name, {})
        held[position] = data
        for old in sorted(held, reverse=True)[KEPT:]:
            del held[old]

    def newest(self, name: str) -> Iterator[tuple[int, bytes]]:
        """What is kept under a name with its position, the newest first."""
        yield from sorted(self._kept.get(name, {}).items(), reverse=True)
