"""Backup of a data folder's databases and artefacts while the service runs, and restore into a folder without any."""

import shutil
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from wardwise.assemble.databases import server_at
from wardwise.assemble.stores import READ_ONLY, Stores, open_stores
from wardwise.errors import BrokenBackup, BrokenChain, DamagedInbox, NotAllowed, StoreUnavailable
from wardwise.loop.capture.log import Head
from wardwise.stores.archive_place import archive_of, note_archive
from wardwise.stores.backup import Backup, Engine, checked_backup, file_digest, seal_backup
from wardwise.stores.durable import sync
from wardwise.stores.envelope import load_envelope
from wardwise.stores.folder import DataFolder
from wardwise.stores.keys import load_keys
from wardwise.stores.place import Place, note_place, place_of
from wardwise.stores.sql.access import Access
from wardwise.stores.sql.archive.archive import Archive
from wardwise.stores.sql.inbox import SqlInbox
from wardwise.stores.sql.log import SqlLog
from wardwise.stores.sqlite.copying import copy_database
from wardwise.stores.sqlite.inbox import SqliteInbox
from wardwise.stores.sqlite.log import SqliteLog
from wardwise.stores.vault import Vault

_ARTEFACTS = "artefacts"
_STAGING = "restoring"
_TEMPORARY = ".*"  # an artefact that is being written


def back_up(data: Path, to: Path, *, now: datetime) -> Backup:
    """Make a backup in a new folder and say what is in it; the service may run meanwhile."""
    with open_stores(data, READ_ONLY) as stores:
        _make(to)
        engine, heads = _databases(stores, to)
        # After the log: an artefact is kept before an event names it.
        shutil.copytree(stores.folder.artefacts, to / _ARTEFACTS, ignore=shutil.ignore_patterns(_TEMPORARY))
        if (archive := archive_of(data)) is not None:  # its files are not in the backup: they never change
            note_archive(to, archive)
        files = {name: file_digest(to / name) for name in _names(to)}
        _sync(to)
        backup = Backup(now, engine, files, heads)
        seal_backup(to, backup, stores.keys)
    return backup


def restore(source: Path, data: Path, *, place: Place | None = None, archive: Path | None = None) -> Backup:
    """Bring a backup into a data folder that has keys and no log; all of it, verified, or nothing.

    `archive` is where the archive it leans on is now; None: where it was. Raises BrokenBackup for a damaged or foreign
    one, BrokenArchive where that is damaged, NotAllowed where a log is already.
    """
    folder = DataFolder(data)
    with folder.hold():
        backup = checked_backup(source, load_keys(folder.keys))
        work = _Work(source, backup, folder, archive or archive_of(source))
        if backup.engine is Engine.SQLITE:
            _restore_files(work, place)
        else:
            _restore_tables(work, place)
    return backup


@dataclass(frozen=True, slots=True)
class _Work:
    """A backup, where it is to be, and where the archive is that its log leans on."""

    source: Path
    backup: Backup
    folder: DataFolder
    archive: Path | None


def _databases(stores: Stores, to: Path) -> tuple[Engine, Mapping[str, Head]]:
    """Copy log, vault and inbox, and tell where the copied log ends.

    A log must never have read more than its inbox holds, nor name tokens its vault lacks. On a server one view sees
    to it; files are copied one after the other, the log first.
    """
    if stores.server is not None:
        from wardwise.stores.postgres.dump import dump  # noqa: PLC0415 - an extra

        return Engine.POSTGRES, dump(stores.server, to)
    for path in (stores.folder.events, stores.folder.vault, stores.folder.inbox):
        copy_database(path, to / path.name)
    log = SqliteLog(to / stores.folder.events.name, access=Access.READ)
    try:
        return Engine.SQLITE, {site: log.head(site) for site in log.sites()}
    finally:
        log.close()


