"""`publish`: the streams that events are published to: how far each is, and the switch that stops it."""

from pathlib import Path
from typing import Annotated

import typer

from wardwise.cli.arguments import DEFAULT_DATA, DataDir, Json
from wardwise.cli.terminal import say, tell_json

app = typer.Typer(help="The streams events are published to: how far each is; stop and start.", no_args_is_help=True)

Stream = Annotated[str | None, typer.Argument(metavar="[STREAM]", help="One stream; all when left out.")]


@app.command()
def show(data: DataDir = DEFAULT_DATA, json: Json = False) -> None:
    """Each stream: the position it has published to, what waits and for how long, what was dropped, its trouble."""
    from wardwise.assemble.outgoing import outgoing  # noqa: PLC0415
    from wardwise.run.clock import SystemClock  # noqa: PLC0415

    rows = list(outgoing(data, SystemClock().now()))
    if json:
        tell_json({"streams": [row.figures() for row in rows]})
        return
    for row in rows:
        say(f"{row.says}; owner {row.owner}")
    if not rows:
        say("This site publishes to no stream; `publish` in site.yaml names some.")


@app.command()
def stop(
    stream: Stream = None,
    why: Annotated[str, typer.Option(help="What people are to read beside it.")] = "",
    data: DataDir = DEFAULT_DATA,
) -> None:
    """Let nothing go out any more, before the next message; the database may be down. What is recorded waits."""
    from wardwise.run.clock import SystemClock  # noqa: PLC0415
    from wardwise.stores.folder import DataFolder  # noqa: PLC0415
    from wardwise.stores.switches import Switches  # noqa: PLC0415

    folder = DataFolder.found(data)
    _refuse_unknown(stream, data)
    Switches(folder.off).turn_off(_switch(stream), why, SystemClock().now())
    say(f"{stream or 'Every stream'} is switched off. `wardwise publish start` goes on from where it stopped.")


@app.command()
def start(stream: Stream = None, data: DataDir = DEFAULT_DATA) -> None:
    """Go on from where it stopped; advice that has expired meanwhile is dropped and recorded."""
    from wardwise.stores.folder import DataFolder  # noqa: PLC0415
    from wardwise.stores.switches import PUBLISHING, Switches  # noqa: PLC0415

    switches = Switches(DataFolder.found(data).off)
    switches.turn_on(_switch(stream))
    if stream and switches.off(PUBLISHING):
        say(f"{stream} is on by itself, but every stream is switched off; `wardwise publish start` ends that too.")
        return
    say(f"{stream or 'Every stream that has no switch of its own'} is on.")


def _switch(stream: str | None) -> str:
    from wardwise.stores.switches import PUBLISHING, of_stream  # noqa: PLC0415

    return of_stream(stream) if stream else PUBLISHING


def _refuse_unknown(stream: str | None, data: Path) -> None:
    """A misspelt name would stop nothing; with the database down it is taken as it is."""
    from wardwise.assemble.outgoing import streams_of  # noqa: PLC0415
    from wardwise.errors import NotAllowed, StoreUnavailable  # noqa: PLC0415
    from wardwise.hospital.place import is_slug  # noqa: PLC0415

    if stream is None:
        return
    try:
        known = streams_of(data)
    except StoreUnavailable:
        known = [stream] if is_slug(stream) else []
        say("The database does not answer, so the name is not checked; without a name every stream is stopped.")
    if stream not in known:
        raise NotAllowed(
            what=f"Stopping the stream {stream}",
            why="the site publishes to no stream of this name",
            remedy=f"Name one of {', '.join(known)}, or none to stop all." if known else "Name none to stop all.",
        )
