"""`wardwise log`: what it prints, and what it says of what it cannot do."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from wardwise.assemble.stores import WORKER, open_stores, prepare
from wardwise.loop.capture.event import Draft
from wardwise.loop.capture.log import Batch

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SILENT = {"feed": "adt", "state": "silent", "last_at": "2026-03-01T00:00:00.000000Z"}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder whose log holds one event."""
    folder = tmp_path / "data"
    prepare(folder, seed=1)
    record(folder, "g1", NOON)
    return folder


def record(data: Path, name: str, at: datetime) -> None:
    draft = Draft(id=name, kind="feed.silent", occurred_at=at, source="x", payload=SILENT)
    with open_stores(data, WORKER) as stores:
        stores.log.append(stores.log.lease("demo", "a test"), Batch([draft]), at)


def test_the_tail_of_a_kind_that_does_not_exist_is_refused_with_the_kind_that_was_meant(
    wardwise: Callable, tmp_path: Path
) -> None:
    wardwise("init", "--data", tmp_path / "data")
    said = wardwise("log", "tail", "--kind", "stay.admited", "--data", tmp_path / "data")
    assert (said.code, said.out) == (2, "")
    assert "there is no kind `stay.admited`" in said.err.replace("\n", " ")
    assert "stay.admitted" in said.err


def test_a_log_that_passes_through_its_exported_head_is_verified(
    wardwise: Callable, data: Path, tmp_path: Path
) -> None:
    head = tmp_path / "head.json"
    told = wardwise("log", "export-head", "--data", data, "--to", head, "--json").told
    assert told["heads"]["demo"]["position"] == 1
    record(data, "g2", NOON + timedelta(minutes=90))
    said = wardwise("log", "verify", "--data", data, "--exported", head, "--json")
    assert (said.code, said.told["sites"]["demo"]["position"]) == (0, 2)


def test_a_log_that_was_cut_since_is_found_by_its_exported_head_alone(
    wardwise: Callable, data: Path, tmp_path: Path
) -> None:
    shorter = Path(shutil.copytree(data, tmp_path / "shorter"))
    record(data, "g2", NOON + timedelta(minutes=90))
    head = tmp_path / "head.json"
    assert wardwise("log", "export-head", "--data", data, "--to", head).code == 0
    assert wardwise("log", "verify", "--data", shorter).code == 0
    said = wardwise("log", "verify", "--data", shorter, "--exported", head)
    assert (said.code, "the log was cut: 2 was exported" in said.err.replace("\n", " ")) == (16, True)


def test_doctor_says_how_much_could_be_cut_unseen(wardwise: Callable, data: Path, tmp_path: Path) -> None:
    head = tmp_path / "head.json"
    wardwise("log", "export-head", "--data", data, "--to", head)
    record(data, "g2", NOON + timedelta(minutes=90))

    def found(*more: object) -> str:
        findings = wardwise("doctor", "--data", data, "--json", *more).told["findings"]
        return next(each["says"] for each in findings if each["what"] == "exported head")

    assert "`wardwise log export-head --to FILE`" in found()
    assert "demo: 1 events over 90 min since could be cut unseen" in found("--exported", head)


def test_a_head_is_never_written_over_another_and_other_files_are_no_heads(
    wardwise: Callable, data: Path, tmp_path: Path
) -> None:
    head = tmp_path / "head.json"
    head.write_text('{"heads": {"demo": {}}}')
    assert "it is there already" in wardwise("log", "export-head", "--data", data, "--to", head).err.replace("\n", " ")
    said = wardwise("log", "verify", "--data", data, "--exported", head)
    assert (said.code, "holds no exported heads" in said.err.replace("\n", " ")) == (11, True)
    assert head.read_text() == '{"heads": {"demo": {}}}'
