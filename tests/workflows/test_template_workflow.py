"""Adding a workflow touches its own folder and nothing else: the suite picks up a stranger's by itself."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
SRC = HERE.parents[1] / "src"
SUITE = [str(HERE / "test_conformance.py"), str(HERE / "test_conformance_stories.py")]


@pytest.fixture
def strangers_package(tmp_path: Path) -> Path:
    """The template, copied into another distribution that announces it by entry point."""
    shutil.copytree(HERE / "template" / "busy_hour", tmp_path / "strange_busy_hour")
    info = tmp_path / "strange-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: strange\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[wardwise.workflows]\nbusy_hour = strange_busy_hour\n")
    return tmp_path


def run(package: Path, *command: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(package), str(SRC)])
    environment = {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, *command], env=environment, cwd=HERE.parents[1], capture_output=True, text=True, check=False
    )


def conformance(package: Path) -> subprocess.CompletedProcess[str]:
    return run(package, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "busy_hour", *SUITE)


def test_a_folder_from_another_package_passes_the_whole_suite_untouched(strangers_package: Path) -> None:
    ran = conformance(strangers_package)
    assert ran.returncode == 0, ran.stdout[-3000:]
    assert " passed" in ran.stdout


def test_without_its_counter_measure_the_suite_refuses_it(strangers_package: Path) -> None:
    kpis = strangers_package / "strange_busy_hour" / "kpis.py"
    kpis.write_text(kpis.read_text().replace("counter=True", "counter=False"))
    ran = conformance(strangers_package)
    assert ran.returncode == 1
    assert "test_it_counts_what_is_better_and_what_must_not_worsen[busy_hour]" in ran.stdout


def test_a_story_that_does_not_come_true_is_told(strangers_package: Path) -> None:
    policy = strangers_package / "strange_busy_hour" / "policy.yaml"
    policy.write_text(policy.read_text().replace("value: 15", "value: 16"))
    ran = conformance(strangers_package)
    assert ran.returncode == 1
    assert "expected advice busy, got none" in ran.stdout


def test_finding_workflows_imports_none_of_them(strangers_package: Path) -> None:
    code = (
        "import sys; from wardwise.assemble.workflows import found_workflows; print(*found_workflows());"
        "print([m for m in sys.modules if 'busy_hour' in m or m.startswith('wardwise.workflows.')])"
    )
    ran = run(strangers_package, "-c", code)
    names, modules = ran.stdout.splitlines()
    assert "busy_hour" in names.split()
    assert modules == "[]"
