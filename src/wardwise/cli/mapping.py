"""`map`: does a mapping read what its tests say; what do messages hold that it does not read."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wardwise.cli.arguments import Json
from wardwise.cli.terminal import say, tell_json

if TYPE_CHECKING:
    from wardwise.assemble.map_tests import Tested
    from wardwise.govern.data.inventory import Source

MOST_SHOWN = 40  # of each list; --json has them all

app = typer.Typer(help="Look at mapping files: their tests, and what they leave unread.", no_args_is_help=True)


@app.command("test")
def run_tests(
    what: Annotated[
        Path, typer.Argument(metavar="SITE|FILE", help="A site's folder, a file of tests, or the word standard.")
    ],
    json: Json = False,
) -> None:
    """Run the tests beside mappings; print what differs, with file and line. Exit code 1 if anything does."""
    from wardwise.assemble.map_tests import try_mappings  # noqa: PLC0415

    tested = try_mappings(what)
    if json:
        tell_json(tested.figures())
    else:
        _tell(tested)
    if tested.differences:
        raise typer.Exit(1)


def _tell(tested: "Tested") -> None:
    for difference in tested.differences:
        say(str(difference))
    files = f"{len(tested.files)} file{'s' if len(tested.files) > 1 else ''}"
    say(f"{tested.tests} tests in {files}, {tested.failed or 'none'} failed.")


@app.command()
def show(
    site: Annotated[Path, typer.Argument(help="The site's folder.", exists=True, file_okay=False)], json: Json = False
) -> None:
    """Show the interoperability map: sources, owners, events, readers, exception paths, risks, and destinations."""
    from wardwise.assemble.site import configure  # noqa: PLC0415
    from wardwise.govern.data.inventory import destinations, sources  # noqa: PLC0415

    found = configure(site)
    every, ends = sources(found.folder, found.workflows), destinations(found.folder)
    if json:
        told = [asdict(source) | {"messy": source.messy} for source in every]
        tell_json(
            {"configuration": found.folder.digest, "sources": told, "destinations": [asdict(end) for end in ends]}
        )
        return
    typer.echo(f"{found.folder.site.title}, configuration {found.folder.digest[:12]}")
    for source in every:
        typer.echo(_source(source))
    for end in ends:
        typer.echo(f"to {end.name} ({end.kind}): {', '.join(end.kinds or end.workflows)}")


def _source(source: "Source") -> str:
    facts = (
        ("told by", source.told_by),
        ("freshness", f"{source.freshness} {source.rhythm}".strip()),
        ("mapping, contract", f"{source.mapping or 'none'}, {source.contract or 'none'}"),
        ("owner, steward", f"{source.owner}, {source.steward}"),
        ("events", ", ".join(source.events)),
        ("read by", ", ".join(source.read_by)),
        ("exceptions", source.exceptions),
        ("fallback", source.fallback),
        ("risks", "; ".join(source.risks)),
    )
    head = f"from {source.feed} ({source.kind}{f', {source.system}' if source.system else ''})"
    return "\n".join([head, *(f"  {label}: {says}" for label, says in facts if says)])


@app.command()
def coverage(
    site: Annotated[Path, typer.Argument(help="The site's folder.", exists=True, file_okay=False)],
    messages: Annotated[Path | None, typer.Option(help="A file or folder of HL7 v2 messages.", exists=True)] = None,
    data: Annotated[Path | None, typer.Option(help="A data folder, to look at its inbox instead.", exists=True)] = None,
    feed: Annotated[str | None, typer.Option(help="Read all messages by this feed, whoever sent them.")] = None,
    json: Json = False,
) -> None:
    """What messages hold that the mappings do not read: types, fields and codes, with counts; nothing of a patient."""
    from wardwise.assemble.map_coverage import coverage_of_files, coverage_of_inbox  # noqa: PLC0415
    from wardwise.run.clock import SystemClock  # noqa: PLC0415

    if (messages is None) == (data is None):
        raise typer.BadParameter("give either --messages or --data")
    if messages is not None:
        found = coverage_of_files(site, messages, feed=feed, now=SystemClock().now())
    else:
        found = coverage_of_inbox(site, data or Path())
    if json:
        tell_json(found)
        return
    for each in found["feeds"]:
        _tell_coverage(each)
    say(f"{found['refused']} refused at the door, {found['unknown_senders']} of senders that no feed declares.")


def _tell_coverage(feed: dict[str, Any]) -> None:
    say(f"Feed {feed['feed']}: {feed['messages']} messages")
    for sort, counts in feed["sorts"].items():
        say(f"  {sort}: " + ", ".join(f"{count} {said}" for said, count in counts.items()))
    if feed["unknown"]:
        say("  Codes that no table knows:")
    for each in feed["unknown"][:MOST_SHOWN]:
        say(f"    {each['times']:>6} times {each['place']} = {each['code']}, asked in {each['tables']}")
    if feed["unread"]:
        say("  Fields with content that no rule reads:")
    for each in feed["unread"][:MOST_SHOWN]:
        say(f"    {each['messages']:>6} messages {each['sort']} {each['field']}")
