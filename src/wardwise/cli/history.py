"""`import` and `train`: bring in history, and make models from it. The service must not be running."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from wardwise.cli.arguments import DEFAULT_DATA, DataDir, Json, SiteDir
from wardwise.cli.terminal import bar, say, tell_json


class Format(StrEnum):
    """What can be imported."""

    HL7V2 = "hl7v2"
    FHIR = "fhir"
    CSV = "csv"
    MEDS = "meds"
    OMOP = "omop"
    XES = "xes"


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command("import")(import_history)
    app.command()(train)


def import_history(
    form: Annotated[Format, typer.Argument(metavar="FORMAT", help="hl7v2, fhir, csv, xes, meds or omop.")],
    path: Annotated[Path, typer.Argument(help="A file, or a folder of files.", exists=True)],
    site: SiteDir,
    data: DataDir = DEFAULT_DATA,
    feed: Annotated[
        str | None, typer.Option(help="The feed whose mapping reads it; the only one of its kind if left out.")
    ] = None,
    json: Json = False,
) -> None:
    """Bring history into the log through the same inbox and mappings as live feeds."""
    from wardwise.assemble.importing import Import, import_path  # noqa: PLC0415
    from wardwise.run.clock import SystemClock  # noqa: PLC0415
    from wardwise.sites.feed import FeedKind  # noqa: PLC0415

    kind = FeedKind.CSV if form is Format.XES else FeedKind(form.value)  # an event log is a table of events
    what = Import(kind, path, feed)
    with bar(f"Importing {path.name}", show=not json) as step:
        found = import_path(site, data, what, now=SystemClock().now(), progress=step)
    if json:
        tell_json(found)
    elif form in {Format.MEDS, Format.OMOP}:
        _say_tables(found)
    else:
        _say_messages(found)


def _say_messages(found: dict[str, Any]) -> None:
    dealt = ", ".join(f"{found[name]} {name}" for name in ("applied", "quarantined", "refused", "duplicate"))
    say(f"{found['received']} messages: {dealt}; {found['events']} events, {found['suspect']} of them suspect")
    for problem in found["problems"]:
        say(f"  {problem['message'] or problem['raw']}: {problem['code']}: {problem['why']}. {problem['remedy']}")


def _say_tables(found: dict[str, Any]) -> None:
    known = found["facts"] - found["events"]
    say(f"{found['rows']} rows gave {found['facts']} facts: {found['events']} events new, {known} known already")
    for kind, count in sorted(found["kinds"].items()):
        say(f"  {kind:18} {count}")
    say(f"  {found['suspect']} suspect; {found['left_out']} left out: no time, or an impossible one")
    for reason, rows in sorted(found["ignored"].items()):
        say(f"  {rows} rows passed over: {reason}")
    unmapped = found["unmapped"]
    most = ", ".join(f"{code} ({rows})" for code, rows in unmapped["most"].items())
    say(f"  {unmapped['rows']} rows of {unmapped['codes']} codes in no mapping{': most ' if most else ''}{most}")


def train(
    workflow: Annotated[str, typer.Argument(help="The workflow whose model is to be made.")],
    site: SiteDir,
    data: DataDir = DEFAULT_DATA,
    json: Json = False,
) -> None:
    """Make a workflow's model from what the log holds now, sign it and publish it."""
    from wardwise.assemble.training import train_workflow  # noqa: PLC0415
    from wardwise.run.clock import SystemClock  # noqa: PLC0415

    lineage = train_workflow(site, data, workflow, now=SystemClock().now())
    if json:
        tell_json(lineage)
    else:
        say(f"{workflow}: published {lineage['artefact'][:16]} from {lineage.get('rows', '?')} rows")
