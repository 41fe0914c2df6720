"""Whatever refuses makes nothing and changes nothing: no data folder, no file in one, no event."""

import re
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from benches.load.ports import free_port

NO_DATA, OTHER_THINGS, EMPTY = "data", "letters", "empty"
BROKEN_CSV = "Employee ID,Unit\nE1,ED\n"

SERVE = "serve --site SITE --data DATA --http 0 --mllp 0"
# command, data folder it is given, exit code, what it says
REFUSALS = [
    ("train ed_demand --site SITE --data DATA", NO_DATA, 18, "no data folder of wardwise is there"),
    ("train ed_demand --site SITE --data DATA", OTHER_THINGS, 18, "no data folder of wardwise is there"),
    ("train ed_demand --site SITE --data DATA", EMPTY, 18, "no data folder of wardwise is there"),
    ("train weather --site SITE --data DATA", NO_DATA, 22, "declares no model"),
    ("train ed_demand --site BROKEN --data DATA", NO_DATA, 11, "units.0.beds"),
    ("import csv TMP/roster.csv --feed roster --site SITE --data DATA", NO_DATA, 11, "roster.csv:1"),
    ("import csv TMP/roster.csv --feed nobody --site SITE --data DATA", NO_DATA, 22, "--feed"),
    ("import meds TMP/roster.csv --site SITE --data DATA", NO_DATA, 22, "0 feeds"),
    ("import hl7v2 TMP/roster.csv --site BROKEN --data DATA", NO_DATA, 11, "units.0.beds"),
    ("import hl7v2 TMP/roster.csv --site SITE --data DATA", OTHER_THINGS, 20, "holds other things"),
    ("serve --site BROKEN --data DATA --http 0 --mllp 0", NO_DATA, 11, "units.0.beds"),
    ("serve --site OPEN --data DATA --http 0 --mllp 0", NO_DATA, 11, "listeners."),
    ("serve --site SITE --data DATA --http TAKEN --mllp 0", NO_DATA, 22, "address already in use"),
    ("serve --site SITE --data DATA --http FREE --mllp FREE", NO_DATA, 22, "address already in use"),
    ("serve --site SITE --data DATA --http 0 --mllp TAKEN", NO_DATA, 22, "another port with --http or --mllp"),
    (SERVE, OTHER_THINGS, 20, "holds other things"),
    ("init --data DATA", OTHER_THINGS, 20, "holds other things"),
    ("init --data DATA --encrypt-inbox", OTHER_THINGS, 20, "holds other things"),
    ("demo --once --data DATA", OTHER_THINGS, 20, "holds other things"),
    *(
        (f"{command} --data DATA", NO_DATA, 18, "no data folder of wardwise is there")
        for command in ("replay --verify", "explain v12", "log verify", "log balance", "log tail", "log rebuild")
    ),
    *(("replay --data DATA", data, 18, "no data folder of wardwise is there") for data in (OTHER_THINGS, EMPTY)),
    ("evaluate weather --dataset uihc --train TMP/roster.csv --test TMP/roster.csv", NO_DATA, 22, "no workflow"),
    ("evaluate ed_arrivals --dataset uihc --train TMP/roster.csv --test TMP/roster.csv", NO_DATA, 11, "roster.csv:1"),
    ("doctor --data DATA", NO_DATA, 0, "not there yet"),  # it refuses nothing, and makes nothing either
]


@pytest.fixture
def taken() -> Iterator[int]:
    """A port where somebody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield int(listener.getsockname()[1])


def spoilt(site: Path, before: str, after: str) -> None:
    file = site / "site.yaml"
    text = file.read_text()
    assert before in text
    file.write_text(text.replace(before, after, 1))


def everything(folder: Path) -> dict[str, bytes | int]:
    """Every file with its bytes, every folder with its mode; but who held the folder last, and what readers share."""
    return {
        str(path.relative_to(folder)): path.stat().st_mode if path.is_dir() else path.read_bytes()
        for path in folder.rglob("*")
        if path.name != "lock" and not path.name.endswith(("-wal", "-shm"))
    }


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda row: f"{row[0].split(' --')[0]}, {row[1]}, {row[2]}")
def test_what_refuses_makes_nothing_and_changes_nothing(
    wardwise: Callable, own_site: Path, tmp_path: Path, taken: int, refusal: tuple[str, str, int, str]
) -> None:
    command, data, code, says = refusal
    site = own_site
    (tmp_path / "roster.csv").write_text(BROKEN_CSV)
    (tmp_path / EMPTY).mkdir()
    (tmp_path / OTHER_THINGS).mkdir()
    (tmp_path / OTHER_THINGS / "letter.txt").write_text("dear")
    if "BROKEN" in command:
        spoilt(site, "beds: 24", "beds: many")
    if "OPEN" in command:
        spoilt(site, "http: {host: 127.0.0.1", "http: {host: 192.0.2.1")
    before = everything(tmp_path)
    words = {
        "SITE": site,
        "BROKEN": site,
        "OPEN": site,
        "DATA": tmp_path / data,
        "TMP": tmp_path,
        "TAKEN": taken,
        "FREE": free_port(),
    }
    said = wardwise(*re.sub("|".join(words), lambda found: str(words[found[0]]), command).split(" "))
    assert (said.code, says in said.err) == (code, True), said.err
    assert everything(tmp_path) == before


def test_a_training_that_lacks_history_leaves_the_data_folder_as_it_was(
    wardwise: Callable, demo_site: Path, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    wardwise("init", "--data", data)
    before = everything(data)
    assert wardwise("train", "ed_demand", "--site", demo_site, "--data", data).code == 12
    assert everything(data) == before


def test_an_id_that_is_nowhere_leaves_the_data_folder_as_it_was(wardwise: Callable, tmp_path: Path) -> None:
    data = tmp_path / "data"
    wardwise("init", "--data", data)
    before = everything(data)
    assert wardwise("explain", "v12", "--data", data).code == 17
    assert everything(data) == before
