"""`contract review`: what waits to be held against the chart, and a judgement given without a browser."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wardwise.cli.arguments import DEFAULT_DATA, DataDir, Json
from wardwise.cli.terminal import say, tell_json

if TYPE_CHECKING:
    from wardwise.assemble.reviewing import Queue


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(review)


def review(
    event: Annotated[str, typer.Argument(help="The event to judge, or the beginning of its id.")] = "",
    judgement: Annotated[str, typer.Option("--say", help="right, wrong or cannot-tell.")] = "",
    reason: Annotated[str, typer.Option(help="Why it is wrong, or why you cannot tell.")] = "",
    by: Annotated[str, typer.Option(help="Your role and initials, such as data-steward:RS.")] = "",
    data: DataDir = DEFAULT_DATA,
    json: Json = False,
) -> None:
    """List sampled events that wait to be held against the chart, or judge one; the last word on an event counts."""
    if not event:
        _list(data, json=json)
        return
    role, _, actor = by.partition(":")
    if not (judgement and role and actor.strip()):
        raise typer.BadParameter("give --say, and --by with your role and initials, to judge an event")
    from wardwise.assemble.reviewing import Said, judge  # noqa: PLC0415
    from wardwise.run.clock import clock_of  # noqa: PLC0415

    said = Said(event=event, judgement=judgement, reason=reason, role=role, actor=actor.strip())
    found = judge(data, said, clock_of(data).now())
    if json:
        tell_json({"event": found, "judgement": judgement, "stored": True})
    else:
        say(f"Stored: {found} is {judgement}. It counts once the worker has read it.")


def _list(data: Path, *, json: bool) -> None:
    from wardwise.assemble.reviewing import queues  # noqa: PLC0415

    found = queues(data)
    if json:
        tell_json({"feeds": [_row(each) for each in found]})
        return
    for each in found:
        share = each.tally.share
        sure = f"{share.point:.0%} wrong ({share.low:.0%} to {share.high:.0%})" if each.tally.judged else "none judged"
        typer.echo(f"{each.feed}: {len(each.items)} to judge, {sure}; steward: {each.steward}")
        for item in each.items:
            place = item.bed or item.unit or ""
            says = ", ".join(f"{name} {value}" for name, value in item.says)
            typer.echo(f"  {item.event} {item.kind} {item.at:%Y-%m-%d %H:%M} UTC {place} {item.visit} {says}".rstrip())
    if not found:
        say("No contract asks for samples. Add `review` to the contract of a feed.")


def _row(found: "Queue") -> dict[str, object]:
    share = found.tally.share
    return {
        "feed": found.feed,
        "steward": found.steward,
        "wrong": found.tally.wrong,
        "right": found.tally.right,
        "cannot_tell": found.tally.cannot_tell,
        "share_wrong": {"point": share.point, "low": share.low, "high": share.high},
        "waiting": [asdict(item) | {"at": item.at.isoformat()} for item in found.items],
    }
