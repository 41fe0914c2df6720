"""MEDS tables in, history out: stays found, measures converted, nothing known before it was."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from wardwise.errors import BrokenFile
from wardwise.feeds.files.meds import Importing, count_rows, meds_table, read_rows
from wardwise.loop.capture.event import Draft, KnownBasis, Status
from wardwise.loop.capture.kinds import check
from wardwise.sites.load import load_site
from wardwise.sites.meds_mapping import MedsMapping

SITE = Path(__file__).parents[3] / "sites" / "research"
INTO = Importing(site="research", zone="America/New_York", source="mimic", token_key=b"k" * 32)


@pytest.fixture(scope="module")
def mapping() -> MedsMapping:
    found = load_site(SITE).mappings["mimic"]
    assert isinstance(found, MedsMapping)
    return found


ROWS = [
    (1, None, "GENDER//F", None),
    (1, "1950-01-01 00:00", "MEDS_BIRTH", None),
    (1, "2026-01-01 08:00", "LAB//220045//bpm", 70.0),  # before any stay
    (1, "2026-01-02 08:00", "TRANSFER_TO//ED//Emergency Department", None),
    (1, "2026-01-02 09:00", "LAB//223761//°F", 98.6),
    (1, "2026-01-02 12:00", "TRANSFER_TO//admit//Medicine", None),
    (1, "2026-01-03 12:00", "LAB//50813//mmol/L", 2.1),
    (1, "2026-01-03 12:00", "LAB//220739//UNK", 3.0),
    (1, "2026-01-05 12:00", "LAB//220045//bpm", 7000.0),
    (1, "2026-01-05 13:00", "LAB//220045//bpm", None),
    (1, "2026-01-06 12:00", "TRANSFER_TO//discharge//UNK", None),
    (1, "2026-01-06 12:00", "LAB//1//unheard", 1.0),
    (1, "2026-01-06 14:00", "LAB//220045//bpm", 73.0),  # home already
    (1, "2026-01-09 12:00", "TRANSFER_TO//ED//Emergency Department", None),
    (1, "2026-01-09 13:00", "LAB//220045//bpm", 71.0),
    (1, "2026-01-11 12:00", "LAB//220045//bpm", 72.0),  # nobody says what became of the arrival
    (2, "2026-01-02 08:00", "TRANSFER_TO//admit//Vascular", None),
    (2, "1900-01-02 08:00", "LAB//220045//bpm", 60.0),
    (2, "1960-01-01 00:00", "MEDS_BIRTH", None),
]
SECOND = 16  # where the rows of the second subject begin


@pytest.fixture
def table(tmp_path: Path) -> Path:
    frame = pl.DataFrame(ROWS, schema=["subject_id", "time", "code", "value"], orient="row")
    file = tmp_path / "meds.parquet"
    frame.with_columns(
        pl.col("time").str.to_datetime("%Y-%m-%d %H:%M", time_unit="us"), pl.col("value").cast(pl.Float32)
    ).write_parquet(file)
    return file


def facts(table: Path, mapping: MedsMapping, batch: int = 5_000) -> list[Draft]:
    return [draft for part in read_rows(meds_table(table), mapping, INTO, batch=batch) for draft in part]


def at(drafts: list[Draft], month_day: str) -> list[Draft]:
    return [draft for draft in drafts if f"{draft.occurred_at:%m-%d}" == month_day]


def test_every_mapped_row_is_a_fact_of_its_kind(table: Path, mapping: MedsMapping) -> None:
    drafts = facts(table, mapping)
    for draft in drafts:
        check(draft)
    assert Counter(draft.kind for draft in drafts) == {
        "sign.measured": 8, "stay.arrived": 2, "stay.admitted": 2, "lab.resulted": 1, "stay.discharged": 1,
    }  # fmt: skip


def test_a_stay_runs_from_the_first_arrival_to_the_discharge(table: Path, mapping: MedsMapping) -> None:
    first = [draft for draft in facts(table, mapping) if draft.sequence < SECOND]
    stays = [draft.about.encounter for draft in first]
    assert len({draft.about.patient for draft in first}) == 1
    outside, one, two = stays[0], stays[1], stays[-2]
    assert len({outside, one, two}) == 3
    assert stays == [outside, *[one] * 8, outside, two, two, outside]


def test_measures_are_converted_and_the_impossible_is_doubted(table: Path, mapping: MedsMapping) -> None:
    drafts = facts(table, mapping)
    (heat,) = [draft for draft in drafts if draft.payload.get("code") == "temperature"]
    assert dict(heat.payload) == {
        "code": "temperature", "value": "37.0", "ucum": "Cel", "original_value": "98.6", "original_measure": "°F",
    }  # fmt: skip
    (mind,) = [draft for draft in drafts if draft.payload.get("code") == "consciousness"]
    assert mind.payload["word"] == "voice"
    doubted = [(draft.flags, draft.status) for draft in at(drafts, "01-05")]
    assert doubted == [(("out-of-physical-range",), Status.SUSPECT), (("no-value",), Status.SUSPECT)]


def test_a_result_is_known_after_the_declared_lag(table: Path, mapping: MedsMapping) -> None:
    drafts = facts(table, mapping)
    (lactate,) = [draft for draft in drafts if draft.kind == "lab.resulted"]
    assert lactate.occurred_at == datetime(2026, 1, 3, 17, tzinfo=UTC)
    assert lactate.known_at == lactate.occurred_at + timedelta(hours=1)
    assert {draft.known_basis for draft in drafts} == {KnownBasis.DECLARED}
    unlagged = mapping.model_copy(update={"known_lag_minutes": None})
    assert {draft.known_basis for draft in facts(table, unlagged)} == {KnownBasis.DECLARED, KnownBasis.ASSUMED}


def test_what_happened_before_birth_is_left_out(table: Path, mapping: MedsMapping) -> None:
    assert all(draft.occurred_at.year > 1950 for draft in facts(table, mapping))


def test_the_birth_date_goes_with_the_admission(table: Path, mapping: MedsMapping) -> None:
    born = [draft.payload["born"] for draft in facts(table, mapping) if draft.kind == "stay.admitted"]
    assert born == ["1950-01-01", "1960-01-01"]


def test_ids_are_the_same_however_the_batches_fall(table: Path, mapping: MedsMapping) -> None:
    whole = facts(table, mapping)
    assert facts(table, mapping, batch=3) == whole
    assert len({draft.id for draft in whole}) == len(whole)
    assert [len(part) for part in read_rows(meds_table(table), mapping, INTO, batch=4)] == [4, 4, 4, 2]


def test_stays_named_by_the_table_are_taken_from_it(table: Path, mapping: MedsMapping, tmp_path: Path) -> None:
    file = tmp_path / "named.parquet"
    pl.read_parquet(table).with_columns(pl.lit(77).alias("hadm_id")).write_parquet(file)
    drafts = [draft for draft in facts(file, mapping) if draft.sequence < SECOND]
    assert len({draft.about.encounter for draft in drafts}) == 1


def test_codes_nobody_mapped_are_counted(table: Path, mapping: MedsMapping) -> None:
    counts = count_rows(meds_table(table), mapping)
    assert counts.rows == len(ROWS)
    assert counts.unmapped == {"LAB//1//unheard": 1}
    assert counts.kinds["sign.measured"] == 9


def test_a_table_that_is_no_meds_is_refused_by_column(tmp_path: Path, mapping: MedsMapping) -> None:
    file = tmp_path / "x.parquet"
    pl.DataFrame({"subject_id": [1], "time": ["x"]}).write_parquet(file)
    with pytest.raises(BrokenFile, match="code"):
        count_rows(meds_table(file), mapping)


def test_the_mimic_demo_covers_the_seven_inputs_of_news2(shared_data: Path, mapping: MedsMapping) -> None:
    file = shared_data / "mimic_iv_demo_meds_events.parquet"
    first = next(read_rows(meds_table(file), mapping, INTO, batch=20_000))
    codes = {draft.payload.get("code") for draft in first}
    assert {"respiratory-rate", "spo2", "oxygen", "systolic", "pulse", "consciousness", "temperature"} <= codes
    for draft in first[::97]:
        check(draft)
    suspect = sum(draft.status is Status.SUSPECT for draft in first)
    assert suspect / len(first) < 0.01
