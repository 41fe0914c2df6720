"""What a disk really holds when the power goes: synced bytes, and whatever it pleases of the rest."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

SECTOR = 512
DROPPED = 0.4  # of the writes that no sync has followed
TORN = 0.2
NOISE = 0.1  # of the torn ones: a sector caught halfway holds neither the old bytes nor the new


@dataclass(frozen=True, slots=True)
class Write:
    """Bytes at an offset."""

    offset: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Truncate:
    """A new length."""

    size: int


Change = Write | Truncate


@dataclass(slots=True)
class Stored:
    """One file: the bytes that are safe, and the changes since its last sync in the order they were made."""

    safe: bytearray = field(default_factory=bytearray)
    changes: list[Change] = field(default_factory=list)

    def sync(self) -> None:
        """Everything so far is safe."""
        _apply(self.safe, self.changes)
        self.changes.clear()

    def survives(self, chance: Random) -> bytearray:
        """What is found after the power went: each change whole, in part or not at all, whatever its turn."""
        found = bytearray(self.safe)
        _apply(found, [part for change in self.changes for part in _what_is_left(change, chance)])
        return found


class Disk:
    """The files of one folder. `live` is what a running program sees, `safe` what names would survive a cut."""

    def __init__(self, folder: Path) -> None:
        """An empty disk that keeps what programs see in a folder."""
        self.folder = folder
        self._live: dict[str, Stored] = {}
        self._safe: dict[str, Stored] = {}
        self._naming: list[tuple[str, Stored | None]] = []  # names made or taken away since the folder's last sync

    def open(self, name: str) -> Stored:
        """The file of this name; made when it is not there, and then its name is not safe yet."""
        if name not in self._live:
            self._live[name] = Stored()
            self._naming.append((name, self._live[name]))
        return self._live[name]

    def delete(self, name: str) -> None:
        """Take a name away; that is not safe yet either."""
        if self._live.pop(name, None) is not None:
            self._naming.append((name, None))

    def sync_names(self) -> None:
        """What the folder lists is safe; the contents of its files are another matter."""
        self._safe = dict(self._live)
        self._naming.clear()

    def lose_power(self, chance: Random) -> None:
        """Leave in the folder what a machine would find when it starts again."""
        left = dict(self._safe)
        for name, stored in self._naming:
            if chance.random() >= DROPPED:
                left.pop(name, None)
                if stored is not None:
                    left[name] = stored
        self._live = {name: Stored(stored.survives(chance)) for name, stored in sorted(left.items())}
        self.sync_names()
        for path in self.folder.iterdir():
            path.unlink()
        for name, stored in self._live.items():
            (self.folder / name).write_bytes(stored.safe)


def _apply(found: bytearray, changes: list[Change]) -> None:
    for change in changes:
        if isinstance(change, Truncate):
            del found[change.size :]
            found.extend(bytes(change.size - len(found)))
            continue
        found.extend(bytes(max(change.offset - len(found), 0)))
        found[change.offset : change.offset + len(change.data)] = change.data


def _what_is_left(change: Change, chance: Random) -> Iterator[Change]:
    fate = chance.random()
    if fate < DROPPED:
        return
    if isinstance(change, Write) and fate < DROPPED + TORN:
        yield from _torn(change, chance)
    else:
        yield change


def _torn(write: Write, chance: Random) -> Iterator[Write]:
    """Some sectors of a write, each whole; now and then one that was caught halfway."""
    noisy = chance.random() < NOISE
    start = write.offset
    end = start + len(write.data)
    while start < end:
        stop = min((start // SECTOR + 1) * SECTOR, end)
        part = write.data[start - write.offset : stop - write.offset]
        fate = chance.random()
        if fate < 0.5:
            yield Write(start, part)
        elif noisy and fate < 0.6:
            yield Write(start, chance.randbytes(len(part)))
        start = stop
