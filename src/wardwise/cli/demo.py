"""`demo`: a hospital of 180 beds, watched, forecast, advised and answered."""

import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer

from wardwise.cli.arguments import Json
from wardwise.cli.terminal import bar, say, tell_json


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(demo)


def demo(  # noqa: PLR0913, PLR0917 - each argument is a flag people know
    once: Annotated[bool, typer.Option("--once", help="Run in virtual time as fast as it goes, report, end.")] = False,
    seed: Annotated[int, typer.Option(help="Another seed is another day at the hospital.")] = 1,
    days: Annotated[int, typer.Option(min=1, max=60, help="How many days pass.")] = 1,
    speed: Annotated[float, typer.Option(min=1, max=600, help="Hospital seconds in one second, when live.")] = 60.0,
    http: Annotated[int, typer.Option(help="Port of the board; 0 lets the system choose.")] = 8080,
    data: Annotated[
        Path | None, typer.Option(help="Keep the data here; otherwise it is thrown away at the end.")
    ] = None,
    json: Json = False,
) -> None:
    """Run the demo hospital against the real doors on loopback."""
    from wardwise.cli.play import play_live, play_once  # noqa: PLC0415

    with tempfile.TemporaryDirectory(prefix="wardwise-demo-") as scratch:
        folder = data or Path(scratch) / "data"
        if not once:
            play_live(folder, seed=seed, days=days, speed=speed, http=http)
            return
        with bar("Simulating", show=not json) as step:
            result = play_once(folder, seed=seed, days=days, progress=step)
    if json:
        tell_json(result)
    else:
        _print(result)
    if not _went_well(result):
        raise typer.Exit(1)


def _went_well(result: dict[str, Any]) -> bool:
    """The same decisions again, the books in balance, and an incident for each trouble played and for nothing else."""
    found = all(result["incidents_played"].values()) and not result["incidents"]
    return bool(result["replay_identical"] and result["messages"]["holds"] and found)


def _print(result: dict[str, Any]) -> None:
    messages = result["messages"]
    say(f"{result['days']} day(s) of seed {result['seed']} in {result['seconds']:.1f} s")
    dealt = ", ".join(f"{messages[name]} {name}" for name in ("applied", "duplicate", "quarantined", "pending"))
    received = (
        f"{messages['received']} received = {messages['acknowledged']} acknowledged + {messages['refused']} refused"
    )
    say(f"  messages: {received}; {dealt}")
    for name in ("predictions", "recommendations", "deliveries", "ended", "responses", "outcomes"):
        say(f"  {name}: " + ", ".join(f"{kind} {count}" for kind, count in result[name].items()))
    for where, count in result["incidents_played"].items():
        say(f"  played: {where}, {'found' if count else 'NOT FOUND'}")
    for where, count in result["incidents"].items():
        say(f"  INCIDENT, {count} times: {where}")
    same = "identical" if result["replay_identical"] else "DIFFERENT"
    say(f"  {result['decisions']} decisions, hash {result['decision_hash'][:16]}, replay {same}")
