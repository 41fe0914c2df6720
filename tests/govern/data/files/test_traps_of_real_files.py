"""The traps in the real files, each raised by its contract under its own name."""

from pathlib import Path

import pytest

from wardwise.govern.data.files.suite import traps
from wardwise.govern.data.files.trap import Trap
from wardwise.sites.document import read_yaml
from wardwise.sites.file_contract import FileContract

CONTRACTS = Path(__file__).parents[4] / "sites" / "research" / "files"


def found(shared_data: Path, contract: str, file: str) -> dict[tuple[str, str], list[Trap]]:
    if not (shared_data / file).is_file():
        pytest.skip("no ../shared")
    made: dict[tuple[str, str], list[Trap]] = {}
    for trap in traps(shared_data / file, read_yaml(CONTRACTS / contract, FileContract)):
        made.setdefault((trap.rule, trap.column), []).append(trap)
    return made


def test_nhs_winter_sitreps(shared_data: Path) -> None:
    told = found(shared_data, "nhs_winter_sitreps.yaml", "nhs_winter_sitreps_2015-16_2020-21.csv.gz")
    rounded = [trap.what for trap in told[("rounded", "Occupancy rate")]]
    assert [what.split()[1] for what in rounded] == ["sitrep1718", "sitrep1819", "sitrep1920"]
    (total,) = told[("total-rows", "Code")]
    assert total.count == 773
    assert "`- ENGLAND` 451" in total.what
    assert "`- ENGLAND (Type 1 Acute Trusts)` 161" in total.what
    assert total.what.count("`- ENGLAND") == 3
    (dates,) = told[("mixed-formats", "Date")]
    assert "`9999-99-99` 82593 times, `9999-99-99 99:99:99` 4400 times" in dates.what
    assert told[("zero", "G&A beds occ'd")][0].count == 109
    assert told[("exceeds", "G&A beds occ'd")][0].count == 17
    differing = {column for rule, column in told if rule == "columns-differ"}
    assert {"A&E Attendances", "Delays30", "No. beds closed due to norovirus etc."} <= differing
    (weekdays,) = told[("weekdays-only", "Date")]
    assert weekdays.what == "sitrep1516 has no Saturday and no Sunday, which other parts have"
    assert told[("junk", "Occupancy rate")][0].count == 2
    assert ("key-doubled", "Code, Date") in told


def test_the_sepsis_log_has_a_case_called_na(shared_data: Path) -> None:
    told = found(shared_data, "sepsis_log.yaml", "sepsis_cases_log.csv.gz")
    (trap,) = told[("key-looks-missing", "case_id")]
    assert "`NA` is a value of the key" in trap.what
    assert trap.count == 24


def test_diabetes_writes_a_question_mark_for_missing(shared_data: Path) -> None:
    told = found(shared_data, "diabetes130.yaml", "diabetes130_first80pct_by_encounter_id.csv.gz")
    marked = {column: made[0].count for (rule, column), made in told.items() if rule == "missing-token"}
    assert marked["weight"] == 78739
    assert {"race", "payer_code", "medical_specialty", "diag_1", "diag_2", "diag_3"} <= marked.keys()
    assert {rule for rule, _ in told} == {"missing-token"}


def test_malmo_mixes_times_with_and_without_fractions(shared_data: Path) -> None:
    told = found(shared_data, "malmo.yaml", "sem_malmo_synth_2017-01_09.csv.gz")
    (trap,) = told[("mixed-fractions", "")]
    assert trap.what == "resolve, arrival have fractions of a second, arrival_at_hospital, exit_ed have none"
    assert len(told) == 1
