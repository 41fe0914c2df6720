"""Each rule of the suite on a few rows: what it finds, what it leaves alone, and that it repeats nobody's value."""

import gzip
from pathlib import Path

import polars as pl
import pytest

from wardwise.errors import NotRunnable
from wardwise.govern.data.files.suite import traps
from wardwise.govern.data.files.trap import Trap
from wardwise.sites.file_contract import FileContract

COLUMNS = [
    {"name": "id", "type": "text", "required": True},
    {"name": "day", "type": "date"},
    {"name": "beds", "type": "integer", "lowest": 0, "highest": 900},
    {"name": "used", "type": "integer", "never_zero": True, "at_most": "beds"},
    {"name": "rate", "type": "decimal"},
    {"name": "kind", "type": "text", "codes": ["ward", "icu"]},
]
HEADER = "id,day,beds,used,rate,kind"


def agreed(**more: object) -> FileContract:
    said = {"file": "beds", "version": 1, "title": "t", "owner": "o", "steward": "s", "key": ["id", "day"]}
    return FileContract.model_validate(said | {"columns": COLUMNS} | more)


def told(tmp_path: Path, content: str | bytes, **more: object) -> dict[str, Trap]:
    file = tmp_path / "beds.csv"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return {trap.rule: trap for trap in traps(file, agreed(**more))}


def rows(*lines: str, header: str = HEADER) -> str:
    return "\n".join([header, *lines]) + "\n"


CLEAN = ("a,2026-01-01,10,9,0.9,ward", "b,2026-01-01,20,12,0.6,icu", "c,2026-01-02,30,12,0.4,ward")


def test_a_file_that_keeps_its_contract_gives_nothing(tmp_path: Path) -> None:
    assert told(tmp_path, rows(*CLEAN)) == {}


@pytest.mark.parametrize(
    ("line", "rule", "count"),
    [
        ("d,2026-01-02,10,11,0.9,ward", "exceeds", 1),
        ("d,2026-01-02,10,0,0.0,ward", "zero", 1),
        ("d,2026-01-02,1000,11,0.9,ward", "range", 1),
        ("d,2026-01-02,10,9,0.9,hall", "codes", 1),
        ("d,02/01/2026,10,9,0.9,ward", "mixed-formats", 1),
        ("c,2026-01-02,10,9,0.9,ward", "key-doubled", 2),
        (",2026-01-02,10,9,0.9,ward", "missing", 1),
        ("NA,2026-01-02,10,9,0.9,ward", "key-looks-missing", 1),
        ("d,2026-01-02,?,9,0.9,ward", "missing-token", 1),
        ('d,2026-01-02,10,9,"0,9",ward', "decimal-comma", 1),
        ("d,2026-01-02,10,9,see note,ward", "junk", 1),
        ("d,2026-01-02,10,9,inf,ward", "junk", 1),
    ],
)
def test_each_trap_has_its_name_and_its_line(tmp_path: Path, line: str, rule: str, count: int) -> None:
    found = told(tmp_path, rows(*CLEAN, line))
    assert set(found) == {rule}
    assert found[rule].count == count
    assert found[rule].lines[-1] == 5


def test_what_stands_in_a_cell_is_told_by_its_shape_only(tmp_path: Path) -> None:
    found = told(tmp_path, rows(*CLEAN, "d,2026-01-02,10,9,Smith 0712,ward"))
    assert "`aaaaa 9999`" in found["junk"].what
    assert "Smith" not in str(found)


def test_columns_gone_and_new_are_told_apart(tmp_path: Path) -> None:
    found = told(tmp_path, rows("a,2026-01-01,10,0.9,ward,x", header="id,day,beds,rate,kind,nurses"))
    assert (found["column-gone"].column, found["column-new"].column) == ("used", "nurses")


def test_bytes_of_another_charset_are_read_and_told(tmp_path: Path) -> None:
    found = told(
        tmp_path, rows(*CLEAN, "\N{LATIN SMALL LETTER U WITH DIAERESIS},2026-01-02,10,9,0.9,ward").encode("latin-1")
    )
    assert set(found) == {"charset"}
    assert "not utf-8" in found["charset"].what


