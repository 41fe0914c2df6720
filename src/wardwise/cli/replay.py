"""`replay`: take every recorded turn again and compare."""

from typing import Annotated

import typer

from wardwise.cli.arguments import DEFAULT_DATA, DataDir, Json
from wardwise.cli.terminal import bar, say, tell_json


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(replay)


def replay(
    data: DataDir = DEFAULT_DATA,
    verify: Annotated[bool, typer.Option("--verify", help="Exit with code 21 if any decision differs.")] = False,
    json: Json = False,
) -> None:
    """Make every decision in the log again from what was known at its instant; compare byte for byte."""
    from wardwise.assemble.replaying import replay_site  # noqa: PLC0415
    from wardwise.assemble.stores import READ_ONLY, open_stores  # noqa: PLC0415
    from wardwise.errors import ReplayDiffers  # noqa: PLC0415

    found = {}
    with open_stores(data, READ_ONLY) as stores:
        for site in stores.log.sites():
            with bar(f"Replaying {site}", show=not json) as step:
                found[site] = replay_site(stores, site, progress=step)
    if json:
        tell_json({site: one.figures() for site, one in found.items()})
    for site, one in found.items():
        if not json:
            says = "identical" if one.identical else f"{len(one.differing)} differ"
            say(f"{site}: {one.decisions} decisions of {one.turns} turns: {says}")
        if verify and not one.identical:
            raise ReplayDiffers(count=len(one.differing), total=one.decisions, first=one.differing[0])
