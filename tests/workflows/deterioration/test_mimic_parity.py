"""NEWS2's features on real vital signs (MIMIC-IV demo): batch and event by event, 0 differences."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from wardwise.assemble.workflows import load_workflows
from wardwise.hospital.vital import celsius
from wardwise.loop.capture.canonical import Json
from wardwise.loop.capture.event import About, Draft, KnownBasis
from wardwise.loop.capture.log import Batch
from wardwise.rehearse.replay.parity import Ground, parity
from wardwise.rehearse.story.play import Shelf
from wardwise.sites.load import load_site
from wardwise.stores.memory.log import MemoryLog

CODES = {
    "LAB//220210//insp/min": "respiratory-rate",
    "LAB//220277//%": "spo2",
    "LAB//220179//mmHg": "systolic",
    "LAB//220050//mmHg": "systolic",
    "LAB//220045//bpm": "pulse",
    "LAB//223761//°F": "temperature",
    "LAB//223762//°C": "temperature",
}
IMPORTED = datetime(2300, 1, 1, tzinfo=UTC)  # after every date of the set, which are shifted per patient
PATIENTS = 4


def vitals(file: Path, patients: int) -> Iterator[Draft]:
    """The vital signs of the first patients, each known when it was charted."""
    signs = pl.read_parquet(file).filter(pl.col("code").is_in(list(CODES)) & pl.col("value").is_not_null())
    chosen = signs["subject_id"].unique().sort().head(patients)
    for number, row in enumerate(signs.filter(pl.col("subject_id").is_in(chosen.implode())).iter_rows(named=True)):
        at = row["time"].replace(tzinfo=UTC)
        code = CODES[row["code"]]
        payload: dict[str, Json] = {"code": code, "value": value_of(row["code"], row["value"])}
        yield Draft(
            id=f"v{number}",
            kind="sign.measured",
            occurred_at=at,
            source="mimic",
            about=About(encounter=str(row["subject_id"])),
            known_at=at,
            known_basis=KnownBasis.ASSUMED,
            payload=payload,
        )


def value_of(code: str, value: float) -> str:
    number = Decimal(repr(round(value, 2)))
    return str(celsius(number) if code.endswith("°F") else number)


@pytest.mark.slow
def test_every_charted_vital_sign_gives_the_same_row_in_a_batch_and_event_by_event(
    shared_data: Path, demo_site: Path
) -> None:
    site = load_site(demo_site)
    log = MemoryLog()
    log.append(
        log.lease("demo", "test"),
        Batch(list(vitals(shared_data / "mimic_iv_demo_meds_events.parquet", PATIENTS))),
        IMPORTED,
    )
    features = load_workflows(site)["deterioration"].stages.features
    compared = parity(features, Ground(log, site, Shelf()), kind="sign.measured")
    assert compared.first == ()
    assert compared.differences == 0
    assert compared.stays == PATIENTS
    assert compared.rows > 500
