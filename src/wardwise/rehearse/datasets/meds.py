"""What identifies a MEDS table, and whose rows it holds."""

import hashlib
from pathlib import Path

import polars as pl
from polars.exceptions import PolarsError

from wardwise.errors import BrokenFile

_BYTES_AT_ONCE = 1 << 20
_SUBJECT = "subject_id"


def identity(path: Path) -> dict[str, object]:
    """Path, rows and SHA-256; raises BrokenFile for what is no MEDS table."""
    with path.open("rb") as file:
        hashed = hashlib.sha256()
        while part := file.read(_BYTES_AT_ONCE):
            hashed.update(part)
    rows = _scanned(path).select(pl.len())
    return {"path": str(path), "rows": int(_collected(rows, path).item()), "sha256": hashed.hexdigest()}


def subjects(path: Path) -> frozenset[str]:
    """The subjects of a table."""
    column = _scanned(path).select(pl.col(_SUBJECT).cast(pl.String).unique())
    return frozenset(_collected(column, path)[_SUBJECT].drop_nulls().to_list())


def _scanned(path: Path) -> pl.LazyFrame:
    return pl.scan_parquet(path)


def _collected(rows: pl.LazyFrame, path: Path) -> pl.DataFrame:
    try:
        return rows.collect()
    except (PolarsError, OSError) as fault:
        what = "the file is no MEDS table, or it is damaged"
        remedy = "Give a Parquet table as MEDS says, with subject_id, time and code"
        raise BrokenFile(file=path.name, line=1, field="file", what=what, remedy=remedy) from fault