def _restore_files(work: _Work, place: Place | None) -> None:
    folder = work.folder
    if place is not None or place_of(folder.path) is not None:
        raise _refusal(folder.path, "it is a backup of files and the data folder names a server")
    staging = folder.path / _STAGING
    if staging.exists() and not folder.events.exists():  # a restore that was cut: the log comes last
        for path in folder.databases:
            path.unlink(missing_ok=True)
    shutil.rmtree(staging, ignore_errors=True)
    if any(path.exists() for path in folder.databases):
        raise _refusal(folder.path, "it holds a log already")
    try:
        _stage(work, staging)
        _bring_artefacts(work)
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise
    _forget_cursors(folder)
    for path in (folder.vault, folder.inbox, folder.events):
        (staging / path.name).rename(path)
        sync(folder.path)
    staging.rmdir()


def _stage(work: _Work, staging: Path) -> None:
    """Copy the databases beside where they belong, bring those of an earlier version up to date, and verify them."""
    folder = work.folder
    staging.mkdir(mode=0o700)
    for path in folder.databases:
        shutil.copyfile(work.source / path.name, staging / path.name)
        (staging / path.name).chmod(0o600)
    envelope = load_envelope(folder.keys)
    archive = Archive(lambda: work.archive)
    log = SqliteLog(staging / folder.events.name, archive=archive)
    with (
        closing(log),
        closing(SqliteInbox(staging / folder.inbox.name, envelope=envelope)) as inbox,
        closing(Vault(staging / folder.vault.name)),
    ):
        _verify(work, log, inbox)
    if left := sorted(path for path in staging.iterdir() if path.name.endswith("-wal")):
        remedy = "Make room, or look after the disk, and restore again; nothing was restored."
        raise StoreUnavailable(store=left[0], what="it could not be brought into its file", remedy=remedy)
    _sync(staging)


def _restore_tables(work: _Work, place: Place | None) -> None:
    folder = work.folder
    place = place or place_of(folder.path)
    if place is None:
        raise _refusal(folder.path, "it is a backup of a server and none is named")
    from wardwise.stores.postgres.dump import empty, load  # noqa: PLC0415 - an extra
    from wardwise.stores.postgres.inbox import PostgresInbox  # noqa: PLC0415
    from wardwise.stores.postgres.log import PostgresLog  # noqa: PLC0415

    server = server_at(place)
    load(server, work.source)
    _forget_cursors(folder)
    try:
        envelope, archive = load_envelope(folder.keys), Archive(lambda: work.archive)
        log = PostgresLog(server, access=Access.READ, archive=archive)
        with closing(log), closing(PostgresInbox(server, envelope=envelope, access=Access.READ)) as inbox:
            _verify(work, log, inbox)
        _bring_artefacts(work)
    except BaseException:
        empty(server)
        raise
    note_place(folder.path, place)


def _forget_cursors(folder: DataFolder) -> None:
    """What was left of another log may lie ahead of this inbox: sources are asked anew, what is known is known."""
    if folder.cursors.exists():
        shutil.rmtree(folder.cursors)
        sync(folder.path)


def _verify(work: _Work, log: SqlLog, inbox: SqlInbox) -> None:
    """Recompute the whole chain and the inbox; raises BrokenBackup where they are not what the manifest says."""
    try:
        for site, head in work.backup.heads.items():
            if log.verify(site) != head:
                raise BrokenBackup(folder=work.source, what=f"the log of {site} does not end where its manifest says")
        inbox.verify()
    except (BrokenChain, DamagedInbox) as damage:
        what = f"what it is a copy of was damaged ({damage.facts['what']})"
        raise BrokenBackup(folder=work.source, what=what) from damage


def _bring_artefacts(work: _Work) -> None:
    if work.archive is not None:
        note_archive(work.folder.path, work.archive)
    shutil.copytree(work.source / _ARTEFACTS, work.folder.artefacts, dirs_exist_ok=True)
    _sync(work.folder.artefacts)


def _make(to: Path) -> None:
    try:
        to.mkdir(mode=0o700, parents=True)
    except OSError as fault:
        remedy = "Name a new folder, such as one with the date."
        raise StoreUnavailable(store=to, what=fault.strerror, remedy=remedy) from fault


def _names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def _sync(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        sync(path)


def _refusal(data: Path, why: str) -> NotAllowed:
    return NotAllowed(
        what=f"Restoring into {data}",
        why=why,
        remedy="Name a data folder with its keys and no log, and for a server's backup an empty database by --store.",
    )
