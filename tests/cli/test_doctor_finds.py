"""`doctor` on folders that something is wrong with: it says what, and what to do, and ends with 1."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from wardwise.assemble.stores import WORKER, open_stores, prepare
from wardwise.loop.capture.event import About, Draft
from wardwise.loop.capture.log import Batch

PAST = datetime(2026, 3, 1, tzinfo=UTC)
FAR_AHEAD = datetime(2199, 1, 1, tzinfo=UTC)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    prepare(folder, seed=1)
    return folder


def recorded(data: Path, at: datetime) -> None:
    draft = Draft(id="g1", kind="feed.silent", occurred_at=at, source="x", about=About(), payload=SILENT)
    with open_stores(data, WORKER) as stores:
        stores.log.append(stores.log.lease("demo", "a test"), Batch([draft]), at)


SILENT = {"feed": "adt", "state": "silent", "last_at": "2026-03-01T00:00:00.000000Z"}


def no_keys(data: Path) -> None:
    shutil.rmtree(data / "keys")


def a_damaged_log(data: Path) -> None:
    recorded(data, PAST)
    log = data / "events.db"
    stored = log.read_bytes()
    log.write_bytes(stored.replace(b'"state":"silent"', b'"state":"quiet!"'))


def a_clock_set_back(data: Path) -> None:
    recorded(data, FAR_AHEAD)


def another_file_in_its_place(data: Path) -> None:
    (data / "events.db").write_bytes(b"not a database, but as long as a header of one must be" * 20)


@pytest.mark.parametrize(
    ("wrong", "what", "says"),
    [
        (no_keys, "data folder", "wardwise init"),
        (a_damaged_log, "log", "position 1"),
        (another_file_in_its_place, "log", "backup"),
        (a_clock_set_back, "clock", "set the machine's clock"),
    ],
)
def test_what_is_wrong_is_named_with_its_remedy(
    wardwise: Callable, data: Path, wrong: Callable[[Path], None], what: str, says: str
) -> None:
    wrong(data)
    said = wardwise("doctor", "--data", data, "--json")
    assert said.code == 1
    assert not said.told["healthy"]
    found = {each["what"]: each for each in said.told["findings"]}
    assert not found[what]["fine"]
    assert says in found[what]["says"]


def test_a_sound_folder_is_said_to_be_sound(wardwise: Callable, data: Path) -> None:
    recorded(data, PAST)
    said = wardwise("doctor", "--data", data)
    assert said.code == 0, said.err
    assert "LOOK" not in said.err
