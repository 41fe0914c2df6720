"""`log archive`: move old records to Parquet files; the log goes on as one."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from wardwise.cli.arguments import DEFAULT_DATA, DataDir, Json
from wardwise.cli.terminal import say, tell_json


def archive(
    to: Annotated[Path, typer.Option(help="The archive's folder, the same every time.", file_okay=False)],
    before: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], help="Move what was recorded before this day (UTC); else site.yaml says how old."
        ),
    ] = None,
    data: DataDir = DEFAULT_DATA,
    json: Json = False,
) -> None:
    """Move the records of old events to Parquet files, with a manifest of their hashes and of the chain's heads.

    Positions, ids, digests and indexes stay in the log; records are read from the archive when they are wanted, and
    `log verify` goes through both. A service may run meanwhile. Stopped anywhere, nothing is lost or half moved.
    Exit code 26: a file of the archive is missing or was changed.
    """
    from wardwise.assemble.archiving import archive_log  # noqa: PLC0415
    from wardwise.run.clock import SystemClock  # noqa: PLC0415

    until = before.replace(tzinfo=UTC) if before else None

    def moved(site: str, position: int) -> None:
        if not json:
            say(f"{site}: moved up to position {position}")

    found = archive_log(data, to, now=SystemClock().now(), before=until, progress=moved)
    if json:
        tell_json({site: one.figures() for site, one in found.items()})
        return
    for site, one in found.items():
        figures, word = one.figures(), f" ({one.owner}'s period)" if one.owner else ""
        say(
            f"{site}: {figures['moved_events']} events recorded before {one.before:%Y-%m-%d}{word} moved, "
            f"{figures['archived_events']} in the archive now"
        )
