"""`evaluate deterioration`: how often NEWS2 would speak and whether it is worked out alike; nothing without labels."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from wardwise.assemble.tasks import evaluate_task
from wardwise.errors import BrokenFile, ImpossibleValue, NotRunnable
from wardwise.rehearse.asked import Asked

RESEARCH = Path(__file__).parents[3] / "sites" / "research"
ADMITTED = datetime(2150, 1, 1, 8)
NORMAL = {
    "LAB//220210//insp/min": 16.0, "LAB//220277//%": 97.0, "LAB//220179//mmHg": 120.0, "LAB//220045//bpm": 70.0,
    "LAB//223762//°C": 37.0, "LAB//220739//UNK": 4.0, "LAB//223834//L/min": 0.0,
}  # fmt: skip
ILL = NORMAL | {"LAB//220210//insp/min": 26.0, "LAB//220277//%": 90.0, "LAB//220045//bpm": 120.0}  # 3 + 3 + 2


def rows(subject: int, *sets: dict[str, float]) -> Iterator[tuple[int, datetime, str, float | None]]:
    """An adult admitted to medicine, with a set of measurements every hour from the next hour on."""
    yield subject, datetime(2090, 1, 1), "MEDS_BIRTH", None
    yield subject, ADMITTED, "TRANSFER_TO//admit//Medicine", None
    for hour, measured in enumerate(sets, start=1):
        yield from ((subject, ADMITTED + timedelta(hours=hour), code, value) for code, value in measured.items())


@pytest.fixture
def judged(tmp_path: Path) -> Any:
    """The judgement of a table of these rows."""

    def judge(*told: tuple[int, datetime, str, float | None], **changes: Any) -> dict[str, Any]:
        file = tmp_path / "meds.parquet"
        frame = pl.DataFrame(told, schema=["subject_id", "time", "code", "value"], orient="row")
        frame.with_columns(pl.col("time").cast(pl.Datetime("us"))).write_parquet(file)
        asked = {"dataset": "meds", "train": file, "test": file, "seed": 7, "progress": None, **changes}
        return evaluate_task("deterioration", Asked(**asked), site=RESEARCH)

    return judge


def test_a_patient_who_turns_ill_is_told_of_once_in_four_hours(judged: Any) -> None:
    told = judged(*rows(1, NORMAL, ILL, ILL, ILL, ILL, ILL))
    emergency = told["metrics"]["emergency"]
    assert (emergency["alerts"], emergency["n"]) == (2, 1)  # the second hour and the sixth
    assert emergency["patient_hours"] == 5 + 12  # five hours between six sets, and the last counts for twelve
    assert told["states"] == {"scored": 6}
    assert told["baselines"]["never"]["told"]["alerts"] == 0
    assert told["baselines"]["every_set"]["told"]["alerts"] == 2
    assert told["baselines"]["single_parameter"]["told"]["alerts"] == 2


def test_quiet_patients_give_no_alert_and_every_row_agrees(judged: Any) -> None:
    told = judged(*rows(1, NORMAL, NORMAL), *rows(2, NORMAL))
    assert told["metrics"]["told"]["alerts"] == 0
    assert told["agreement"] == {"rows": 21, "stays": 2, "of_stays": 2}
    assert told["floors"] == [{"measure": "agreement.differences", "value": 0.0, "at_most": 0, "met": True}]


def test_groups_are_by_age_unit_and_time_and_small_ones_are_only_counted(judged: Any) -> None:
    told = judged(*(row for n in range(10) for row in rows(n, ILL)))
    assert told["subgroups"]["age"]["45-64"]["alerts"] == 10
    assert judged(*rows(1, ILL))["subgroups"]["age"] == {"45-64": {"n": 1}}


def test_what_needs_a_label_is_named_and_not_made_up(judged: Any) -> None:
    told = judged(*rows(1, ILL))
    assert told["labels"] is None
    assert {"auc", "lead_time", "number_needed_to_evaluate"} <= set(told["not_said"])
    assert not {"auc", "sensitivity", "ppv"} & set(told["metrics"]["told"])
    assert told["patients_on_both_sides"] == 1


def test_the_same_table_and_seed_give_the_same_judgement(judged: Any) -> None:
    first, second = (judged(*rows(1, NORMAL, ILL), *rows(2, ILL)) for _ in range(2))
    assert {**first, "seconds": 0} == {**second, "seconds": 0}


def test_other_data_sets_and_files_that_are_no_table_are_refused(judged: Any, tmp_path: Path) -> None:
    with pytest.raises(ImpossibleValue, match="knows no dataset 'uihc'"):
        judged(*rows(1, ILL), dataset="uihc")
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(b"PAR1 no table")
    with pytest.raises(BrokenFile, match="no MEDS table"):
        judged(*rows(1, ILL), test=broken)
    with pytest.raises(NotRunnable, match="meds:SITE"):
        evaluate_task(
            "deterioration",
            Asked(
                dataset="meds", train=tmp_path / "meds.parquet", test=tmp_path / "meds.parquet", seed=7, progress=None
            ),
            site=None,
        )
