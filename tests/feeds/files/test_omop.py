"""OMOP tables in, history out: by concepts, as CSV or Parquet alike; broken ones are named before anything is kept."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from wardwise.assemble.importing import Import, import_path
from wardwise.assemble.stores import READ_ONLY, open_stores
from wardwise.errors import BrokenFile, NotRunnable, WardwiseError
from wardwise.feeds.files.meds import Importing, count_rows, read_rows
from wardwise.feeds.files.omop import omop_table
from wardwise.hospital.moment import AMBIGUOUS
from wardwise.loop.capture.event import Draft, Status
from wardwise.loop.capture.kinds import check
from wardwise.sites.feed import FeedKind
from wardwise.sites.load import load_site
from wardwise.sites.meds_mapping import MedsMapping

RESEARCH = Path(__file__).parents[3] / "sites" / "research"
NOW = datetime(2026, 3, 1, tzinfo=UTC)
INTO = Importing(site="research", zone="America/New_York", source="omop", token_key=b"k" * 32)
TABLES = {
    "person": "person_id,gender_concept_id,year_of_birth,month_of_birth,day_of_birth\n1,8532,1950,1,2\n2,8507,1960,,\n",
    "visit_occurrence": (
        "visit_occurrence_id,person_id,visit_concept_id,visit_start_date,visit_start_datetime,visit_end_date,"
        "visit_end_datetime\n"
        "11,1,9201,2026-01-02,2026-01-02 08:00:00,2026-01-06,2026-01-06 12:00:00\n"
        "12,2,9203,2026-01-03,2026-01-03 10:00:00,2026-01-03,\n"
        "13,2,9202,2026-01-04,2026-01-04 10:00:00,2026-01-04,2026-01-04 11:00:00\n"
    ),
    "visit_detail": (
        "visit_detail_id,person_id,visit_detail_concept_id,visit_detail_start_datetime,visit_detail_end_datetime,"
        "care_site_id,visit_occurrence_id\n"
        "21,1,32037,2026-01-03 08:00:00,2026-01-04 08:00:00,7,11\n"
    ),
    "measurement": (
        "measurement_id,person_id,measurement_concept_id,measurement_date,measurement_datetime,value_as_number,"
        "value_as_concept_id,unit_concept_id,visit_occurrence_id\n"
        "31,1,3027018,2026-01-02,2026-01-02 09:00:00,70.0,0,8541,11\n"
        "32,1,3027018,2026-01-02,2026-01-02 10:00:00,7000,0,8541,11\n"
        "33,1,3020891,2026-01-02,2026-01-02T11:00:00,98.6,,9289,11\n"
        "34,2,3047181,2026-01-03,2026-01-03 11:00:00,2.1,0,8753,12\n"
        "35,2,3047181,2026-01-03,,2.2,0,8753,12\n"
        "36,2,3047181,2026-01-03,soon,2.2,0,8753,12\n"
        "37,2,3047181,2026-01-03,2026-01-03 12:00:00,2.2,0,,12\n"
    ),
    "death": "person_id,death_date,death_datetime\n2,2026-02-01,2026-02-01 03:00:00\n",
}


def as_csv(folder: Path) -> None:
    for name, text in TABLES.items():
        (folder / f"{name}.csv").write_text(text)


def with_tabs_and_capitals(folder: Path) -> None:
    for name, text in TABLES.items():
        header, _, rows = text.partition("\n")
        (folder / f"{name.upper()}.csv").write_text(f"{header.upper()}\n{rows}".replace(",", "\t"))


def as_parquet(folder: Path) -> None:
    as_csv(folder)
    for file in folder.glob("*.csv"):
        table = pl.read_csv(file, try_parse_dates=file.stem != "measurement")
        ids = [name for name in table.columns if name.endswith("_concept_id")]
        table.with_columns(pl.col(ids).cast(pl.Float64)).write_parquet(file.with_suffix(".parquet"))
        file.unlink()


def in_parts(folder: Path) -> None:
    as_csv(folder)
    (folder / "measurement.csv").unlink()
    header, *rows = TABLES["measurement"].splitlines()
    (folder / "measurement").mkdir()
    for number, some in enumerate((rows[:3], rows[3:])):
        (folder / "measurement" / f"part-{number}.csv").write_text("\n".join([header, *some]) + "\n")


@pytest.fixture(scope="module")
def mapping() -> MedsMapping:
    found = load_site(RESEARCH).mappings["omop"]
    assert isinstance(found, MedsMapping)
    return found


def facts(folder: Path, mapping: MedsMapping) -> list[Draft]:
    return [draft for part in read_rows(omop_table(folder), mapping, INTO) for draft in part]


def said(draft: Draft) -> tuple[object, ...]:
    return draft.kind, draft.occurred_at, draft.known_at, draft.about, draft.payload, draft.status, draft.flags


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    (tmp_path / "omop").mkdir()
    as_csv(tmp_path / "omop")
    return tmp_path / "omop"


def test_visits_and_measurements_become_facts_of_their_stay(tables: Path, mapping: MedsMapping) -> None:
    drafts = facts(tables, mapping)
    for draft in drafts:
        check(draft)
    assert [draft.kind for draft in drafts] == [
        "stay.admitted", "sign.measured", "sign.measured", "sign.measured", "stay.transferred", "stay.discharged",
        "stay.arrived", "lab.resulted",
    ]  # fmt: skip
    first, second = drafts[:6], drafts[6:]
    for some in (first, second):
        assert len({(draft.about.patient, draft.about.encounter) for draft in some}) == 1
    assert first[0].payload == {"class": "inpatient", "born": "1950-01-02"}
    assert "born" not in second[0].payload
    assert first[0].occurred_at == datetime(2026, 1, 2, 13, tzinfo=UTC)
    assert [draft.status for draft in first[1:4]] == [Status.FINAL, Status.SUSPECT, Status.FINAL]
    assert first[3].payload["value"] == "37.0"
    assert first[4].about.unit == "research/micu"
    assert second[1].known_at == datetime(2026, 1, 3, 17, tzinfo=UTC)


@pytest.mark.parametrize("write", [with_tabs_and_capitals, as_parquet, in_parts])
def test_other_ways_to_keep_the_same_tables_tell_the_same(
    tables: Path, tmp_path: Path, mapping: MedsMapping, write: Callable[[Path], None]
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    write(other)
    assert [said(draft) for draft in facts(other, mapping)] == [said(draft) for draft in facts(tables, mapping)]


def test_what_no_entry_is_for_is_counted(tables: Path, mapping: MedsMapping) -> None:
    counts = count_rows(omop_table(tables), mapping)
    assert counts.unmapped == {"MEASUREMENT//3047181//0": 1}
    assert counts.kinds["lab.resulted"] == 3  # two of them without a time
    assert counts.ignored == {
        "No workflow reads outpatient visits": 2,
        "The next part or the end of the visit says it": 1,
        "The stay ends by its discharge": 1,
    }


def test_concept_0_is_none(tables: Path) -> None:
    told = omop_table(tables).frame.collect()
    assert told["text"].drop_nulls().to_list() == []
    assert told["stay"].drop_nulls().unique().sort().to_list() == ["11", "12", "13"]


@pytest.mark.parametrize("never", ["9999-12-31 23:59:59", "9999-12-31 00:00:00", "0001-01-01 00:00:00"])
@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Tokyo"])
def test_a_time_that_stands_for_none_leaves_its_row_out(
    tables: Path, mapping: MedsMapping, never: str, zone: str
) -> None:
    before = len(facts(tables, mapping))
    file = tables / "visit_occurrence.csv"
    file.write_text(file.read_text().replace("2026-01-06 12:00:00", never))
    into = replace(INTO, zone=zone)
    assert sum(len(part) for part in read_rows(omop_table(tables), mapping, into)) == before - 1


AGAIN = datetime(2026, 11, 1, 6, 30, tzinfo=UTC)  # half past one in New York, for the second time that night
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("told", "instant"),
    [
        ("2026-11-01 06:30:00Z", AGAIN),
        ("2026-11-01T07:30:00.000z", AGAIN + HOUR),
        ("2026-11-01T06:30+00:00", AGAIN),
        ("2026-11-01 02:30:00 -04:00", AGAIN),
        ("2026-11-01 02:30:00-0500", AGAIN + HOUR),
        ("2026-11-01 12:00:00+05:30", AGAIN),
        ("2026-11-01 15:30:00+09", AGAIN),
        ("2026-11-01 01:30:00", AGAIN - HOUR),  # local: the first of the two
        ("2026-11-01 06:30:00+99:00", None),
        ("2026-11-01-04", None),
        ("9999-12-31 23:59:59-12:00", None),
        ("0001-01-01 00:00:00+14:00", None),
    ],
)
def test_a_time_with_an_offset_is_the_instant_it_says(
    tables: Path, mapping: MedsMapping, told: str, instant: datetime | None
) -> None:
    for name, text in TABLES.items():
        (tables / f"{name}.csv").write_text(text.partition("\n")[0] + "\n")
    with (tables / "measurement.csv").open("a") as file:
        file.write(f"31,1,3027018,2026-11-01,{told},70.0,0,8541,11\n")
    found = facts(tables, mapping)
    assert [draft.occurred_at for draft in found] == ([] if instant is None else [instant])
    assert [draft.flags for draft in found] == [(AMBIGUOUS,) if told.endswith("01:30:00") else ()] * len(found)


def test_a_column_of_times_with_a_zone_holds_instants(tables: Path, mapping: MedsMapping) -> None:
    before = [draft for draft in facts(tables, mapping) if draft.kind == "stay.arrived"]
    file = tables / "visit_occurrence.csv"
    table = pl.read_csv(file).with_columns(
        pl.col("visit_start_datetime").str.to_datetime().dt.replace_time_zone("America/New_York")
    )
    file.unlink()
    table.write_parquet(file.with_suffix(".parquet"))
    after = [draft for draft in facts(tables, mapping) if draft.kind == "stay.arrived"]
    assert [said(draft) for draft in after] == [said(draft) for draft in before] != []


def brought(folder: Path, data: Path) -> dict[str, object]:
    return import_path(RESEARCH, data, Import(FeedKind.OMOP, folder), now=NOW, progress=lambda *_: None)


def test_an_import_counts_and_a_second_one_adds_nothing(tables: Path, tmp_path: Path) -> None:
    found = brought(tables, tmp_path / "data")
    assert (found["facts"], found["events"], found["suspect"], found["left_out"]) == (8, 8, 1, 3)
    assert brought(tables, tmp_path / "data")["events"] == 0
    with open_stores(tmp_path / "data", READ_ONLY) as stores:
        stores.log.verify("research")
        token = next(str(event.about.patient) for event in stores.log.read("research") if event.about.patient)
        assert stores.vault.reveal(token).identifier in {"1", "2"}


def no_table(folder: Path) -> None:
    (folder / "measurement.csv").unlink()
    (folder / "measurement.parquet").write_bytes(b"PAR1 it is not")


def ragged(folder: Path) -> None:
    with (folder / "measurement.csv").open("a") as file:
        file.write("1,2,3,4,5,6,7,8,9,10,11,12\n")


def without_person(folder: Path) -> None:
    (folder / "death.csv").write_text("who,death_datetime\n1,2026-01-01 00:00:00\n")


@pytest.mark.parametrize(("spoil", "field"), [(no_table, "file"), (ragged, "file"), (without_person, "person_id")])
def test_a_broken_table_is_named_and_nothing_is_kept(
    tables: Path, tmp_path: Path, spoil: Callable[[Path], None], field: str
) -> None:
    spoil(tables)
    refused = refusal(tables, tmp_path)
    assert isinstance(refused, BrokenFile)
    assert refused.facts["field"] == field


def test_a_folder_without_tables_is_told(tmp_path: Path) -> None:
    (tmp_path / "person.csv").write_text(TABLES["person"])
    assert isinstance(refusal(tmp_path, tmp_path), NotRunnable)


def refusal(folder: Path, tmp_path: Path) -> WardwiseError:
    with pytest.raises(WardwiseError) as refused:
        brought(folder, tmp_path / "data")
    assert not (tmp_path / "data").exists()
    return refused.value
