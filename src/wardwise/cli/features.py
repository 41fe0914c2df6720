"""`features`: what the workflows of a site look at, in words."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wardwise.cli.arguments import Json
from wardwise.cli.terminal import say, tell_json

if TYPE_CHECKING:
    from wardwise.govern.data.feature_sheet import FeatureLine, FeatureSheet


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(features)


def features(
    workflow: Annotated[str, typer.Argument(help="One workflow; all when none is given.")] = "",
    site: Annotated[Path, typer.Option("--site", help="The site's folder.")] = Path("sites/demo"),
    html: Annotated[Path | None, typer.Option("--html", help="Write a page to this file instead.")] = None,
    json: Json = False,
) -> None:
    """Show every column a prediction is made from: its unit, its sources, how old it may be, who answers for it."""
    from wardwise.assemble.features import features_of  # noqa: PLC0415

    title, sheets = features_of(workflow, site)
    if html is not None:
        from wardwise.surfaces.web.pages.features.page import features_file  # noqa: PLC0415

        html.write_text(features_file(title, sheets), encoding="utf-8")
        say(f"Written to {html}.")
    elif json:
        tell_json({"features": [asdict(sheet) for sheet in sheets]})
    else:
        typer.echo("\n\n".join(_spelt(sheet) for sheet in sheets))


def _spelt(sheet: "FeatureSheet") -> str:
    head = f"{sheet.workflow}: {sheet.name}, version {sheet.version}, {sheet.digest[:12]}; owner {sheet.owner}"
    return "\n".join([head, *(f"  {_line(line)}" for line in sheet.lines)])


def _line(line: "FeatureLine") -> str:
    unit = f" ({line.ucum})" if line.ucum else ""
    by = f" by {', '.join(line.feeds)}" if line.feeds else ""
    how = f" [{line.how}]" if line.how else ""
    stale = f"; counts for {line.stale_after}" if line.stale_after else ""
    return f"{line.name}{unit}: {line.says}{how}; from {', '.join(line.kinds)}{by}{stale}"
