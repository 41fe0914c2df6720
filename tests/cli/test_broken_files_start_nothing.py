"""A broken site, mapping or CSV: file, line, field and remedy are named, and nothing is started half."""

from collections.abc import Callable
from pathlib import Path

import pytest

ROSTER = "Employee ID,Unit,Date,Shift,Start,End,Skill,Status,Updated\n"
ROW = "E1,ED,2026-03-01,D,07:00,19:00,ed,scheduled,2026-02-20 09:00\n"


def spoil(file: Path, before: str, after: str) -> int:
    """Change one place of a file and return its line."""
    text = file.read_text()
    assert before in text
    file.write_text(text.replace(before, after, 1))
    return text[: text.index(before)].count("\n") + 1


BROKEN = {
    "no number": ("site.yaml", "beds: 24", "beds: many", "units.0.beds"),
    "a file that is not there": ("site.yaml", "mapping: mappings/adt.yaml", "mapping: mappings/none.yaml", "mapping"),
    "a key nobody knows": ("site.yaml", "slug: demo", "slugg: demo", "slugg"),
    "a table nobody wrote": (
        "mappings/adt.yaml",
        "{take: PID-3.4, default",
        "{take: PID-3.4, table: sexes, default",
        "sexes",
    ),
    "a place that is none": ("mappings/oru.yaml", "take: [PV1-19.4,", "take: [PV1-five,", "PV1-five"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_what_is_broken_is_named_and_the_data_folder_is_not_touched(
    wardwise: Callable, own_site: Path, tmp_path: Path, case: str
) -> None:
    name, before, after, says = BROKEN[case]
    line = spoil(own_site / name, before, after)
    data = tmp_path / "data"
    commands = (
        ["check", own_site],
        ["serve", "--site", own_site, "--data", data, "--http", "0", "--mllp", "0"],
        ["import", "hl7v2", own_site, "--site", own_site, "--data", data],
    )
    for command in commands:
        said = wardwise(*command)
        assert said.code == 11, said.err
        assert f"{Path(name).name}:{line}:" in said.err
        assert says in said.err
        assert said.out == ""
    assert not data.exists()


def test_check_tells_machines_the_same(wardwise: Callable, own_site: Path) -> None:
    line = spoil(own_site / "site.yaml", "beds: 24", "beds: many")
    said = wardwise("check", own_site, "--json")
    assert said.code == 11
    (problem,) = said.told["problems"]
    assert (problem["line"], problem["field"].endswith("beds")) == (str(line), True)
    assert problem["remedy"]


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        (ROSTER.replace("Employee ID,", "") + ROW, 1, "no column `employee`"),
        (ROSTER.replace("Shift", "Unit") + ROW, 1, "the column `unit` twice"),
        (ROSTER + ROW + 'E2,"ED,2026-03-01\n', 3, "is not CSV"),
    ],
)
def test_a_csv_that_cannot_be_read_as_a_whole_is_refused_before_anything_is_stored(
    wardwise: Callable, demo_site: Path, tmp_path: Path, text: str, line: int, says: str
) -> None:
    file, data = tmp_path / "roster.csv", tmp_path / "data"
    file.write_text(text)
    said = wardwise("import", "csv", file, "--feed", "roster", "--site", demo_site, "--data", data)
    assert said.code == 11
    assert f"roster.csv:{line}:" in said.err
    assert says in said.err
    assert not data.exists()


def test_a_row_that_cannot_be_read_is_set_aside_by_its_line_and_the_others_count(
    wardwise: Callable, demo_site: Path, tmp_path: Path
) -> None:
    file, data = tmp_path / "roster.csv", tmp_path / "data"
    file.write_text(ROSTER + ROW + ROW.replace("E1", "E2").replace("2026-02-20 09:00", "soon"))
    said = wardwise("import", "csv", file, "--feed", "roster", "--site", demo_site, "--data", data, "--json")
    assert said.code == 0
    assert said.told["applied"] == 1
    (problem,) = said.told["problems"]
    assert problem["message"] == "roster.csv"
    assert "line 3" in problem["why"]
    assert problem["remedy"]


def test_a_feed_that_must_be_named_or_is_not_there_is_told(wardwise: Callable, demo_site: Path, tmp_path: Path) -> None:
    file, data = tmp_path / "roster.csv", tmp_path / "data"
    file.write_text(ROSTER + ROW)
    for named in ([], ["--feed", "nobody"]):
        said = wardwise("import", "csv", file, *named, "--site", demo_site, "--data", data)
        assert said.code == 22
        assert "roster, staff, ed-history" in said.err
    assert not data.exists()
