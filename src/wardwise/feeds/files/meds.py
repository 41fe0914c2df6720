"""MEDS tables (one row a fact: subject_id, time, code, a number, a text) to facts, in batches, by the declared mapping.

The number stands in `numeric_value` or `value`, the text in `text_value`; a stay in `hadm_id`, `visit_id` or
`encounter_id`, where the table has one of them. Facts are ordered by subject and time. They are history: known when
they happened plus the mapping's lag (declared), or when they happened (assumed).
"""

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl

from wardwise.errors import BrokenFile
from wardwise.feeds.files.coded import COLUMNS, INSTANT, CodedTable
from wardwise.feeds.files.meds_row import MedsRow, RowReader
from wardwise.feeds.mapped.token import Tokens
from wardwise.loop.capture.event import Draft
from wardwise.sites.meds_mapping import MedsMapping

BATCH = 5_000

_NUMBERS = ("numeric_value", "value")
_STAYS = ("hadm_id", "visit_id", "encounter_id")
_BIRTH = "MEDS_BIRTH"
_TIMES = datetime(1, 1, 3), datetime(9998, 12, 31)  # noqa: DTZ001 - local, as tables have them
_BYTES_AT_ONCE = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Importing:
    """Where a table is imported to: the site's slug and the zone of its local times, the feed, the token key."""

    site: str
    zone: str
    source: str
    token_key: bytes


@dataclass(frozen=True, slots=True)
class MedsCounts:
    """What a table holds for a mapping: rows by kind of event, rows passed over by reason, rows of codes unmapped."""

    rows: int
    kinds: dict[str, int]
    ignored: dict[str, int]
    unmapped: dict[str, int]


def meds_table(path: Path) -> CodedTable:
    """The table of a Parquet file; raises BrokenFile for a column that is missing."""
    return CodedTable(path.name, _table(path), sha256_of(path))


def count_rows(table: CodedTable, mapping: MedsMapping) -> MedsCounts:
    """Look at the codes alone."""
    found = table.frame.group_by("code").agg(pl.len().alias("rows")).collect()
    kinds: Counter[str] = Counter()
    ignored: Counter[str] = Counter()
    unmapped: Counter[str] = Counter()
    for code, rows in found.sort("code").iter_rows():
        entry, passed = mapping.entry(code), mapping.ignored(code)
        if entry is not None:
            kinds[entry.kind] += rows
        elif passed is not None:
            ignored[passed.reason] += rows
        elif code != _BIRTH:
            unmapped[code] += rows
    return MedsCounts(int(found["rows"].sum()), dict(kinds), dict(ignored), dict(unmapped))


def read_rows(table: CodedTable, mapping: MedsMapping, into: Importing, *, batch: int = BATCH) -> Iterator[list[Draft]]:
    """The facts of a table, `batch` at a time. Ids are hashes of the file, the row and the mapping's version."""
    rows = RowReader(
        mapping, into.site, into.zone, source=into.source, tokens=Tokens(into.token_key), file=table.sha256
    )
    ready: list[Draft] = []
    for subject in _subjects(table.frame, mapping, into.zone):
        ready += rows.facts(subject)
        while len(ready) >= batch:
            yield ready[:batch]
            ready = ready[batch:]
    if ready:
        yield ready


def _subjects(table: pl.LazyFrame, mapping: MedsMapping, zone: str) -> Iterator[list[MedsRow]]:
    """The mapped rows of each subject in the order of time; rows without a time, or one that stands for none, are left
    out: 9999-12-31 for "not yet" has no instant in half of the world.
    """
    codes = table.select(pl.col("code").unique()).collect()["code"].drop_nulls().to_list()
    wanted = [code for code in codes if code == _BIRTH or mapping.entry(code) is not None]
    local = pl.col("instant").dt.convert_time_zone(zone).dt.replace_time_zone(None)
    placed = table.filter(pl.col("code").is_in(wanted)).with_columns(pl.coalesce("time", local).alias("time"))
    kept = placed.filter(pl.col("time").is_between(*_TIMES)).sort("subject", "time", "row")
    for _, rows in kept.collect().group_by("subject", maintain_order=True):
        yield [MedsRow(*row) for row in rows.select(COLUMNS).iter_rows()]


def _table(path: Path) -> pl.LazyFrame:
    """The columns we know, as text where identifiers and numbers are: the shortest spelling of a number is its own."""
    table = pl.scan_parquet(path)
    names = table.collect_schema().names()
    for column in ("subject_id", "time", "code"):
        if column not in names:
            what, remedy = "the table lacks this column", "Export it as MEDS says."
            raise BrokenFile(file=path.name, line=1, field=column, what=what, remedy=remedy)
    return table.with_row_index("row").select(
        "row",
        pl.col("subject_id").cast(pl.String).alias("subject"),
        pl.col("time").cast(pl.Datetime("us")),
        pl.col("code").cast(pl.String),
        _first(names, _NUMBERS).alias("number"),
        _first(names, ("text_value",)).alias("text"),
        _first(names, _STAYS).alias("stay"),
        pl.lit(None, dtype=INSTANT).alias("instant"),
    )


def _first(names: list[str], wanted: tuple[str, ...]) -> pl.Expr:
    found = next((name for name in wanted if name in names), None)
    return pl.lit(None, dtype=pl.String) if found is None else pl.col(found).cast(pl.String)


def sha256_of(path: Path) -> str:
    """Of the bytes of a file."""
    hashed = hashlib.sha256()
    with path.open("rb") as file:
        while part := file.read(_BYTES_AT_ONCE):
            hashed.update(part)
    return hashed.hexdigest()
