"""`check` and `doctor`: what is wrong with a site's files, and with the machine."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wardwise.cli.arguments import DEFAULT_DATA, DataDir, Json
from wardwise.cli.terminal import say, tell_json

if TYPE_CHECKING:
    from wardwise.errors import BrokenFile


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command()(check)
    app.command()(doctor)


def check(
    site: Annotated[Path, typer.Argument(help="The site's folder.", exists=True, file_okay=False)],
    json: Json = False,
) -> None:
    """Read every file of a site; print each problem with file, line, field and remedy. Exit code 11 if there is one."""
    from wardwise.assemble.site import configure  # noqa: PLC0415
    from wardwise.errors import BrokenFile  # noqa: PLC0415
    from wardwise.sites.broken import BrokenFiles  # noqa: PLC0415

    try:
        found = configure(site)
    except BrokenFiles as broken:
        _report(broken.problems, json=json)
        raise typer.Exit(broken.exit_code) from None
    except BrokenFile as broken:
        _report((broken,), json=json)
        raise typer.Exit(broken.exit_code) from None
    described = found.folder.site
    summary = {
        "site": described.slug,
        "problems": [],
        "units": len(described.units),
        "feeds": len(described.feeds),
        "workflows": sorted(found.workflows),
        "configuration": found.folder.digest,
    }
    if json:
        tell_json(summary)
    else:
        say(f"{described.title}: {summary['units']} units, {summary['feeds']} feeds, no problems.")


def _report(problems: "Sequence[BrokenFile]", *, json: bool) -> None:
    if json:
        tell_json({"problems": [{key: str(value) for key, value in problem.facts.items()} for problem in problems]})
        return
    for problem in problems:
        say(str(problem))


def doctor(
    data: DataDir = DEFAULT_DATA,
    site: Annotated[
        Path | None, typer.Option(help="The site's folder, to look at its certificates too.", exists=True)
    ] = None,
    exported: Annotated[
        Path | None, typer.Option(help="The last heads that `log export-head` wrote.", exists=True, dir_okay=False)
    ] = None,
    json: Json = False,
) -> None:
    """Look at the machine, the data folder and certificates: what works, what to do. Exit code 1 if not all is well."""
    from wardwise.cli.examine import examine  # noqa: PLC0415
    from wardwise.run.clock import SystemClock  # noqa: PLC0415

    findings = examine(data, now=SystemClock().now(), site=site, exported=exported)
    if json:
        tell_json({"findings": findings, "healthy": all(found["fine"] for found in findings)})
    else:
        for found in findings:
            say(f"{'ok  ' if found['fine'] else 'LOOK'} {found['what']}: {found['says']}")
    if not all(found["fine"] for found in findings):
        raise typer.Exit(1)
