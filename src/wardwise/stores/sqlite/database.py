"""One SQLite file: opened owner-only, migrated, locked for one thread at a time, its faults translated."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

import apsw

from wardwise.errors import NotAllowed, StoreUnavailable
from wardwise.stores.durable import sync
from wardwise.stores.sql.access import Access
from wardwise.stores.sqlite.schema import Schema, queries
from wardwise.stores.sqlite.session import SqliteSession

_WAIT_MS = 5_000
_WAL_WAIT_MS = 100
_CACHE_KIB = 65_536
_CHECKPOINT_PAGES = 16_000  # 64 MB of WAL: rare enough to coalesce, short enough to recover in 0.2 s

_REMEDIES: tuple[tuple[type[apsw.Error], str], ...] = (
    (apsw.FullError, "Free some disk space; nothing of this write was kept and it may be tried again."),
    (apsw.BusyError, "Another process is writing this file; stop it or try again."),
    (apsw.LockedError, "Another process is writing this file; stop it or try again."),
    (apsw.CorruptError, "Run `wardwise log verify`; if it fails, restore the last good backup."),
    (apsw.NotADBError, "The file is not one of wardwise's; restore the last good backup."),
    (apsw.CantOpenError, "Check that the data folder exists and belongs to this user."),
    (apsw.ReadOnlyError, "Check that the data folder belongs to this user and is not mounted read-only."),
)
_IO_REMEDY = "Check the disk; this store stays closed until it is opened anew."


_FLAGS = {Access.WRITE: apsw.SQLITE_OPEN_READWRITE, Access.READ: apsw.SQLITE_OPEN_READONLY}


class SqliteFile:
    """A connection to one file. Threads may share it: a lock lets one of them in at a time.

    After an input/output error the instance refuses everything: what a failed sync left on the disk is
    unknown, so the file has to be opened anew. `vfs` names another SQLite file layer (fault injection).
    """

    def __init__(self, path: Path, schema: Schema, *, access: Access = Access.WRITE, vfs: str = "") -> None:
        """Open the file, make it if need be, and bring its schema up to date."""
        self.path = path
        self.access = access
        self._schema = schema
        self._vfs = vfs
        self._lock = threading.RLock()
        self._failed = ""
        with self.faults():
            if access is Access.WRITE:
                _make_private(path)
            self._open()

    @property
    def writable(self) -> bool:
        """Whether this connection may write."""
        return self.access is Access.WRITE

    def second(self) -> Self:
        """Another connection to the same file, for reading only."""
        return type(self)(self.path, self._schema, access=Access.READ, vfs=self._vfs)

    def problem(self) -> str:
        """What SQLite's own check finds wrong: an index that lost or invented a row, a page out of place."""
        with self.read() as session:
            found = [str(row[0]) for row in session.connection.execute("PRAGMA integrity_check(1)")]
        return "" if found == ["ok"] else found[0]

    def is_damage(self, fault: StoreUnavailable) -> bool:
        """Whether stored bytes are damaged."""
        return isinstance(fault.__cause__, apsw.CorruptError | UnicodeDecodeError)

    def revive(self) -> None:
        """Open the file anew if it was closed by a fault; raises StoreUnavailable while it cannot be."""
        with self._lock:
            if not self._failed:
                return
            self.close()
            failed, self._failed = self._failed, ""
            try:
                with self.faults():
                    self._open()
            except StoreUnavailable:
                self._failed = self._failed or failed
                raise

    def _open(self) -> None:
        if self.access is Access.WRITE:
            _make_durable(self.path)
        self.connection = apsw.Connection(str(self.path), flags=_FLAGS[self.access], vfs=self._vfs or None)
        try:
            self._file = _identity(self.path)
            _set_up(self.connection, self.access)
            self._prepare()
            if self.access is Access.WRITE:
                sync(self.path.parent)  # SQLite does so for a WAL that it made itself, not for one that it found
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the connection; closing twice is harmless, and so is a disk that fails then: the WAL has it all."""
        with self._lock, suppress(apsw.IOError, apsw.FullError):
            self.connection.close()

    @contextmanager
    def write(self) -> Iterator[SqliteSession]:
        """One transaction: committed and synced on leaving, undone whole by any exception."""
        if self.access is Access.READ:
            raise NotAllowed(
                what=f"Writing to {self.path.name}",
                why="it was opened for reading only",
                remedy="Let the running service write.",
            )
        with self._transaction("BEGIN IMMEDIATE") as session:
            yield session

    @contextmanager
    def read(self) -> Iterator[SqliteSession]:
        """One consistent view: every statement inside sees the same committed state."""
        with self._transaction("BEGIN") as session:
            yield session

    def empty_wal(self) -> None:
        """Bring everything into the main file and cut the -wal to nothing; left for later when somebody is reading."""
        with self._lock, self.faults():
            self.connection.set_busy_timeout(_WAL_WAIT_MS)  # every writer waits meanwhile
            try:
                with suppress(apsw.BusyError):
                    self.connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
            finally:
                self.connection.set_busy_timeout(_WAIT_MS)

    @contextmanager
    def faults(self) -> Iterator[None]:
        """Turn SQLite's errors into StoreUnavailable with a remedy; an I/O error closes the store for good."""
        if self._failed:
            raise StoreUnavailable(store=self.path, what=self._failed, remedy=_IO_REMEDY)
        try:
            yield
        except apsw.IOError as fault:
            self._failed = f"the disk failed ({fault})"
            raise StoreUnavailable(store=self.path, what=self._failed, remedy=_IO_REMEDY) from fault
        except apsw.Error as fault:
            raise StoreUnavailable(store=self.path, what=fault, remedy=_remedy(fault)) from fault
        except UnicodeDecodeError as fault:
            remedy = _remedy(apsw.CorruptError())
            raise StoreUnavailable(store=self.path, what="a text is damaged", remedy=remedy) from fault
        except OSError as fault:
            raise StoreUnavailable(store=self.path, what=fault.strerror, remedy="Check the data folder.") from fault

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[SqliteSession]:
        with self._lock, self.faults():
            self.connection.execute(begin)
            try:
                yield SqliteSession(self.connection, queries(self._schema.name))
                self.connection.execute("COMMIT")
                self._still_there()
            except BaseException:
                self._undo()
                raise

    def _still_there(self) -> None:
        # A file that was moved away takes writes as before, but nobody finds them where they belong.
        try:
            moved = _identity(self.path) != self._file
        except OSError:
            moved = True
        if moved:
            self._failed = "it was moved or replaced while it was open"
            remedy = "Put it back in its place; the service opens it by itself."
            raise StoreUnavailable(store=self.path, what=self._failed, remedy=remedy)

    def _undo(self) -> None:
        if not self.connection.in_transaction:  # SQLite has already undone it, as it does on a full disk
            return
        try:
            self.connection.execute("ROLLBACK")
        except apsw.Error as fault:
            self._failed = f"a failed write could not be undone ({fault})"

    def _prepare(self) -> None:
        if self.access is Access.READ:
            self._refuse_foreign(self._pragma("application_id"), self._pragma("user_version"))
            self._refuse_older()
            return
        with self.write() as session:
            version = self._pragma("user_version")
            self._refuse_foreign(self._pragma("application_id"), version)
            for step in self._schema.migrations[version:]:
                session.connection.execute(step.sql)
            if version < self._schema.version:
                session.connection.pragma("user_version", self._schema.version)
                session.connection.pragma("application_id", self._schema.application)

    def _pragma(self, name: str) -> int:
        value = self.connection.pragma(name)
        return value if isinstance(value, int) else 0

    def _refuse_foreign(self, application: int, version: int) -> None:
        if application not in {0, self._schema.application}:
            raise StoreUnavailable(
                store=self.path,
                what=f"it is not a wardwise {self._schema.name} file",
                remedy="Name the right data folder.",
            )
        if version > self._schema.version:
            raise StoreUnavailable(
                store=self.path,
                what=f"its schema is version {version}, this wardwise knows up to {self._schema.version}",
                remedy="Use the newer wardwise that wrote it, or restore a backup made before the upgrade.",
            )

    def _refuse_older(self) -> None:
        version = self._pragma("user_version")
        if version < self._schema.version:
            raise StoreUnavailable(
                store=self.path,
                what=f"its schema is version {version}, this wardwise reads version {self._schema.version}",
                remedy="Start the service once; it brings the file up to date.",
            )


def _make_private(path: Path) -> None:
    """SQLite gives its -wal and -shm files the mode of the main file, so that one is made first."""
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


def _identity(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_dev, found.st_ino


def _make_durable(path: Path) -> None:
    """Sync the WAL that a killed process left: SQLite takes what it wrote last for committed, synced or not."""
    wal = path.with_name(f"{path.name}-wal")
    if wal.exists():
        sync(wal)


def _set_up(connection: apsw.Connection, access: Access) -> None:
    connection.set_busy_timeout(_WAIT_MS)
    if access is Access.WRITE:
        connection.pragma("journal_mode", "wal")
        connection.pragma("wal_autocheckpoint", _CHECKPOINT_PAGES)
    connection.pragma("synchronous", "full")
    connection.pragma("foreign_keys", "on")
    connection.pragma("cache_size", -_CACHE_KIB)
    connection.pragma("trusted_schema", "off")


def _remedy(fault: apsw.Error) -> str:
    for kind, remedy in _REMEDIES:
        if isinstance(fault, kind):
            return remedy
    return "This is a defect of wardwise; please report it."


def sqlite_version() -> str:
    """The version of the SQLite that comes with the driver, not the system's."""
    return apsw.sqlite_lib_version()
