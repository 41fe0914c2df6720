"""A table of coded facts, one a row, wherever it comes from: what a mapping of codes reads."""

from dataclasses import dataclass

import polars as pl

INSTANT = pl.Datetime("us", "UTC")
COLUMNS = ("row", "subject", "time", "code", "number", "text", "stay", "instant")  # in the order of MedsRow


@dataclass(frozen=True, slots=True)
class CodedTable:
    """`frame` has COLUMNS: row a number, time local, or instead of it an instant where the table says an offset; the
    rest text. `name` is for messages, `sha256` of its bytes.
    """

    name: str
    frame: pl.LazyFrame
    sha256: str
