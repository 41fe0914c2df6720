"""`contract accept`: drifts that stand, taken for the new normal without a browser, or taken back."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wardwise.cli.arguments import DEFAULT_DATA, DataDir, Json
from wardwise.cli.terminal import say, tell_json

if TYPE_CHECKING:
    from wardwise.assemble.accepting import Drifts


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(accept)


def accept(
    finding: Annotated[str, typer.Argument(help="The finding, or the beginning of its id.")] = "",
    reason: Annotated[str, typer.Option(help="new-device, new-measure, new-codes, other-patients, ...")] = "",
    by: Annotated[str, typer.Option(help="Your role and initials, such as data-steward:RS.")] = "",
    undo: Annotated[bool, typer.Option("--undo", help="Take an acceptance back.")] = False,
    data: DataDir = DEFAULT_DATA,
    json: Json = False,
) -> None:
    """List drifts that stand, or take one for the new normal: its reference starts anew, workflows come back."""
    if not finding:
        _list(data, json=json)
        return
    role, _, actor = by.partition(":")
    if not (role and actor.strip()):
        raise typer.BadParameter("give --by with your role and initials")
    from wardwise.assemble.accepting import Word, speak  # noqa: PLC0415
    from wardwise.run.clock import clock_of  # noqa: PLC0415

    word = Word(finding=finding, reason=reason, role=role, actor=actor.strip(), undo=undo)
    found = speak(data, word, clock_of(data).now())
    if json:
        tell_json({"finding": found, "state": "withdrawn" if undo else "accepted", "stored": True})
    else:
        say(f"Stored: {found} is {'taken back' if undo else 'the new normal'} once the worker has read it.")


def _list(data: Path, *, json: bool) -> None:
    from wardwise.assemble.accepting import drifts  # noqa: PLC0415

    found = drifts(data)
    if json:
        tell_json(_rows(found))
        return
    for each in found.standing:
        typer.echo(f"{each.id} {each.feed} {each.rule}: {each.what}")
    for one in found.accepted:
        typer.echo(
            f"{one.breach} {one.feed} {one.rule}: normal since {one.at:%Y-%m-%d} ({one.reason}, {one.role} {one.actor})"
        )
    say(f"{len(found.standing)} drifts stand, {len(found.accepted)} are the new normal.")


def _rows(found: "Drifts") -> dict[str, object]:
    standing = [{"finding": b.id, "feed": b.feed, "rule": b.rule, "what": b.what} for b in found.standing]
    keys = ("breach", "feed", "rule", "reason", "role", "actor")
    normal = [{key: getattr(one, key) for key in keys} | {"at": one.at.isoformat()} for one in found.accepted]
    return {"standing": standing, "accepted": normal}
