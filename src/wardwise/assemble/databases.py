"""The databases of a data folder, wherever they are: files in it, or schemas on the server that it names."""

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from wardwise.errors import NotAllowed, NotRunnable
from wardwise.sites.store_at import StoreAt, without_password
from wardwise.stores.archive_place import archive_of
from wardwise.stores.envelope import load_envelope
from wardwise.stores.folder import DataFolder
from wardwise.stores.place import PASSWORD, Place, place_of
from wardwise.stores.sql.access import Access
from wardwise.stores.sql.archive.archive import Archive
from wardwise.stores.sql.inbox import SqlInbox
from wardwise.stores.sql.log import SqlLog
from wardwise.stores.sql.vault import SqlVault

if TYPE_CHECKING:
    from wardwise.stores.postgres.server import Server


def place_at(address: str | None) -> Place | None:
    """The place of an address given by hand; raises NotAllowed for one with a password, which others could read."""
    if address is None:
        return None
    try:
        return Place(without_password(address))
    except ValueError:
        raise NotAllowed(
            what="A password in the address of the store",
            why="others on this machine can read the arguments of a process",
            remedy=f"Leave it out and set {PASSWORD}, or write it into .pgpass.",
        ) from None


def place_in(site: Path, told: StoreAt | None) -> Place | None:
    """The place that a site names, its password's file below the site's folder where it is not absolute."""
    if told is None:
        return None
    return Place(told.address, site.absolute() / told.password_file if told.password_file else None)


def server_for(folder: DataFolder) -> "Server | None":
    """The server a data folder names, its password with it; None when the databases are files in the folder."""
    place = place_of(folder.path)
    return None if place is None else server_at(place)


def server_at(place: Place) -> "Server":
    """The server of a place; raises NotRunnable when the driver is not installed, NotAllowed for a bad address."""
    try:
        from wardwise.stores.postgres.server import server_of  # noqa: PLC0415 - an extra
    except ImportError as absence:
        raise NotRunnable(
            what="a log on PostgreSQL",
            why="its driver is not installed",
            remedy="Install `wardwise[postgres]`, or `psycopg[binary]` beside wardwise.",
        ) from absence
    return server_of(place.address, password=place.password(os.environ))


def store_answers(data: Path) -> bool:
    """Whether the server that a data folder names takes connections; files always do."""
    place = place_of(data)
    if place is None:
        return True
    server = server_at(place)
    from wardwise.stores.postgres.server import answers  # noqa: PLC0415 - an extra

    return answers(server)


def open_inbox(folder: DataFolder, server: "Server | None", access: Access) -> SqlInbox:
    """The raw inbox, its bodies sealed where the folder has a key."""
    # Imported one by one: a door waits for nothing it does not need.
    envelope = load_envelope(folder.keys)
    if server is None:
        from wardwise.stores.sqlite.inbox import SqliteInbox  # noqa: PLC0415

        return SqliteInbox(folder.inbox, envelope=envelope, access=access)
    from wardwise.stores.postgres.inbox import PostgresInbox  # noqa: PLC0415

    return PostgresInbox(server, envelope=envelope, access=access)


def open_log(folder: DataFolder, server: "Server | None", access: Access) -> SqlLog:
    """The event log, and its old records wherever the folder says that the archive is."""
    archive = Archive(partial(archive_of, folder.path))
    if server is None:
        from wardwise.stores.sqlite.log import SqliteLog  # noqa: PLC0415

        return SqliteLog(folder.events, access=access, archive=archive)
    from wardwise.stores.postgres.log import PostgresLog  # noqa: PLC0415

    return PostgresLog(server, access=access, archive=archive)


def open_vault(folder: DataFolder, server: "Server | None", access: Access) -> SqlVault:
    """The vault."""
    if server is None:
        from wardwise.stores.vault import Vault  # noqa: PLC0415

        return Vault(folder.vault, access=access)
    from wardwise.stores.postgres.vault import PostgresVault  # noqa: PLC0415

    return PostgresVault(server, access=access)
