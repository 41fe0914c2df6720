"""`init --encrypt-inbox` seals the inbox; a service that cannot seal it does not start; `doctor` says how it is."""

from collections.abc import Callable
from pathlib import Path

import pytest

ROSTER = "Employee ID,Unit,Date,Shift,Start,End,Skill,Status,Updated\n"
MARKER = "ZZPHI"


def row(number: int) -> str:
    return f"{MARKER}{number},ED,2026-03-01,D,07:00,19:00,ed,scheduled,2026-02-20 09:00\n"


@pytest.fixture
def bring(wardwise: Callable, demo_site: Path, tmp_path: Path) -> Callable[[int], object]:
    """Import a roster file whose bytes hold the marker."""

    def run(number: int) -> object:
        file = tmp_path / f"roster{number}.csv"
        file.write_text(ROSTER + row(number))
        return wardwise("import", "csv", file, "--feed", "roster", "--site", demo_site, "--data", tmp_path / "data")

    return run


def inbox_of(wardwise: Callable, data: Path) -> dict:
    found = wardwise("doctor", "--data", data, "--json").told["findings"]
    return next(finding for finding in found if finding["what"] == "inbox")


def holding(data: Path) -> list[str]:
    """The files of the inbox in which the marker can be read."""
    return [path.name for path in data.glob("inbox.db*") if MARKER.encode() in path.read_bytes()]


def test_an_encrypted_inbox_holds_no_message_in_the_clear_and_doctor_says_so(
    wardwise: Callable, bring: Callable, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    assert wardwise("init", "--data", data, "--encrypt-inbox").code == 0
    assert bring(1).code == 0
    assert holding(data) == []
    assert inbox_of(wardwise, data)["fine"]
    assert "0 unsealed" in inbox_of(wardwise, data)["says"]


def test_a_key_set_later_is_told_with_what_is_still_in_the_clear(
    wardwise: Callable, bring: Callable, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    assert bring(1).code == 0
    assert holding(data) == ["inbox.db"]
    assert "kept unsealed" in inbox_of(wardwise, data)["says"]
    assert wardwise("init", "--data", data, "--encrypt-inbox").code == 0
    assert bring(2).code == 0
    assert "1 unsealed" in inbox_of(wardwise, data)["says"]
    assert wardwise("log", "balance", "--data", data).code == 0
    assert wardwise("log", "rebuild", "--data", data).code == 0


def test_without_its_key_nothing_starts_and_the_file_and_the_remedy_are_named(
    wardwise: Callable, bring: Callable, demo_site: Path, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    wardwise("init", "--data", data, "--encrypt-inbox")
    bring(1)
    key = data / "keys" / "inbox.key"
    key.rename(tmp_path / "away.key")
    serve = ("serve", "--site", demo_site, "--data", data, "--http", "0", "--mllp", "0")
    for said in (wardwise(*serve), bring(2), wardwise("init", "--data", data, "--encrypt-inbox")):
        assert said.code == 18
        assert str(key) in said.err
        assert "backup" in said.err
    assert not key.exists()
    assert not inbox_of(wardwise, data)["fine"]
    assert wardwise("log", "verify", "--data", data).code == 0
    (tmp_path / "away.key").rename(key)
    assert bring(2).code == 0
