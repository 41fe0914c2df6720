"""The data folder: where a site's databases, artefacts and keys are, and who holds it."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from wardwise.errors import FolderInUse, NotAllowed, StoreUnavailable
from wardwise.loop.capture.room import Room
from wardwise.stores.place import place_of

_OWNER_ONLY = 0o077
FLOOR_BYTES = 8 * 1024 * 1024  # with less a checkpoint may fail: senders should keep what they have


class DataFolder:
    """A folder that only its owner can read, with one place for everything that is kept.

    Made when it is not there, or when only keys are. A folder with other things in it is refused, so that a slip of
    `--data` never changes the permissions of somebody's home.
    """

    def __init__(self, path: Path) -> None:
        """Make the layout, or check the one that is there; raises NotAllowed or StoreUnavailable."""
        self.path = path.absolute()
        self.inbox = self.path / "inbox.db"
        self.events = self.path / "events.db"
        self.vault = self.path / "vault.db"
        self.artefacts = self.path / "artefacts"
        self.keys = self.path / "keys"
        self.snapshots = self.path / "snapshots"
        self.cursors = self.path / "cursors"
        self.lock = self.path / "lock"
        self.roll = self.path / "roll"
        self.reserve = self.path / "reserve"
        self.unreached = self.path / "unreached"
        self.unpublished = self.path / "unpublished"
        self.off = self.path / "off"
        try:
            self._lay_out()
        except OSError as fault:
            raise StoreUnavailable(
                store=self.path,
                what=fault.strerror,
                remedy="Name a folder that this user may write, with --data.",
            ) from fault

    @classmethod
    def found(cls, path: Path) -> Self:
        """The data folder that is there already; raises StoreUnavailable, and makes nothing, when none is."""
        if not (path / "lock").is_file():
            raise StoreUnavailable(
                store=path.absolute(),
                what="no data folder of wardwise is there",
                remedy="Name the right one with --data; `wardwise init` makes one, and so do `import` and `serve`.",
            )
        return cls(path)

    @property
    def databases(self) -> tuple[Path, ...]:
        """Its databases, when they are files."""
        return self.inbox, self.events, self.vault

    @property
    def missing(self) -> list[Path]:
        """Which of its databases are not there; none when it names a server for them."""
        return [] if place_of(self.path) else [path for path in self.databases if not path.exists()]

    def require(self) -> Self:
        """This folder; raises StoreUnavailable when one of its databases is not there: none is made in its stead."""
        for path in self.missing:
            raise StoreUnavailable(
                store=path,
                what="it is not there, and an empty one in its place would lose what the others count on",
                remedy="Put it back, or restore the last backup of the whole folder; the service goes on by itself.",
            )
        return self

    @property
    def free_bytes(self) -> int:
        """How much the disk of this folder still takes."""
        return shutil.disk_usage(self.path).free

    @property
    def room(self) -> Room:
        """What its disk takes, and whether it counts as full: the reserve is given up, or there is hardly room."""
        free = self.free_bytes
        try:
            given_up = self.reserve.stat().st_size == 0
        except FileNotFoundError:  # no service has run here
            given_up = False
        return Room(free, full=given_up or free < FLOOR_BYTES)

    @property
    def held(self) -> bool:
        """Whether a service runs on it."""
        descriptor = os.open(self.lock, os.O_RDWR | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        else:
            return False
        finally:
            os.close(descriptor)

    @contextmanager
    def hold(self, *, inheritable: bool = False) -> Iterator[int]:
        """Hold the folder alone; raises FolderInUse naming the process that has it. Yields the lock's fd.

        The kernel lets go when the last process with this descriptor has ended, however it ended. With
        `inheritable`, children that are started with it keep the folder held while any of them lives.
        """
        holder = os.open(self.lock, os.O_RDWR | os.O_CLOEXEC)
        try:
            _lock(holder, self)
            os.set_inheritable(holder, inheritable)
            os.ftruncate(holder, 0)
            os.pwrite(holder, str(os.getpid()).encode(), 0)
            yield holder
        finally:
            os.close(holder)  # not LOCK_UN: that would let go for the children too

    def _lay_out(self) -> None:
        if self.path.is_dir() and not self.lock.exists() and any(entry != self.keys for entry in self.path.iterdir()):
            raise NotAllowed(
                what=f"Using {self.path} as a data folder",
                why="it holds other things",
                remedy="Name an empty folder, or one that wardwise made, with --data.",
            )
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(self.lock, os.O_CREAT | os.O_RDWR, 0o600))
        for folder in (self.path, self.artefacts, self.keys):
            folder.mkdir(mode=0o700, exist_ok=True)
            if folder.stat().st_mode & _OWNER_ONLY:
                folder.chmod(0o700)


def _lock(descriptor: int, folder: DataFolder) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.pread(descriptor, 32, 0).decode(errors="replace") or "unknown"
        raise FolderInUse(folder=folder.path, holder=holder) from None
