"""One owner, one holder, one place for everything."""

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from wardwise.errors import FolderInUse, NotAllowed, StoreUnavailable
from wardwise.stores.folder import DataFolder

SOURCE = Path(__file__).parents[2] / "src"
HOLD = """
import subprocess, sys
from pathlib import Path
from wardwise.stores.folder import DataFolder
with DataFolder(Path(sys.argv[1])).hold(inheritable=True) as lock:
    child = subprocess.Popen(["sleep", "60"], pass_fds=[lock] if sys.argv[2] == "child" else [],
                             stdout=subprocess.DEVNULL)
    print(child.pid, flush=True)
    sys.stdin.read()
"""


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def holder(tmp_path):
    """Starts a process that holds the folder, with a child that shares the lock or does not."""
    started = []

    def start(sharing):
        process = subprocess.Popen(
            [sys.executable, "-c", HOLD, str(tmp_path / "data"), sharing],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(SOURCE)},
        )
        child = int(process.stdout.readline())
        started.append((process, child))
        return process, child

    yield start
    for process, child in started:
        for pid in (process.pid, child):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        process.communicate()


def test_the_layout_is_made_for_the_owner_only(tmp_path):
    folder = DataFolder(tmp_path / "a" / "data")
    assert sorted(entry.name for entry in folder.path.iterdir()) == ["artefacts", "keys", "lock"]
    assert [mode(path) for path in (folder.path, folder.artefacts, folder.keys)] == [0o700] * 3
    assert mode(folder.lock) == 0o600
    assert (folder.inbox.name, folder.events.name, folder.vault.name) == ("inbox.db", "events.db", "vault.db")


def test_a_folder_opened_to_others_is_closed_again(tmp_path):
    folder = DataFolder(tmp_path / "data")
    folder.path.chmod(0o755)
    assert mode(DataFolder(tmp_path / "data").path) == 0o700


def test_a_folder_of_other_things_is_refused_and_left_alone(tmp_path):
    (tmp_path / "letter.txt").write_text("dear")
    before = mode(tmp_path)
    with pytest.raises(NotAllowed, match="holds other things"):
        DataFolder(tmp_path)
    assert mode(tmp_path) == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["letter.txt"]


def test_a_path_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "data").write_text("not a folder")
    with pytest.raises(StoreUnavailable, match="data"):
        DataFolder(tmp_path / "data")


def test_a_second_holder_is_refused_by_name_and_pid(tmp_path):
    folder = DataFolder(tmp_path / "data")
    with folder.hold(), pytest.raises(FolderInUse) as refusal, DataFolder(tmp_path / "data").hold():
        raise AssertionError("two holders")
    assert refusal.value.facts == {"folder": folder.path, "holder": str(os.getpid())}
    with folder.hold():
        assert folder.lock.read_text() == str(os.getpid())


def test_the_lock_is_kept_from_children_unless_asked_for(tmp_path):
    folder = DataFolder(tmp_path / "data")
    with folder.hold() as lock:
        assert not os.get_inheritable(lock)
    with folder.hold(inheritable=True) as lock:
        assert os.get_inheritable(lock)


def test_a_killed_holder_lets_go(tmp_path, holder):
    process, _ = holder("alone")
    folder = DataFolder(tmp_path / "data")
    with pytest.raises(FolderInUse) as refusal, folder.hold():
        raise AssertionError("two holders")
    assert refusal.value.facts["holder"] == str(process.pid)
    process.kill()
    process.wait()
    with folder.hold():
        assert folder.lock.read_text() == str(os.getpid())


@pytest.mark.parametrize("end", ["killed", "ended"])
def test_a_child_that_shares_the_lock_keeps_the_folder_held(tmp_path, holder, end):
    process, child = holder("child")
    if end == "killed":
        process.kill()
    process.communicate()
    folder = DataFolder(tmp_path / "data")
    with pytest.raises(FolderInUse), folder.hold():
        raise AssertionError("two holders")
    os.kill(child, signal.SIGKILL)
    for _ in range(200):
        if not Path(f"/proc/{child}/fd/0").exists():
            break
        time.sleep(0.01)
    with folder.hold():
        assert folder.lock.read_text() == str(os.getpid())