def test_a_declared_word_for_missing_is_no_trap(tmp_path: Path) -> None:
    assert told(tmp_path, rows(*CLEAN, "d,2026-01-02,?,9,0.9,ward"), missing=["?"]) == {}


def test_rows_that_add_the_others_up_are_found_under_any_name(tmp_path: Path) -> None:
    lines = [f"h{n},2026-01-{day:02},{20 + n},9,0.5,ward" for day in (1, 2, 3) for n in range(8)]
    totals = [f"all,2026-01-{day:02},{sum(20 + n for n in range(8))},9,0.5,ward" for day in (1, 2, 3)]
    rule = {"column": "beds", "within": "day", "label": ["id"]}
    found = told(tmp_path, rows(*lines, *totals), adds_up=rule)
    assert found["total-rows"].count == 3
    assert "`all` 3" in found["total-rows"].what
    assert told(tmp_path, rows(*lines), adds_up=rule) == {}


def year(part: str, rate: str, days: range, *, beds: str = "20") -> list[str]:
    return [f"{part}-{n},2026-{part}-{n:02},{beds},9,{rate.format(n)},ward,{part}" for n in days]


def parts(*lines: str) -> str:
    return rows(*lines, header=f"{HEADER},part")


PARTED = {"columns": [*COLUMNS, {"name": "part", "type": "text"}], "period": "part"}


def test_a_column_rounded_in_one_part_only_is_found_there(tmp_path: Path) -> None:
    lines = [*year("01", "0.{0:02}", range(1, 32)), *year("03", "1", range(1, 32))]
    found = told(tmp_path, parts(*lines), **PARTED)
    assert found["rounded"].what == "in 03 the column is rounded to whole numbers (1 to 1), elsewhere it is not"


def test_a_column_that_one_part_leaves_empty_is_found(tmp_path: Path) -> None:
    lines = [*year("01", "0.5", range(1, 32)), *year("03", "0.5", range(1, 32), beds="")]
    found = told(tmp_path, parts(*lines), **PARTED)
    assert found["columns-differ"].what == "empty in 03, filled in the other 1"


def test_weekdays_only_and_gaps_in_the_calendar_are_told_apart(tmp_path: Path) -> None:
    workdays = [n for n in range(1, 32) if (n + 2) % 7 not in {5, 6}]  # January 2026 begins on a Thursday
    lines = [*year("01", "0.5", workdays), *year("03", "0.5", [n for n in range(1, 32) if n != 9])]  # type: ignore[arg-type]
    found = told(tmp_path, parts(*lines), calendar="day", **PARTED)
    assert found["weekdays-only"].what == "01 has no Saturday and no Sunday, which other parts have"
    assert found["calendar-gap"].what == "03 lacks 1 of 31 days, the first 2026-03-09"


def test_gzip_and_parquet_are_read_as_well(tmp_path: Path) -> None:
    packed = tmp_path / "beds.csv.gz"
    packed.write_bytes(gzip.compress(rows(*CLEAN).encode()))
    assert traps(packed, agreed()) == []
    table = pl.read_csv(rows(*CLEAN).encode())
    table.write_parquet(tmp_path / "beds.parquet")
    assert traps(tmp_path / "beds.parquet", agreed()) == []


@pytest.mark.parametrize("content", [b"", b"\x1f\x8bnot gzip", b"PAR1 not parquet"])
def test_what_is_no_table_is_refused_with_a_remedy(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(NotRunnable, match="it is no table"):
        traps(tmp_path / "x", agreed())


def test_times_with_and_without_fractions_are_told(tmp_path: Path) -> None:
    header = "id,day,beds,used,rate,kind,came,left"
    line = "a,2026-01-01,10,9,0.9,ward,2026-01-01 08:00:00,2026-01-01 09:00:00.25"
    times = [{"name": name, "type": "time"} for name in ("came", "left")]
    found = told(tmp_path, rows(line, header=header), columns=[*COLUMNS, *times])
    assert found["mixed-fractions"].what == "left have fractions of a second, came have none"
