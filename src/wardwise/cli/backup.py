"""`backup` and `restore`: a copy of everything but the keys, and back."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wardwise.cli.arguments import DEFAULT_DATA, DataDir, Json, Store
from wardwise.cli.terminal import say, tell_json

if TYPE_CHECKING:
    from wardwise.stores.backup import Backup

BackupDir = Annotated[Path, typer.Argument(metavar="DIR", help="The backup's folder.")]


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command()(backup)
    app.command()(restore)


def backup(to: BackupDir, data: DataDir = DEFAULT_DATA, json: Json = False) -> None:
    """Copy log, inbox, vault and artefacts into a new folder, consistent with each other; the service goes on.

    Keys are not copied: keep a copy of theirs elsewhere, without it no backup can be restored.
    """
    from wardwise.assemble.backups import back_up  # noqa: PLC0415
    from wardwise.run.clock import SystemClock  # noqa: PLC0415

    _tell(back_up(data, to, now=SystemClock().now()), f"Backed up to {to}.", json=json)


def restore(
    source: BackupDir,
    data: DataDir = DEFAULT_DATA,
    store: Store = None,
    archive: Annotated[
        Path | None, typer.Option(help="Where the archive of old events is now, if it was carried elsewhere.")
    ] = None,
    json: Json = False,
) -> None:
    """Bring a backup into a data folder that has its keys and no log; verified, all of it or nothing.

    Exit code 24: the backup is damaged or another site's; 26: the archive it leans on is not there or was changed. A
    server's backup goes into an empty database, --store.
    """
    from wardwise.assemble.backups import restore as bring_back  # noqa: PLC0415
    from wardwise.assemble.databases import place_at  # noqa: PLC0415

    _tell(
        bring_back(source, data, place=place_at(store), archive=archive),
        f"Restored into {data}, and verified.",
        json=json,
    )


def _tell(found: "Backup", done: str, *, json: bool) -> None:
    if json:
        tell_json(found.figures())
        return
    for site, head in found.heads.items():
        say(f"{site}: {head.position} events, head {head.chain}")
    say(f"{done} {len(found.files)} files.")
