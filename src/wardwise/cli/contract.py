"""`contract`: what feeds and files promise, in words; what changed; and whether a file keeps its promise."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wardwise.cli import accept, compare, review
from wardwise.cli.arguments import Json
from wardwise.cli.terminal import say, tell_json

if TYPE_CHECKING:
    from wardwise.govern.data.contract_sheet import ContractSheet
    from wardwise.govern.data.files.trap import Trap
    from wardwise.sites.file_contract import FileContract

DEFAULT_SITE = Path("sites/demo")

app = typer.Typer(help="Look at contracts of feeds and files, and hold files against them.", no_args_is_help=True)
review.add_to(app)
accept.add_to(app)
compare.add_to(app)


@app.command("test")
def hold(
    contract: Annotated[Path, typer.Argument(help="The file's contract (YAML).", exists=True, dir_okay=False)],
    file: Annotated[Path, typer.Argument(help="A CSV file (also .gz) or a Parquet file.", exists=True, dir_okay=False)],
    json: Json = False,
) -> None:
    """Hold a file against its contract; print each trap by name. Exit code 1 if one is not listed as known."""
    from wardwise.govern.data.files.suite import traps  # noqa: PLC0415
    from wardwise.sites.document import read_yaml  # noqa: PLC0415
    from wardwise.sites.file_contract import FileContract  # noqa: PLC0415

    agreed = read_yaml(contract, FileContract)
    found = traps(file, agreed)
    unknown = [trap for trap in found if not agreed.handling(trap.rule, trap.column)]
    if json:
        tell_json({"file": agreed.file, "version": agreed.version, "findings": [_row(trap, agreed) for trap in found]})
    else:
        _tell(found, agreed)
    if unknown:
        raise typer.Exit(1)


@app.command()
def show(
    what: Annotated[str, typer.Argument(metavar="FEED|SITE", help="A feed of the site, or a site's folder for all.")],
    site: Annotated[Path, typer.Option("--site", help="The site's folder, where a feed is named.")] = DEFAULT_SITE,
    html: Annotated[Path | None, typer.Option("--html", help="Write a page to this file instead.")] = None,
    json: Json = False,
) -> None:
    """Show what feeds promise, in words that operations can read, and which workflows read it."""
    from wardwise.assemble.contracts import sheets_of  # noqa: PLC0415

    found = sheets_of(what, site)
    if html is not None:
        from wardwise.surfaces.web.pages.contracts.page import contracts_file  # noqa: PLC0415

        html.write_text(contracts_file(found.title, found.digest, found.sheets), encoding="utf-8")
        say(f"Written to {html}.")
    elif json:
        tell_json({"configuration": found.digest, "contracts": [asdict(sheet) for sheet in found.sheets]})
    else:
        typer.echo("\n\n".join(spelt(sheet) for sheet in found.sheets))


@app.command()
def diff(
    before: Annotated[Path, typer.Argument(metavar="A", help="A site's folder or a contract file.")],
    after: Annotated[Path, typer.Argument(metavar="B", help="Another.")],
    json: Json = False,
) -> None:
    """Show what two versions, folders or environments promise differently, and which workflows it touches."""
    from wardwise.assemble.contracts import differences  # noqa: PLC0415

    found = differences(before, after)
    if json:
        tell_json({"changes": [asdict(change) for change in found]})
        return
    for change in found:
        touched = f" Touches {', '.join(change.affects)}." if change.affects else ""
        typer.echo(
            f"{change.feed}: {change.where}: {change.before or 'nothing'} -> {change.after or 'nothing'}.{touched}"
        )
    say(f"{len(found)} differences." if found else "No difference.")


def spelt(sheet: "ContractSheet") -> str:
    """A contract as plain text."""
    lines = [f"{sheet.feed}, version {sheet.version}", *(f"  {label}: {says}" for label, says in sheet.facts)]
    lines += [f"  {label}: {says}" for label, says in sheet.rhythm]
    lines.append(f"  Read by: {', '.join(sheet.readers) or 'no workflow'}")
    for kind in sheet.kinds:
        lines.append(f"  {kind.kind}{f' (read by {kind.readers})' if kind.readers else ''}")
        for field in kind.fields:
            when = f" where {field.when}" if field.when else ""
            bounds = f", {field.bounds}" if field.bounds else ""
            lines.append(f"    {field.name}{when}: {field.type}{bounds}; {field.absent}")
    return "\n".join([*lines, *(f"  Watched: {watch}" for watch in sheet.watches)])


def _tell(found: "list[Trap]", agreed: "FileContract") -> None:
    for trap in found:
        handling = agreed.handling(trap.rule, trap.column)
        where = f" {trap.column}:" if trap.column else ""
        lines = f" (lines {', '.join(map(str, trap.lines))})" if trap.lines else ""
        known = f" Known: {handling}." if handling else ""
        say(f"{trap.rule:<18}{where} {trap.what}{lines}.{known}")
    say(f"{len(found)} findings about {agreed.file}." if found else f"{agreed.file} keeps its contract.")


def _row(trap: "Trap", agreed: "FileContract") -> dict[str, object]:
    return {
        "rule": trap.rule,
        "sort": trap.sort.value,
        "column": trap.column,
        "what": trap.what,
        "count": trap.count,
        "lines": list(trap.lines),
        "known": agreed.handling(trap.rule, trap.column),
    }
