"""The real stores on the simulated disk."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Self, cast

import apsw

from benches.power.file_layer import NAME
from wardwise.errors import StoreUnavailable, WardwiseError
from wardwise.stores.sqlite.database import SqliteFile
from wardwise.stores.sqlite.inbox import SqliteInbox
from wardwise.stores.sqlite.log import SqliteLog


@dataclass(slots=True)
class Stores:
    """The real stores, opened on the simulated disk as the door and the worker open them."""

    inbox: SqliteInbox
    log: SqliteLog

    @classmethod
    def open(cls, folder: Path, *, synchronous: str, checkpoint_pages: int) -> Self:
        """Open both; `synchronous` other than full is there to see the harness find its loss."""
        inbox = SqliteInbox(folder / "inbox.db", vfs=NAME)
        try:
            log = SqliteLog(folder / "events.db", vfs=NAME)
        except BaseException:
            _close(inbox)
            raise
        for store in (inbox, log):
            connection = _connection_of(store)
            connection.pragma("wal_autocheckpoint", checkpoint_pages)
            if synchronous != "full":
                connection.pragma("synchronous", synchronous)
        return cls(inbox, log)

    def checkpoint(self, chance: Random) -> None:
        """Bring the WAL of one of them into its file now, unless a reader is in the way."""
        store = chance.choice((self.inbox, self.log))
        with suppress(apsw.BusyError):
            try:
                _connection_of(store).wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
            except apsw.IOError as fault:
                raise StoreUnavailable(store="the checkpoint", what=fault, remedy="None.") from fault

    def close(self) -> None:
        """Close both, whatever the disk says."""
        _close(self.inbox)
        _close(self.log)


def _connection_of(store: SqliteInbox | SqliteLog) -> apsw.Connection:
    """The connection below a store: checkpoints must be forced, and the product offers no knob for it."""
    return cast("SqliteFile", store._database).connection  # noqa: SLF001


def _close(store: SqliteInbox | SqliteLog) -> None:
    with suppress(apsw.Error, WardwiseError):
        store.close()
