"""`map`: does a mapping read what its tests say; what do messages hold that it does not read."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wardwise.cli.arguments import Json
from wardwise.cli.terminal import say, tell_json

if TYPE_CHECKING:
    from wardwise.assemble.map_tests import Tested

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
