"""Help: every command is listed, says what it is for, and answers at once."""

import time
from collections.abc import Callable, Iterator

import click
import pytest
import typer

from wardwise.cli.main import app

BOUND = 2.0  # seconds; most of it is Python's own start


def commands(group: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every command below a group, by its path, and its first sentence."""
    yield path, group.help or ""
    for name, command in getattr(group, "commands", {}).items():
        yield from commands(command, (*path, name))


FOUND = dict(commands(typer.main.get_command(app)))


def test_the_commands_are_those_that_are_promised() -> None:
    promised = {"demo", "serve", "check", "doctor", "import", "train", "evaluate", "explain", "replay", "log", "init"}
    assert promised <= {path[0] for path in FOUND if path}
    of_the_log = {"verify", "rebuild", "balance", "tail", "findings", "export-head"}
    assert {path[1] for path in FOUND if path[:1] == ("log",) and path[1:]} == of_the_log
    assert all(FOUND.values())


@pytest.mark.parametrize("path", FOUND, ids=" ".join)
def test_help_comes_at_once_and_lists_what_is_below(wardwise: Callable, path: tuple[str, ...]) -> None:
    begun = time.perf_counter()
    said = wardwise(*path, "--help")
    assert time.perf_counter() - begun < BOUND
    assert said.code == 0
    assert "Usage: wardwise" in said.out
    for below in FOUND:
        if below[:-1] == path and below:
            assert f"  {below[-1]} " in said.out


def test_a_word_that_is_no_command_is_wrong_usage(wardwise: Callable) -> None:
    said = wardwise("forecast")
    assert said.code == 2
    assert "No such command 'forecast'" in said.err
