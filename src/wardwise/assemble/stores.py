"""The stores of a site's data folder, opened to write or only to read."""

from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from wardwise.errors import StoreUnavailable
from wardwise.loop.capture.inbox import INTAKE
from wardwise.stores.artefacts import Artefacts, Signed
from wardwise.stores.envelope import load_envelope, make_inbox_key
from wardwise.stores.folder import DataFolder
from wardwise.stores.keys import Keys, has_keys, load_keys, make_keys
from wardwise.stores.snapshots import SnapshotFolder
from wardwise.stores.sql.access import Access
from wardwise.stores.sqlite.inbox import SqliteInbox
from wardwise.stores.sqlite.log import SqliteLog
from wardwise.stores.vault import Vault

_DATABASES = 3
_RESERVE_BYTES = 16 * 1024 * 1024  # less than this and a checkpoint may fail: senders should keep what they have


@dataclass(frozen=True, slots=True)
class Stores:
    """What a site keeps. Close it, or use it as a context."""

    folder: DataFolder
    inbox: SqliteInbox
    log: SqliteLog
    vault: Vault
    artefacts: Artefacts
    keys: Keys

    @property
    def signed(self) -> Signed:
        """The artefacts as workflows read them: none without this site's signature."""
        return Signed(self.artefacts, self.keys.public)

    def snapshots(self, site: str) -> SnapshotFolder:
        """Where the state of a site is kept, so that a start reads little."""
        return SnapshotFolder(self.folder.snapshots / site)

    def __enter__(self) -> Self:
        """The stores, to be closed on leaving."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close every file."""
        self.close()

    def trouble(self) -> str:
        """Why nothing can be kept now, in a few words, or nothing; a file that failed before is opened anew."""
        try:
            for store in (self.inbox, self.log):
                store.revive()
        except StoreUnavailable as fault:
            return f"{Path(str(fault.facts['store'])).name} is closed"
        if self.folder.missing:
            return f"{self.folder.missing[0].name} is not there"
        return "the disk is full" if self.folder.free_bytes < _RESERVE_BYTES else ""

    def refuse_older_inbox(self, site: str) -> None:
        """Raise StoreUnavailable when the log has read more than the inbox holds: what comes next would be missed."""
        read, received = self.log.offset(site, INTAKE), self.inbox.last_sequence
        if read > received:
            raise StoreUnavailable(
                store=self.folder.inbox,
                what=f"the log has read it up to {read} and it ends at {received}: it is an older copy",
                remedy="Restore inbox.db and events.db from one backup, or put the newer inbox.db back.",
            )

    def close(self) -> None:
        """Close every file."""
        for store in (self.inbox, self.log, self.vault):
            store.close()


@dataclass(frozen=True, slots=True)
class May:
    """Which stores a process writes: a door the inbox, a worker the log and the vault, a reader none."""

    inbox: bool = False
    log: bool = False


READ_ONLY = May()
DOOR = May(inbox=True)
WORKER = May(inbox=True, log=True)  # it writes the inbox for the files it finds in drop folders


def prepare(data: Path, *, seed: int | None = None, encrypt_inbox: bool = False) -> None:
    """Make the data folder, its keys and its files, where they are not there yet.

    With a seed the keys are the demo's, the same every time: they protect nothing. An inbox that is to be encrypted
    gets a key; the folder must not be in use then, since a running service would go on without.
    """
    folder = DataFolder(data)
    if not has_keys(folder.keys):
        make_keys(folder.keys, seed=seed)
    if encrypt_inbox:
        with folder.hold():
            _give_inbox_key(folder)
    if folder.missing and len(folder.missing) < _DATABASES:
        folder.require()
    _opened(folder, WORKER).close()


def open_stores(data: Path, may: May) -> Stores:
    """Open the stores of a prepared data folder; raises StoreUnavailable, and makes nothing, when one is not there."""
    return _opened(DataFolder.found(data).require(), may)


def _opened(folder: DataFolder, may: May) -> Stores:
    return Stores(
        folder,
        SqliteInbox(folder.inbox, envelope=load_envelope(folder.keys), access=_access(write=may.inbox)),
        SqliteLog(folder.events, access=_access(write=may.log)),
        Vault(folder.vault, access=_access(write=may.log)),
        Artefacts(folder.artefacts),
        load_keys(folder.keys),
    )


def _give_inbox_key(folder: DataFolder) -> None:
    # With a key missing, a fresh one would only hide it: bodies that nobody can open are told before it is made.
    if folder.inbox.exists():
        inbox = SqliteInbox(folder.inbox, access=Access.READ)
        try:
            load_envelope(folder.keys).refuse_unknown(inbox.sealing().sealed)
        finally:
            inbox.close()
    make_inbox_key(folder.keys)


def _access(*, write: bool) -> Access:
    return Access.WRITE if write else Access.READ
