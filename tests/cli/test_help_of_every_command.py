"""Help: every command is listed, says what it is for, and loads nothing slow (`benches/help.py` measures it)."""

import subprocess
import sys
from collections.abc import Callable, Iterator

import click
import pytest
import typer

from wardwise.cli.main import app

SLOW = frozenset({"apsw", "cryptography", "fastapi", "holidays", "numpy", "openpyxl", "polars", "scipy", "uvicorn"})
LOADED = """
import sys
from wardwise.cli.main import run
sys.argv[0] = "wardwise"
try:
    run()
finally:
    print(*{name.partition(".")[0] for name in sys.modules}, file=sys.stderr)
"""


def commands(group: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every command below a group, by its path, and its first sentence."""
    yield path, group.help or ""
    for name, command in getattr(group, "commands", {}).items():
        yield from commands(command, (*path, name))


FOUND = dict(commands(typer.main.get_command(app)))


def test_the_commands_are_those_that_are_promised() -> None:
    promised = {"demo", "serve", "check", "doctor", "import", "train", "evaluate", "explain", "replay", "log", "init"}
    assert promised <= {path[0] for path in FOUND if path}
    of_the_log = {"verify", "rebuild", "balance", "tail", "findings", "export-head", "archive"}
    assert {path[1] for path in FOUND if path[:1] == ("log",) and path[1:]} == of_the_log
    assert all(FOUND.values())


@pytest.mark.parametrize("path", FOUND, ids=" ".join)
def test_help_lists_what_is_below_and_loads_nothing_slow(path: tuple[str, ...]) -> None:
    said = subprocess.run([sys.executable, "-c", LOADED, *path, "--help"], capture_output=True, text=True, check=True)
    assert "Usage: wardwise" in said.stdout
    for below in FOUND:
        if below[:-1] == path and below:
            assert f"  {below[-1]} " in said.stdout
    loaded = set(said.stderr.split())
    assert "wardwise" in loaded
    assert not loaded & SLOW


def test_a_word_that_is_no_command_is_wrong_usage(wardwise: Callable) -> None:
    said = wardwise("forecast")
    assert said.code == 2
    assert "No such command 'forecast'" in said.err
