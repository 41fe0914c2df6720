"""What is in a delivered file, going by its bytes: CSV, a workbook, an event log (XES), or rows of a view."""

from collections.abc import Iterator
from dataclasses import dataclass

from wardwise.feeds.files.rows import ROWS, rows_of
from wardwise.feeds.files.table import csv_rows, decoded
from wardwise.feeds.files.workbook import OLD, is_workbook, sheet_rows
from wardwise.feeds.files.xes import is_xes, xes_rows
from wardwise.feeds.mapped.trouble import Unreadable
from wardwise.sites.csv_mapping import CsvMapping

_OLD = "the file is a workbook of the old kind (XLS), or one under a password"


@dataclass(frozen=True, slots=True)
class Contents:
    """Numbered rows that hold anything, the flags the file earned, and whether its cells have types."""

    rows: Iterator[tuple[int, list[str]]]
    flags: tuple[str, ...] = ()
    typed: bool = False


def contents(body: bytes, mapping: CsvMapping, charset: str) -> Contents:
    """The rows of a file; raises Unreadable here or while they are taken."""
    if body.startswith(OLD):
        raise Unreadable("bad-workbook", _OLD, "Save it as an XLSX workbook without a password, or as CSV.")
    if is_workbook(body):
        return Contents(sheet_rows(body, mapping.sheet), typed=True)
    if body.startswith(ROWS):
        return Contents(rows_of(body), typed=True)
    if is_xes(body):
        wanted = [alias for aliases in mapping.header.values() for alias in aliases]
        return Contents(xes_rows(body, wanted), typed=True)
    text, flags = decoded(body, charset)
    return Contents(csv_rows(text, mapping.delimiter), flags)
