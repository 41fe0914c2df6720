"""Faults as sources make them without a word: each changes what a feed's events say from one instant on."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from wardwise.govern.data.finding import Finding

Change = Callable[[pl.DataFrame], pl.DataFrame]


@dataclass(frozen=True)
class Fault:
    """A change of one kind of event; `subjects` are the signals whose findings count as finding it."""

    name: str
    feed: str
    kind: str
    change: Change
    subjects: tuple[str, ...]

    def seeded(self, kind: str, table: pl.DataFrame, start: datetime) -> pl.DataFrame:
        """The table with the change from `start` on."""
        if kind != self.kind:
            return table
        first = int(table["recorded_at"].search_sorted(start, side="right"))
        late = self.change(table.slice(first, 60_000))  # a day and a bit is looked at
        return pl.concat([table.head(first), late.select(table.columns)])

    def told_by(self, finding: Finding) -> bool:
        """Whether a finding is about a changed signal."""
        return any(finding.subject.startswith(subject) for subject in self.subjects)


def _rescaled(
    code: str, factor: float, offset: float = 0.0, *, digits: int = 1, where: pl.Expr | None = None
) -> Change:
    """Numbers of a code in another measure, the stated measure as before."""
    chosen = (pl.col("code") == code) & (where if where is not None else pl.lit(value=True))

    def change(table: pl.DataFrame) -> pl.DataFrame:
        return table.with_columns(
            pl.when(chosen).then((pl.col("value") * factor + offset).round(digits)).otherwise("value").alias("value"),
            pl.when(chosen).then(None).otherwise("original_value").alias("original_value"),
        )

    return change


def _labelled(code: str, measure: str) -> Change:
    """Numbers of a code in a measure the mapping does not convert: no value, the source's own kept."""

    def change(table: pl.DataFrame) -> pl.DataFrame:
        of_code = pl.col("code") == code
        return table.with_columns(
            pl.when(of_code).then(pl.col("value").cast(pl.String)).otherwise("original_value").alias("original_value"),
            pl.when(of_code).then(pl.lit(measure)).otherwise("original_measure").alias("original_measure"),
            pl.when(of_code).then(None).otherwise("ucum").alias("ucum"),
            pl.when(of_code).then(None).otherwise("value").alias("value"),
        )

    return change


def _swapped(first: str, second: str) -> Change:
    return lambda table: table.with_columns(pl.col("code").replace({first: second, second: first}))


def _renamed(field: str, old: str, new: str, *, every: int = 1) -> Change:
    """One word written otherwise, in every n-th of its events."""

    def change(table: pl.DataFrame) -> pl.DataFrame:
        chosen = (pl.col(field) == old) & (pl.int_range(pl.len()) % every == 0)
        return table.with_columns(pl.when(chosen).then(pl.lit(new)).otherwise(field).alias(field))

    return change


def _lost(code: str) -> Change:
    """A code sent under a number that no table knows, so that its events no longer come."""
    return lambda table: table.filter(pl.col("code") != code)


def _rounded(code: str, digits: int) -> Change:
    """A column rounded at the source."""
    chosen = pl.col("code") == code

    def change(table: pl.DataFrame) -> pl.DataFrame:
        stated = pl.col("original_value").cast(pl.Float64, strict=False).round(digits).cast(pl.String)
        return table.with_columns(
            pl.when(chosen).then(pl.col("value").round(digits)).otherwise("value").alias("value"),
            pl.when(chosen).then(stated).otherwise("original_value").alias("original_value"),
        )

    return change


def _sign(code: str) -> str:
    return f"sign.measured value [{code}"


def _lab(code: str) -> str:
    return f"lab.resulted value [{code}"


CELSIUS = ~pl.col("place").is_in(["ed", "4a", "4b"])
FAULTS = (
    Fault("lactate mmol/L as mg/dL", "oru", "lab.resulted", _rescaled("lactate", 9.008), (_lab("lactate"),)),
    Fault(
        "creatinine mg/dL as mmol/L",
        "oru",
        "lab.resulted",
        _rescaled("creatinine", 0.08842, digits=3),
        (_lab("creatinine"),),
    ),
    Fault("lactate labelled mg/dL", "oru", "lab.resulted", _labelled("lactate", "mg/dL"), (_lab("lactate"),)),
    Fault(
        "haemoglobin g/dL as mmol/L", "oru", "lab.resulted", _rescaled("haemoglobin", 0.6206), (_lab("haemoglobin"),)
    ),
    Fault(
        "temperature Cel as degF",
        "oru",
        "sign.measured",
        _rescaled("temperature", 1.8, 32, where=CELSIUS),
        (_sign("temperature"),),
    ),
    Fault(
        "temperature degF as Cel",
        "oru",
        "sign.measured",
        _rescaled("temperature", 1 / 1.8, -32 / 1.8, where=~CELSIUS),
        (_sign("temperature"),),
    ),
    Fault(
        "temperature in degF on one ward",
        "oru",
        "sign.measured",
        _rescaled("temperature", 1.8, 32, where=pl.col("place") == "5a"),
        (_sign("temperature"),),
    ),
    Fault(
        "leukocytes and haemoglobin swapped",
        "oru",
        "lab.resulted",
        _swapped("leukocytes", "haemoglobin"),
        (_lab("leukocytes"), _lab("haemoglobin")),
    ),
    Fault(
        "systolic and diastolic swapped",
        "oru",
        "sign.measured",
        _swapped("systolic", "diastolic"),
        (_sign("systolic"), _sign("diastolic")),
    ),
    Fault("pulse under an unknown code", "oru", "sign.measured", _lost("pulse"), ("sign.measured code",)),
    Fault(
        "oxygen by a new abbreviation",
        "oru",
        "sign.measured",
        _renamed("word", "oxygen", "hfnc", every=3),
        ("sign.measured word [oxygen]", "sign.measured word"),
    ),
    Fault(
        "complaint by a new abbreviation",
        "adt",
        "stay.arrived",
        _renamed("complaint", "chest pain", "cp", every=2),
        ("stay.arrived complaint",),
    ),
    Fault(
        "complaint code remapped",
        "adt",
        "stay.arrived",
        _renamed("complaint", "chest pain", "fever"),
        ("stay.arrived complaint",),
    ),
    Fault(
        "service code remapped",
        "adt",
        "stay.admitted",
        _renamed("service", "medicine", "gim"),
        ("stay.admitted service",),
    ),
    Fault(
        "temperature rounded to whole degrees",
        "oru",
        "sign.measured",
        _rounded("temperature", 0),
        (_sign("temperature"),),
    ),
    Fault("creatinine rounded to one digit", "oru", "lab.resulted", _rounded("creatinine", 1), (_lab("creatinine"),)),
    Fault("lactate rounded to whole numbers", "oru", "lab.resulted", _rounded("lactate", 0), (_lab("lactate"),)),
)
