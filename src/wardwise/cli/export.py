"""`fetch`: a bulk export of a FHIR server into a folder, for `import` to bring in."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from wardwise.cli.arguments import Json, SiteDir
from wardwise.cli.terminal import say, tell_json


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(fetch)


def fetch(
    feed: Annotated[str, typer.Argument(help="A FHIR feed with a server to ask (`poll` in site.yaml).")],
    to: Annotated[Path, typer.Argument(metavar="DIR", help="A new folder for the files; they hold patients' data.")],
    site: SiteDir,
    since: Annotated[str, typer.Option(help="Only what was recorded since, as 2026-03-01T00:00:00Z.")] = "",
    group: Annotated[str, typer.Option(help="The Group whose patients are exported; everything if left out.")] = "",
    json: Json = False,
) -> None:
    """Fetch a bulk export ($export) from a feed's FHIR server; `import fhir DIR` then brings it in."""
    from wardwise.assemble.exports import fetch_export  # noqa: PLC0415
    from wardwise.feeds.fhir.bulk import Wanted  # noqa: PLC0415
    from wardwise.hospital.moment import iso  # noqa: PLC0415
    from wardwise.run.clock import SystemClock, pause  # noqa: PLC0415

    clock = SystemClock()
    found = fetch_export(site, feed, to, Wanted(since=_since(since), group=group), clock=clock, wait=pause)
    if json:
        tell_json({"at": iso(found.at), "files": dict(found.lines), "faults": found.faults})
        return
    for name, lines in found.lines.items():
        say(f"  {name}: {lines:,}")
    if found.faults:
        say(f"The server says in {found.faults} files of its own that it could not export everything.")
    say(f"Everything up to {iso(found.at)}: let the feed `poll` since then. Import {to} now, and remove it afterwards.")


def _since(text: str) -> datetime | None:
    from wardwise.hospital.moment import from_iso  # noqa: PLC0415

    try:
        return from_iso(text) if text else None
    except ValueError:
        raise typer.BadParameter("write --since as 2026-03-01T00:00:00Z") from None
