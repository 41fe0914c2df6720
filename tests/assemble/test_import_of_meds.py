"""A MEDS table on its way into the log: once, never twice, and refused before anything is kept."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from wardwise.assemble.importing import Import, import_path
from wardwise.assemble.stores import READ_ONLY, open_stores
from wardwise.errors import BrokenFile, NotRunnable, WardwiseError
from wardwise.loop.capture.event import Event, Status
from wardwise.sites.feed import FeedKind

ROOT = Path(__file__).parents[2]
RESEARCH = ROOT / "sites" / "research"
NOW = datetime(2026, 3, 1, tzinfo=UTC)
ROWS = [
    (1, "1950-01-01 00:00", "MEDS_BIRTH", None),
    (1, "2026-01-02 08:00", "TRANSFER_TO//ED//Emergency Department", None),
    (1, "2026-01-02 09:00", "LAB//220045//bpm", 70.0),
    (1, "2026-01-02 10:00", "LAB//220045//bpm", 7000.0),
    (1, "1940-01-02 10:00", "LAB//220045//bpm", 71.0),  # before birth
    (2, "2026-01-03 10:00", "LAB//50813//mmol/L", 2.1),
    (2, "2026-01-03 10:00", "LAB//1//unheard", 2.1),
    (3, "2026-01-03 10:00", "LAB//1//unheard", 2.1),
]


def frame(rows: list = ROWS) -> pl.DataFrame:
    made = pl.DataFrame(rows, schema=["subject_id", "time", "code", "value"], orient="row")
    return made.with_columns(pl.col("time").str.to_datetime("%Y-%m-%d %H:%M", time_unit="us"))


def brought(path: Path, data: Path, *, site: Path = RESEARCH, steps: list | None = None) -> dict:
    seen = [] if steps is None else steps
    return import_path(
        site, data, Import(FeedKind.MEDS, path), now=NOW, progress=lambda done, total: seen.append((done, total))
    )


def facts(data: Path) -> list[Event]:
    with open_stores(data, READ_ONLY) as stores:
        return [event for event in stores.log.read("research") if event.source == "mimic"]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    file = tmp_path / "meds.parquet"
    frame().write_parquet(file)
    return file


def test_what_a_table_gave_is_counted(table: Path, tmp_path: Path) -> None:
    steps: list[tuple[int, int]] = []
    found = brought(table, tmp_path / "data", steps=steps)
    assert (found["files"], found["rows"], found["facts"], found["events"]) == (1, len(ROWS), 4, 4)
    assert found["kinds"] == {"stay.arrived": 1, "sign.measured": 2, "lab.resulted": 1}
    assert (found["suspect"], found["left_out"]) == (1, 1)
    assert found["unmapped"] == {"codes": 1, "rows": 2, "most": {"LAB//1//unheard": 2}}
    assert steps[-1] == (5, 5)


def test_the_log_holds_the_facts_under_the_tables_own_hash(table: Path, tmp_path: Path) -> None:
    brought(table, tmp_path / "data")
    events = facts(tmp_path / "data")
    assert Counter(event.kind for event in events) == {"stay.arrived": 1, "sign.measured": 2, "lab.resulted": 1}
    assert [event.status for event in events if event.payload.get("value") == "7000.0"] == [Status.SUSPECT]
    assert len({event.raw for event in events}) == 1
    with open_stores(tmp_path / "data", READ_ONLY) as stores:
        stores.log.verify("research")


def test_a_second_import_adds_nothing(table: Path, tmp_path: Path) -> None:
    brought(table, tmp_path / "data")
    first = facts(tmp_path / "data")
    again = brought(table, tmp_path / "data")
    assert (again["facts"], again["events"], again["kinds"], again["suspect"]) == (4, 0, {}, 0)
    assert facts(tmp_path / "data") == first


def test_tokens_stand_in_the_log_and_the_vault_knows_whom_they_stand_for(table: Path, tmp_path: Path) -> None:
    brought(table, tmp_path / "data")
    tokens = {str(event.about.patient) for event in facts(tmp_path / "data")}
    with open_stores(tmp_path / "data", READ_ONLY) as stores:
        people = {stores.vault.reveal(token).identifier for token in tokens}
    assert people == {"1", "2"}
    assert not tokens & people


def test_a_folder_of_tables_is_imported_whole(tmp_path: Path) -> None:
    folder = tmp_path / "tables" / "train"
    folder.mkdir(parents=True)
    for subject in (1, 2):
        frame([row for row in ROWS if row[0] == subject]).write_parquet(folder / f"{subject}.parquet")
    found = brought(tmp_path / "tables", tmp_path / "data")
    assert (found["files"], found["events"]) == (2, 4)


def without_code(file: Path) -> None:
    frame().drop("code").write_parquet(file)


def with_times_as_text(file: Path) -> None:
    frame().with_columns(pl.col("time").cast(pl.String)).write_parquet(file)


def with_zoned_times(file: Path) -> None:
    frame().with_columns(pl.col("time").dt.replace_time_zone("UTC")).write_parquet(file)


def with_values_as_text(file: Path) -> None:
    frame().with_columns(pl.col("value").cast(pl.String)).write_parquet(file)


def no_parquet(file: Path) -> None:
    file.write_text("subject_id,time,code\n")


def cut_short(file: Path) -> None:
    frame().write_parquet(file)
    file.write_bytes(file.read_bytes()[:-20])


@pytest.mark.parametrize(
    ("write", "field"),
    [
        (without_code, "code"),
        (with_times_as_text, "time"),
        (with_zoned_times, "time"),
        (with_values_as_text, "value"),
        (no_parquet, "file"),
        (cut_short, "file"),
    ],
)
def test_a_broken_table_is_named_by_column_and_nothing_is_kept(
    tmp_path: Path, write: Callable[[Path], None], field: str
) -> None:
    file = tmp_path / "meds.parquet"
    write(file)
    refused = refusal(file, tmp_path)
    assert isinstance(refused, BrokenFile)
    assert (refused.facts["file"], refused.facts["field"]) == ("meds.parquet", field)
    assert refused.facts["remedy"]


def test_one_broken_table_of_a_folder_keeps_out_the_sound_ones(table: Path, tmp_path: Path) -> None:
    no_parquet(table.with_name("other.parquet"))
    assert isinstance(refusal(tmp_path, tmp_path), BrokenFile)


def test_a_site_without_such_a_feed_and_a_folder_without_tables_are_told(
    table: Path, tmp_path: Path, demo_site: Path
) -> None:
    (tmp_path / "empty").mkdir()
    assert "has: none" in str(refusal(table, tmp_path, site=demo_site))
    assert isinstance(refusal(tmp_path / "empty", tmp_path), NotRunnable)


def refusal(path: Path, tmp_path: Path, *, site: Path = RESEARCH) -> WardwiseError:
    with pytest.raises(WardwiseError) as refused:
        brought(path, tmp_path / "data", site=site)
    assert not (tmp_path / "data").exists()
    return refused.value
