"""The command line: one file per group of commands. Heavy imports wait until a command runs."""

import sys

import typer

from wardwise import __version__
from wardwise.cli import (
    backup,
    contract,
    demo,
    evaluate,
    explain,
    export,
    features,
    history,
    log,
    mapping,
    publish,
    replay,
    service,
    site,
)

app = typer.Typer(
    name="wardwise",
    help="A sidecar decision service for hospitals: it reads the feeds, forecasts, advises, and learns.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
for group in (demo, service, backup, site, history, export, features, evaluate, explain, replay):
    group.add_to(app)
app.add_typer(log.app, name="log")
app.add_typer(mapping.app, name="map")
app.add_typer(contract.app, name="contract")
app.add_typer(publish.app, name="publish")


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(__version__)


def run() -> None:
    """Run a command; an error of ours is one line on stderr and its own exit code, never a traceback."""
    from wardwise.errors import WardwiseError  # noqa: PLC0415

    try:
        app()
    except WardwiseError as error:
        typer.echo(f"wardwise: {error}", err=True)
        sys.exit(error.exit_code)
