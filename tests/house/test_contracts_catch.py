"""The import contracts and the house check must catch what they are there for: plant it, and see it caught."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
UPWARD = "The house: imports point downward"
LOOP = "The loop: a later stage may read an earlier one, all may read declare"
WORKFLOWS = "Workflows never import one another"
DATABASE = "Only stores open databases"
NETWORK = "Only feeds, surfaces, brokers and demo touch the network"
STANDARD = "hospital and loop.capture need the standard library only"
MATHEMATICS = "The mathematics knows no event"

PLANTED = {
    "loop/derive/planted_upward.py": "import wardwise.govern.runtime.gate\n",
    "loop/capture/planted_later.py": "import wardwise.loop.plan.advice\n",
    "workflows/staffing/planted_neighbour.py": "import wardwise.workflows.ed_demand\n",
    "feeds/files/planted_database.py": "import apsw\n",
    "loop/plan/planted_socket.py": "import socket\n",
    "hospital/planted_library.py": "import polars\n",
    "learn/planted_event.py": "import wardwise.loop.capture.event\n",
}


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The verdict of each contract on a copy of the source with one fault planted for each."""
    copy = tmp_path_factory.mktemp("house")
    shutil.copytree(ROOT / "src", copy / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", copy)
    for name, text in PLANTED.items():
        (copy / "src" / "wardwise" / name).write_text(f'"""Planted."""\n\n{text}')
    linter = Path(sys.executable).with_name("lint-imports")
    environment = {**os.environ, "PYTHONPATH": str(copy / "src"), "COLUMNS": "300"}
    done = subprocess.run(
        [linter, "--no-cache"], cwd=copy, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1, done.stdout + done.stderr
    lines = (line.strip() for line in done.stdout.splitlines())
    return {line.rsplit(" ", 1)[0]: line.rsplit(" ", 1)[1] for line in lines if line.endswith((" KEPT", " BROKEN"))}


@pytest.mark.parametrize("contract", [UPWARD, LOOP, WORKFLOWS, DATABASE, NETWORK, STANDARD, MATHEMATICS])
def test_a_planted_import_breaks_the_contract_that_forbids_it(verdicts: dict[str, str], contract: str) -> None:
    assert verdicts[contract] == "BROKEN"


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("utils.py", "", "the name utils says nothing"),
        ("long.py", "x = 1\n" * 401, "split it by idea"),
        ("slow.py", "def f():\n" + "    x = 1\n" * 41, "f has 42 lines"),
        ("clock.py", "from datetime import datetime\nnow = datetime.now()\n", "reads a wall clock"),
        ("loader.py", "import pickle\n", "runs code from files"),
        ("chance.py", "import random\nx = random.random()\n", "unseeded chance"),
    ],
)
def test_the_house_check_names_the_fault(tmp_path: Path, name: str, text: str, says: str) -> None:
    (tmp_path / name).write_text(text)
    done = subprocess.run(
        [sys.executable, ROOT / "tools" / "house.py", tmp_path], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert says in done.stdout


def test_a_seeded_generator_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "chance.py").write_text("import random\nx = random.Random(7).random()\n")
    done = subprocess.run([sys.executable, ROOT / "tools" / "house.py", tmp_path], check=False)
    assert done.returncode == 0
