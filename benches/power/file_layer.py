"""The driver's file layer, counted call by call, over a disk whose power can go at any of them."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import apsw

from benches.power.disk import Disk, Stored, Truncate, Write

if TYPE_CHECKING:
    from _typeshed import FileDescriptorLike

NAME = "power"
_SYNCED_WITH_ITS_FOLDER = apsw.SQLITE_OPEN_WAL | apsw.SQLITE_OPEN_MAIN_JOURNAL | apsw.SQLITE_OPEN_SUPER_JOURNAL


class Gone(apsw.IOError):
    """The power is gone, or the process was killed: no call does anything any more."""


class FileLayer(apsw.VFS):
    """SQLite's own unix layer, with every write told to a disk; register it once, give it a disk per run.

    `fuse` is how many more calls succeed, or how many more syncs where `only_syncs` count; the one after it is
    done in part and is the last. `where` then names it.
    """

    def __init__(self) -> None:
        """No disk yet, and no end in sight."""
        self.disk = Disk(Path())
        self.fuse = -1
        self.only_syncs = False
        self.where = ""
        super().__init__(NAME, "")

    def spend(self, call: str, name: str) -> bool:
        """Count a call; True when it is the last one. Raises Gone after that."""
        if self.where:
            raise Gone(f"{call} after the power went")
        if self.only_syncs and not call.startswith("sync"):
            return False
        if self.fuse == 0:
            self.where = f"{call} {_part(name)}"
            return True
        self.fuse -= 1
        return False

    def start_again(self, fuse: int, *, only_syncs: bool = False) -> None:
        """Power is back for so many calls or syncs; below zero for good."""
        self.fuse, self.only_syncs, self.where = fuse, only_syncs, ""

    @contextmanager
    def watching(self) -> Iterator[None]:
        """What the stores sync themselves, beside SQLite, reaches this disk too."""
        really, os.fsync = os.fsync, self._fsync
        try:
            yield
        finally:
            os.fsync = really

    def _fsync(self, fd: "FileDescriptorLike") -> None:
        path = Path(f"/proc/self/fd/{fd}").readlink()
        try:
            last = self.spend("sync", path.name)
        except Gone as gone:
            raise OSError(errno.EIO, str(gone)) from gone
        if last:
            raise OSError(errno.EIO, "sync")
        if path == self.disk.folder:
            self.disk.sync_names()
        else:
            self.disk.open(path.name).sync()

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:  # noqa: N802
        """Open a file of the disk; what has no name is scratch and never outlives its process."""
        if name is None:
            return apsw.VFSFile("", None, flags)
        short = Path(name if isinstance(name, str) else name.filename()).name
        last = self.spend("open", short)
        kept = bool(_SYNCED_WITH_ITS_FOLDER & flags[0]) and not (self.disk.folder / short).exists()
        stored = self.disk.open(short)
        if last:
            raise Gone("open")
        return DiskFile(self, name, flags, stored, sync_names=kept)

    def xDelete(self, name: str, sync_names: bool) -> None:  # noqa: N802, FBT001 - SQLite's own signature
        """Take a file away."""
        short = Path(name).name
        last = self.spend("delete", short)
        if (self.disk.folder / short).exists():
            self.disk.delete(short)
            if not last:
                super().xDelete(name, False)  # noqa: FBT003 - the folder it lies in needs no sync
        if last:
            raise Gone("delete")
        if sync_names:
            self.disk.sync_names()


class DiskFile(apsw.VFSFile):
    """One open file. A new journal's first sync covers the folder too, as the unix layer does it."""

    def __init__(
        self,
        layer: FileLayer,
        name: str | apsw.URIFilename,
        flags: list[int],
        stored: Stored,
        *,
        sync_names: bool,
    ) -> None:
        """Open it; see `FileLayer`."""
        self._layer = layer
        self._stored = stored
        self._sync_names = sync_names
        self._name = Path(name if isinstance(name, str) else name.filename()).name
        super().__init__("", name, flags)

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802
        """Read what programs see."""
        self._call("read")
        return super().xRead(amount, offset)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        """Write; nothing of it is safe."""
        last = self._layer.spend("write", self._name)
        self._stored.changes.append(Write(offset, bytes(data)))
        super().xWrite(data, offset)
        if last:
            raise Gone("write")

    def xTruncate(self, size: int) -> None:  # noqa: N802
        """Cut or extend; that is not safe either."""
        last = self._layer.spend("truncate", self._name)
        self._stored.changes.append(Truncate(size))
        super().xTruncate(size)
        if last:
            raise Gone("truncate")

    def xSync(self, flags: int) -> None:  # noqa: N802, ARG002
        """Make what was written safe; the power may go before the disk has done so."""
        self._call("sync")
        self._stored.sync()
        if self._sync_names:
            self._call("sync the folder of")
            self._layer.disk.sync_names()
            self._sync_names = False

    def _call(self, call: str) -> None:
        if self._layer.spend(call, self._name):
            raise Gone(call)


def _part(name: str) -> str:
    """Which part of a database a file is."""
    return {"-wal": "the WAL", "rnal": "the journal"}.get(name[-4:], "the file")
