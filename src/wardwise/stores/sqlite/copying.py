"""A copy of an SQLite file as of one instant, made while others write it."""

import os
from pathlib import Path

import apsw

from wardwise.errors import StoreUnavailable

_WAIT_MS = 5_000


def copy_database(source: Path, target: Path) -> None:
    """Copy a database to a new file, owner-only; raises StoreUnavailable. Writers go on meanwhile."""
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    try:
        read = apsw.Connection(str(source), flags=apsw.SQLITE_OPEN_READONLY)
        written = apsw.Connection(str(target))
        try:
            read.set_busy_timeout(_WAIT_MS)
            with written.backup("main", read, "main") as copy:
                copy.step(-1)  # in one step, hence of one instant
            written.pragma("journal_mode", "delete")  # one file, with nothing beside it
        finally:
            written.close()
            read.close()
    except apsw.Error as fault:
        raise StoreUnavailable(store=source, what=fault, remedy="Make room, and make the backup anew.") from fault
