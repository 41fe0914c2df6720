"""A file as it was delivered: every value as text, and each column read as its contract says."""

import csv
import gzip
import io
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from wardwise.errors import NotRunnable
from wardwise.govern.data.files.trap import MOST_LINES, Shape
from wardwise.sites.contract import Type
from wardwise.sites.file_contract import Column, FileContract

GZIP, PARQUET = b"\x1f\x8b", b"PAR1"
LINE = "__line__"
LARGEST = 2_000_000_000  # bytes unpacked
NUMBER = r"^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?$"
_WIDEST_SHAPE = 60


@dataclass(frozen=True)
class Sheet:
    """The rows of a file. `charset` is how its bytes could be read, which may not be what was promised."""

    contract: FileContract
    text: pl.DataFrame
    charset: str
    _numbers: dict[str, pl.Series] = field(default_factory=dict, compare=False, repr=False)

    @property
    def names(self) -> list[str]:
        """The columns of the file."""
        return [name for name in self.text.columns if name != LINE]

    @property
    def present(self) -> list[Column]:
        """The columns of the contract that the file has."""
        return [column for column in self.contract.columns if column.name in self.text.columns]

    def said(self, name: str) -> pl.Series:
        """A column's texts, blanks around them dropped; null where nothing, or a declared word for it, stands."""
        texts = self.text[name].str.strip_chars()
        gone = ["", *self.contract.missing]
        return texts.set(texts.is_in(gone).fill_null(value=False), None)

    def number(self, name: str) -> pl.Series:
        """A column as numbers; null where none stands."""
        if name not in self._numbers:
            texts = self.said(name)
            plain = texts.set(~texts.str.contains(NUMBER).fill_null(value=True), None)  # `inf` and `nan` are junk
            self._numbers[name] = plain.cast(pl.Float64, strict=False)
        return self._numbers[name]

    def lines(self, chosen: pl.Series) -> tuple[int, ...]:
        """The first lines of the rows that are chosen."""
        return tuple(self.text[LINE].filter(chosen.fill_null(value=False)).head(MOST_LINES).to_list())

    def numeric(self) -> list[Column]:
        """The columns that are promised to be numbers."""
        return [column for column in self.present if column.type in {Type.INTEGER, Type.DECIMAL}]

    def timed(self) -> list[Column]:
        """The columns that are promised to be dates or times."""
        return [column for column in self.present if column.type in {Type.DATE, Type.TIME}]


def shapes(texts: pl.Series) -> list[Shape]:
    """The ways in which texts are written, the most frequent first."""
    masked = texts.drop_nulls().str.replace_all(r"\d", "9").str.replace_all(r"\p{L}", "a").str.slice(0, _WIDEST_SHAPE)
    counted = masked.alias("shape").value_counts(sort=True)
    return [Shape(str(text), int(count)) for text, count in counted.iter_rows()]


def read_sheet(path: Path, contract: FileContract) -> Sheet:
    """Read a CSV file (also gzipped) or a Parquet file; raises NotRunnable naming what is wrong with it."""
    data = path.read_bytes()
    try:
        if data.startswith(PARQUET):
            return Sheet(contract, _numbered(pl.read_parquet(io.BytesIO(data)).cast(pl.String)), "binary")
        content = _unpacked(data) if data.startswith(GZIP) else data
        text, charset = _decoded(content, contract.charset)
        return Sheet(contract, _numbered(_table(text, contract.delimiter)), charset)
    except (pl.exceptions.PolarsError, csv.Error, OSError, EOFError, zlib.error) as fault:
        remedy = "Check that it is a CSV or Parquet file, and the contract's delimiter."
        raise NotRunnable(what=str(path), why=f"it is no table ({type(fault).__name__})", remedy=remedy) from None


def _unpacked(data: bytes) -> bytes:
    with gzip.open(io.BytesIO(data)) as file:
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise OSError("too large")
    return content


def _decoded(content: bytes, promised: str) -> tuple[str, str]:
    for charset in dict.fromkeys((promised, "utf-8", "windows-1252", "latin-1")):
        try:
            return content.decode(charset).removeprefix("\ufeff"), charset
        except UnicodeDecodeError:
            continue
    raise AssertionError("latin-1 reads any bytes")


def _table(text: str, delimiter: str) -> pl.DataFrame:
    rows = csv.reader(io.StringIO(text), delimiter=delimiter)
    header = _named([name.strip() for name in next(rows, [])])
    if not header:
        raise csv.Error
    return pl.read_csv(
        io.StringIO(text),
        separator=delimiter,
        has_header=False,
        skip_rows=1,
        new_columns=header,
        infer_schema=False,
        truncate_ragged_lines=True,
    )


def _named(header: Sequence[str]) -> list[str]:
    """Names of columns, told apart where the header repeats or leaves out one."""
    found: list[str] = []
    for place, name in enumerate(header, start=1):
        wanted = name or f"(column {place})"
        found.append(wanted if wanted not in found else f"{wanted} ({place})")
    return found


def _numbered(table: pl.DataFrame) -> pl.DataFrame:
    return table.with_row_index(LINE, offset=2)
