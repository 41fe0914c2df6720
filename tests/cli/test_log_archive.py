"""`log archive` moves by the site's period and its owner's word; `rebuild`, `verify` and `tail` read through it."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from wardwise.assemble.archiving import archive_log

MESSAGE = (
    "MSH|^~\\&|EHR|LGH|W|W|20260301110{}0||ADT^A01|c{}|P|2.5.1\rEVN|A01|20260301110000||||20260301110000\r"
    "PID|1||{}^^^LGH^MR||ZZ^ZZ||19500101|F\rPV1|1|I|4A^^1{}||||||||||||||||{}^^^LGH\r"
)
PERIOD = "\nlog_retention:\n  live_days: 365\n  owner: Head of health records\n"


@pytest.fixture
def imported(wardwise: Callable, demo_site: Path, tmp_path: Path) -> Callable[[str], Path]:
    """A data folder of two patients, of the demo site with more lines in its site.yaml."""

    def made(more: str) -> Path:
        site, files = Path(shutil.copytree(demo_site, tmp_path / "site")), tmp_path / "messages"
        with (site / "site.yaml").open("a") as text:
            text.write(more)
        files.mkdir()
        for n in (1, 2):
            (files / f"m{n}.hl7").write_text(MESSAGE.format(n, n, 700 + n, n, 800 + n), newline="")
            done = wardwise("import", "hl7v2", files / f"m{n}.hl7", "--feed", "adt", "--site", site, "--data", folder)
            assert done.code == 0, done.err
        return folder

    folder = tmp_path / "data"
    return made


def test_the_sites_period_decides_and_its_owner_is_told(wardwise: Callable, imported: Callable, tmp_path: Path) -> None:
    data = imported(PERIOD)
    done = wardwise("log", "archive", "--to", tmp_path / "archive", "--data", data, "--json")
    assert done.code == 0, done.err
    told = done.told["demo"]
    assert (told["moved_events"], told["owner"]) == (0, "Head of health records")
    assert datetime.now(UTC) - datetime.fromisoformat(told["before"]) >= timedelta(days=365)


def test_without_a_period_a_day_is_asked_for_and_one_to_come_is_refused(
    wardwise: Callable, imported: Callable, tmp_path: Path
) -> None:
    data = imported("")
    asked = wardwise("log", "archive", "--to", tmp_path / "archive", "--data", data)
    assert (asked.code, "log_retention" in asked.err, "--before" in asked.err) == (20, True, True)
    to_come = wardwise("log", "archive", "--to", tmp_path / "archive", "--before", "2999-01-01", "--data", data)
    assert (to_come.code, "it is to come" in to_come.err) == (20, True)
    done = wardwise("log", "archive", "--to", tmp_path / "archive", "--before", "2020-01-01", "--data", data)
    assert (done.code, "0 events recorded before 2020-01-01 moved" in done.err) == (0, True), done.err


def test_rebuild_verify_and_tail_read_through_the_archive(
    wardwise: Callable, imported: Callable, tmp_path: Path
) -> None:
    data, later = imported(""), datetime.now(UTC) + timedelta(days=1)
    before = {words: wardwise(*words.split(), "--data", data, "--json").told for words in LOOKS}
    [found] = archive_log(data, tmp_path / "archive", now=later, before=later).values()
    assert sum(segment.events for segment in found.moved) == before["log verify"]["sites"]["demo"]["position"]
    after = {words: wardwise(*words.split(), "--data", data, "--json").told for words in LOOKS}
    for name in ("received", "acknowledged", "pending"):
        before["log balance"]["demo"][name] += 1  # word of it, for the worker to write down
    before["log verify"]["receipts"] += 1
    assert after == before
    said = wardwise("doctor", "--data", data, "--json").told["findings"]
    assert any(each["what"] == "archive" and each["fine"] and "in 1 files at" in each["says"] for each in said)
    [file] = (tmp_path / "archive").glob("*.parquet")
    file.write_bytes(file.read_bytes()[:-1])
    done = wardwise("log", "verify", "--data", data)
    assert (done.code, file.name in done.err) == (26, True)
    said = wardwise("doctor", "--data", data, "--json")
    assert said.code == 1
    named = {each["what"] for each in said.told["findings"] if not each["fine"] and file.name in each["says"]}
    assert "archive" in named


LOOKS = ("log rebuild --verify", "log verify", "log tail", "log balance", "log findings")
