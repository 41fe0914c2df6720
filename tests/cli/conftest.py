"""The command line as its users start it: a process of its own, its words and its exit code."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

WARDWISE = Path(sys.executable).with_name("wardwise")


@dataclass(frozen=True)
class Said:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def told(self) -> dict:
        """The one object on stdout."""
        found = json.loads(self.out)
        assert isinstance(found, dict)
        return found


@pytest.fixture
def wardwise() -> Callable[..., Said]:
    """Run a command to its end."""

    def run(*arguments: object) -> Said:
        command = [WARDWISE, *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        assert "Traceback" not in done.stderr
        return Said(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def own_site(demo_site: Path, tmp_path: Path) -> Path:
    """The demo site in a folder of its own, to be broken."""
    return Path(shutil.copytree(demo_site, tmp_path / "site"))
