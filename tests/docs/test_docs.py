"""The documents are run: console blocks give what they show, commands exist, links lead somewhere."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import typer.main

from wardwise.cli.main import app

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])
COMMAND = re.compile(r"(?:`|bin/|\$ |    )wardwise ([a-z]+)(?: ([a-z-]+[a-z]))?")
LINK = re.compile(r"\]\((?!https?:)([^)#]+)\)")
CONSOLE = re.compile(r"```console\n(.*?)```", re.DOTALL)


def commands() -> dict[str, set[str]]:
    """Every command and the commands of its group."""
    group = typer.main.get_command(app)
    return {name: set(getattr(command, "commands", {})) for name, command in group.commands.items()}  # type: ignore[attr-defined]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_a_page_names_is_there(page: Path) -> None:
    known = commands()
    for name, sub in COMMAND.findall(page.read_text()):
        assert name in known, name
        assert not known[name] or not sub or sub in known[name], (name, sub)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text()):
        assert (page.parent / target).exists(), target


def test_every_command_is_in_the_readme() -> None:
    text = (ROOT / "README.md").read_text()
    assert [name for name in commands() if name != "version" and f"wardwise {name}" not in text] == []


@pytest.mark.parametrize(
    "page", [page for page in PAGES if "```console" in page.read_text()], ids=lambda page: page.name
)
def test_what_a_page_shows_on_a_console_runs(page: Path) -> None:
    shown = [line[2:] for block in CONSOLE.findall(page.read_text()) for line in block.splitlines() if line[:2] == "$ "]
    assert shown
    for line in shown:
        words = shlex.split(line)
        words[0] = str(Path(sys.executable).with_name(words[0]))
        done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, (line, done.stderr)


def test_decisions_are_numbered_one_after_the_other_and_say_their_number() -> None:
    records = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
    assert [int(record.name[:4]) for record in records] == list(range(1, len(records) + 1))
    for record in records:
        assert record.read_text().startswith(f"# {int(record.name[:4])}. "), record.name
