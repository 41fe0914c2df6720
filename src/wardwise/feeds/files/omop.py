"""Tables of the OMOP common data model (v5) as coded facts: visits, their parts, measurements, deaths, births.

A table is a file of its name, `measurement.csv` or `.parquet`, or a folder of its name with parts; names and columns
in capitals count too, and tabs between columns. The codes, by concepts of the vocabulary:

    VISIT_START//<visit>                VISIT_END//<visit>
    DETAIL_START//<part>//<care site>   DETAIL_END//<part>//<care site>
    MEASUREMENT//<what>//<unit>         DEATH                      MEDS_BIRTH

A concept or care site that is not there is 0. A fact without a time to the minute has none: a date alone is not enough,
but for a birth. One with `Z` or an offset behind it is that instant, any other is local. The number is
`value_as_number`, the text the concept of `value_as_concept_id`, the stay the visit.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from wardwise.errors import BrokenFile, NotRunnable
from wardwise.feeds.files.coded import INSTANT, CodedTable
from wardwise.feeds.files.meds import sha256_of

_TABLES = ("person", "visit_occurrence", "visit_detail", "measurement", "death")
_ENDINGS = {".csv", ".parquet"}
_TIMES = ("%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M")
_OFFSET = r"^(.{8,}:\d\d(?:\.\d+)?) ?([Zz]|[+-](?:0\d|1[0-4])(?::?[0-5]\d)?)$"
_EXPORT = "Export it as the OMOP common data model says"


@dataclass(frozen=True, slots=True)
class _Fact:
    """How rows of a table are told: the column of the time, and the parts of the code, words in capitals or columns."""

    time: str
    code: tuple[str, ...]
    number: str = ""
    text: str = ""
    stay: str = "visit_occurrence_id"


_FACTS: Mapping[str, tuple[_Fact, ...]] = {
    "visit_occurrence": (
        _Fact("visit_start_datetime", ("VISIT_START", "visit_concept_id")),
        _Fact("visit_end_datetime", ("VISIT_END", "visit_concept_id")),
    ),
    "visit_detail": (
        _Fact("visit_detail_start_datetime", ("DETAIL_START", "visit_detail_concept_id", "care_site_id")),
        _Fact("visit_detail_end_datetime", ("DETAIL_END", "visit_detail_concept_id", "care_site_id")),
    ),
    "measurement": (
        _Fact(
            "measurement_datetime",
            ("MEASUREMENT", "measurement_concept_id", "unit_concept_id"),
            number="value_as_number",
            text="value_as_concept_id",
        ),
    ),
    "death": (_Fact("death_datetime", ("DEATH",), stay=""),),
}


def omop_table(path: Path) -> CodedTable:
    """The tables of a folder as one; raises BrokenFile where a column is missing, NotRunnable where no table is."""
    files = _files(path)
    frames = [_births(*_scanned(files["person"]))] if "person" in files else []
    for name, facts in _FACTS.items():
        if name in files:
            table, shown = _scanned(files[name])
            frames += [_told(table, fact, shown) for fact in facts]
    hashed = hashlib.sha256("".join(sha256_of(file) for parts in files.values() for file in parts).encode())
    return CodedTable(path.name, pl.concat(frames).with_row_index("row"), hashed.hexdigest())


def _files(path: Path) -> dict[str, list[Path]]:
    """The files of each table, in the order of their names."""
    found: dict[str, list[Path]] = {}
    for file in sorted(path.rglob("*") if path.is_dir() else [path]):
        whose = next((name for name in (file.stem.lower(), file.parent.name.lower()) if name in _TABLES), None)
        if whose is not None and file.suffix.lower() in _ENDINGS and file.is_file():
            found.setdefault(whose, []).append(file)
    if not found.keys() & _FACTS.keys():
        why = f"it has none of {', '.join(_FACTS)}, as .csv or .parquet"
        raise NotRunnable(what=f"importing {path.name}", why=why, remedy="Name the folder with the tables.")
    return {name: found[name] for name in _TABLES if name in found}


def _scanned(files: list[Path]) -> tuple[pl.LazyFrame, str]:
    """All of a table as text, columns in small letters, and the name of its first file."""
    parts = [_scan(file) for file in files]
    return pl.concat(parts, how="diagonal"), files[0].name


def _scan(file: Path) -> pl.LazyFrame:
    if file.suffix.lower() == ".parquet":
        table = pl.scan_parquet(file)
    else:
        with file.open("rb") as opened:
            tabs = b"\t" in opened.readline(65_536)
        table = pl.scan_csv(file, separator="\t" if tabs else ",", infer_schema=False)
        table.select(pl.all().is_null().sum()).collect()  # all columns once: a row that is too long is found only so
    schema = table.collect_schema()
    return table.select(_as_text(name, kind).alias(name.lower().strip()) for name, kind in schema.items())


def _as_text(name: str, kind: pl.DataType) -> pl.Expr:
    """As a CSV file would have it, but for numbers that a frame once made of concepts: `9201.0` is 9201."""
    if isinstance(kind, pl.Datetime) and kind.time_zone is not None:
        return pl.col(name).dt.convert_time_zone("UTC").dt.to_string("%Y-%m-%d %H:%M:%S%.fZ")
    if isinstance(kind, pl.Datetime):
        return pl.col(name).dt.to_string("%Y-%m-%d %H:%M:%S%.f")
    return pl.col(name).cast(pl.String).str.strip_chars().str.replace(r"^(\d+)\.0$", "$1")


def _told(table: pl.LazyFrame, fact: _Fact, file: str) -> pl.LazyFrame:
    there = table.collect_schema().names()
    _check(there, ("person_id", fact.time, *fact.code[1:2], *filter(None, (fact.number,))), file)
    parts = [pl.lit(part) if part.isupper() else _id(part, there).fill_null("0") for part in fact.code]
    return table.select(
        pl.col("person_id").alias("subject"),
        _local(pl.col(fact.time)).alias("time"),
        pl.concat_str(parts, separator="//").alias("code"),
        (_there(fact.number, there)).alias("number"),
        _id(fact.text, there).alias("text"),
        _id(fact.stay, there).alias("stay"),
        _instant(pl.col(fact.time)).alias("instant"),
    )


def _births(table: pl.LazyFrame, file: str) -> pl.LazyFrame:
    """Of each person whose day is known."""
    there = table.collect_schema().names()
    _check(there, ("person_id", "year_of_birth"), file)
    parts = [_there(name, there) for name in ("year_of_birth", "month_of_birth", "day_of_birth")]
    day = pl.concat_str(parts, separator="-").str.to_date("%Y-%m-%d", strict=False).cast(pl.Datetime("us"))
    nothing = pl.lit(None, dtype=pl.String)
    return table.select(
        pl.col("person_id").alias("subject"),
        day.alias("time"),
        pl.lit("MEDS_BIRTH").alias("code"),
        nothing.alias("number"),
        nothing.alias("text"),
        nothing.alias("stay"),
        pl.lit(None, dtype=INSTANT).alias("instant"),
    )


def _check(there: list[str], wanted: tuple[str, ...], file: str) -> None:
    for column in wanted:
        if column not in there:
            raise BrokenFile(file=file, line=1, field=column, what="the table lacks this column", remedy=_EXPORT)


def _there(name: str, there: list[str]) -> pl.Expr:
    return pl.col(name) if name in there else pl.lit(None, dtype=pl.String)


def _id(name: str, there: list[str]) -> pl.Expr:
    """A concept or an id; 0 is OMOP's word for none."""
    found = _there(name, there)
    return pl.when(found.is_in(["", "0"])).then(None).otherwise(found)


def _local(text: pl.Expr) -> pl.Expr:
    return pl.coalesce(*(text.str.to_datetime(form, time_unit="us", strict=False) for form in _TIMES))


def _instant(text: pl.Expr) -> pl.Expr:
    """What a text with an offset says, nothing for one without."""
    offset = text.str.extract(_OFFSET, 2).str.replace("^[Zz]$", "+00").str.replace(":", "")
    hours, minutes = (offset.str.slice(at, 2).cast(pl.Int64, strict=False).fill_null(0) for at in (1, 3))
    sign = pl.when(offset.str.starts_with("-")).then(-1).otherwise(1)
    east = pl.duration(minutes=sign * (hours * 60 + minutes))
    return (_local(text.str.extract(_OFFSET, 1)) - east).dt.replace_time_zone("UTC")
