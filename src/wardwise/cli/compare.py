"""`contract compare`: what one feed told live and another by batch, day by day."""

from typing import TYPE_CHECKING, Annotated

import typer

from wardwise.cli.arguments import DEFAULT_DATA, DataDir, Json
from wardwise.cli.terminal import say, tell_json

if TYPE_CHECKING:
    from wardwise.loop.derive.state.repeated import Repeated


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(compare)


def compare(
    data: DataDir = DEFAULT_DATA,
    days: Annotated[int, typer.Option(min=1, max=400, help="How many days of each.")] = 7,
    json: Json = False,
) -> None:
    """Show days that one feed told live and another by batch (`repeats` of site.yaml), and what live was worth."""
    from wardwise.assemble.comparing import compared_days  # noqa: PLC0415

    found = compared_days(data, days=days)
    if json:
        tell_json({"days": [_row(each) for each in found]})
        return
    for each in found:
        typer.echo(spelt(each))
    if not found:
        say("No day was compared. Name the two feeds under `repeats` in site.yaml, and let the worker run.")


def spelt(found: "Repeated") -> str:
    """One day as a line."""
    fields = ", ".join(f"{name} {count}" for name, count in found.fields.items())
    counts = (
        f"{found.both} in both, {found.only_live} only live, {found.only_batch} only batch, "
        f"{found.differing} differ{f' ({fields})' if fields else ''}"
    )
    ahead = found.lags.get("ahead")
    earlier = f"; live knew {ahead.half:g} min earlier (nine of ten within {ahead.most:g})" if ahead else ""
    return f"{found.start:%Y-%m-%d} {found.event} {found.live} and {found.batch}: {counts}{earlier}"


def _row(found: "Repeated") -> dict[str, object]:
    plain = ("live", "batch", "event", "both", "only_live", "only_batch", "differing")
    return {name: getattr(found, name) for name in plain} | {
        "from": found.start.isoformat(),
        "to": found.end.isoformat(),
        "fields": dict(found.fields),
        "minutes": {name: {"half": lag.half, "most": lag.most} for name, lag in found.lags.items()},
        "examples": {name: list(ids) for name, ids in found.examples.items()},
    }
