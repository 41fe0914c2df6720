"""The stores of a site's data folder, opened to write or only to read."""

from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from wardwise.assemble.databases import open_inbox, open_log, open_vault, server_at, server_for
from wardwise.assemble.pairing import REMEDY, misfit
from wardwise.errors import NotAllowed, StoreUnavailable
from wardwise.loop.capture.absence import Absence
from wardwise.stores.artefacts import Artefacts, Signed
from wardwise.stores.envelope import load_envelope, make_inbox_key
from wardwise.stores.folder import DataFolder
from wardwise.stores.keys import Keys, has_keys, load_keys, make_keys
from wardwise.stores.place import Place, note_place, place_of
from wardwise.stores.roll import Roll
from wardwise.stores.snapshots import SnapshotFolder
from wardwise.stores.sql.access import Access
from wardwise.stores.sql.inbox import SqlInbox
from wardwise.stores.sql.log import SqlLog
from wardwise.stores.sql.vault import SqlVault

if TYPE_CHECKING:
    from wardwise.stores.postgres.server import Server

_DATABASES = 3


@dataclass(frozen=True, slots=True)
class Stores:
    """What a site keeps. Close it, or use it as a context."""

    folder: DataFolder
    inbox: SqlInbox
    log: SqlLog
    vault: SqlVault
    artefacts: Artefacts
    keys: Keys
    server: "Server | None" = None

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

    def absences(self) -> Sequence[Absence]:
        """Which processes of a service on this folder were away last, and since when; none where no service was."""
        if not self.folder.roll.exists():
            return ()
        roll = Roll(self.folder.roll)
        try:
            return roll.absences()
        finally:
            roll.close()

    def trouble(self) -> str:
        """Why nothing can be kept now, in a few words, or nothing; a file that failed before is opened anew."""
        try:
            self.inbox.revive()
            self.log.revive()
        except StoreUnavailable as fault:
            store = fault.facts["store"]
            return f"{store.name} is closed" if isinstance(store, Path) else "the database cannot be used"
        if self.folder.missing:
            return f"{self.folder.missing[0].name} is not there"
        return self.folder.room.trouble

    def refuse_misfit(self, site: str) -> None:
        """Raise StoreUnavailable when the inbox is not the one that the log has read: what comes would be missed."""
        if why := misfit(self.inbox, self.log, site):
            raise StoreUnavailable(
                store=self.server.shown if self.server else self.folder.inbox, what=why, remedy=REMEDY
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


def prepare(data: Path, *, seed: int | None = None, encrypt_inbox: bool = False, place: Place | None = None) -> None:
    """Make the data folder, its keys and its databases, where they are not there yet.

    With a seed the keys are the demo's, the same every time: they protect nothing. An inbox that is to be encrypted
    gets a key; the folder must not be in use then, since a running service would go on without. With a place the
    databases are there; the folder remembers it, and refuses when it has databases of its own.
    """
    folder = DataFolder(data)
    if place is not None:
        _settle(folder, place)
    if not has_keys(folder.keys):
        make_keys(folder.keys, seed=seed)
    if encrypt_inbox:
        with folder.hold():
            _give_inbox_key(folder)
    if folder.missing and len(folder.missing) < _DATABASES:
        folder.require()
    stores = _opened(folder, WORKER)
    try:
        stores.vault.belongs_to(stores.keys.mark)
    finally:
        stores.close()


def open_stores(data: Path, may: May) -> Stores:
    """Open the stores of a prepared data folder; raises StoreUnavailable, and makes nothing, when one is not there."""
    return _opened(DataFolder.found(data).require(), may)


def is_prepared(data: Path) -> bool:
    """Whether a data folder has databases to look at."""
    return place_of(data) is not None or (data / "inbox.db").exists()


def _settle(folder: DataFolder, place: Place) -> None:
    """Write the place down, once a server has answered there."""
    held = [path for path in folder.databases if path.exists()]
    if held:
        raise NotAllowed(
            what=f"Using a server for {folder.path}",
            why=f"it keeps its databases in files ({held[0].name})",
            remedy="Name another folder with --data.",
        )
    if place_of(folder.path) != place:
        open_inbox(folder, server_at(place), Access.WRITE).close()
        note_place(folder.path, place)


def _opened(folder: DataFolder, may: May) -> Stores:
    server, keys = server_for(folder), load_keys(folder.keys)
    with ExitStack() as opened:  # what is open already is closed when the next cannot be opened
        inbox = opened.enter_context(closing(open_inbox(folder, server, _access(write=may.inbox))))
        log = opened.enter_context(closing(open_log(folder, server, _access(write=may.log))))
        vault = open_vault(folder, server, _access(write=may.log))
        opened.pop_all()
    return Stores(folder, inbox, log, vault, Artefacts(folder.artefacts), keys, server)


def _give_inbox_key(folder: DataFolder) -> None:
    # With a key missing, a fresh one would only hide it: bodies that nobody can open are told before it is made.
    server = server_for(folder)
    if server is not None or folder.inbox.exists():
        inbox = open_inbox(folder, server, Access.READ)
        try:
            load_envelope(folder.keys).refuse_unknown(inbox.sealing().sealed)
        finally:
            inbox.close()
    make_inbox_key(folder.keys)


def _access(*, write: bool) -> Access:
    return Access.WRITE if write else Access.READ
