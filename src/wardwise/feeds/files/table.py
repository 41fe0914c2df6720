"""A file as rows by our own names of its columns, or what is wrong with it, by line; CSV is read by RFC 4180."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from wardwise.feeds.files.workbook import UNCALCULATED
from wardwise.feeds.mapped.trouble import Unreadable
from wardwise.sites.csv_mapping import CsvMapping

NEVER = "uncalculated"  # the code of rows with a formula that no program has worked out
LATIN_1 = "charset-latin-1"

_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_HEADER_REMEDY = "Export the file with it, or add the name it has there to `header` of the mapping."

# What a spreadsheet shows, and exports, in place of a value it could not work out (ECMA-376 Part 1, 18.17.3).
_FAILED = {f"#{name}" for name in ("DIV/0!", "N/A", "NAME?", "NULL!", "NUM!", "REF!", "VALUE!", "GETTING_DATA")}
_WITHOUT_VALUE = frozenset({UNCALCULATED, *_FAILED})

Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a file: the line it ends on, counted from 1, and its cells; `wrong` says why it is no row, and `code`
    which sort of finding that is.

    `places` are the columns of its cells, counted from 0, and `header` what the file calls each.
    """

    number: int
    cells: Row
    wrong: str = ""
    places: Mapping[str, int] = field(default_factory=dict)
    header: Sequence[str] = ()
    code: str = "bad-row"

    def named(self, columns: Sequence[str]) -> str:
        """Columns as the file calls them, with their cells: "column `Date` (cell D4)"; those it lacks are left out."""
        known = [self.places[each] for each in columns if each in self.places]
        named = " and ".join(f"`{self.header[each].strip()}` (cell {_letters(each)}{self.number})" for each in known)
        return f"column{'s' if len(known) > 1 else ''} {named}" if known else ""


def _letters(place: int) -> str:
    """A column as a spreadsheet calls it: A, B, .. Z, AA."""
    before, letter = divmod(place, 26)
    return (_letters(before - 1) if before else "") + chr(ord("A") + letter)


def decoded(body: bytes, charset: str) -> tuple[str, tuple[str, ...]]:
    """The text and the flags it earned: a byte order mark decides, then the feed's charset, then latin-1."""
    named = next((codec for mark, codec in _MARKS.items() if body.startswith(mark)), charset)
    try:
        return body.decode(named), ()
    except UnicodeDecodeError:
        return body.decode("latin-1"), (LATIN_1,)


def table(filled: Iterator[tuple[int, list[str]]], mapping: CsvMapping) -> Iterator[Line]:
    """The rows below the header, of numbered rows that hold anything; raises Unreadable for the file as a whole."""
    number, header = next(filled, (1, []))
    columns = _columns(header, mapping, number)
    last = max(columns.values())
    for number, cells in filled:
        unvalued = None if _WITHOUT_VALUE.isdisjoint(cells) else _without_value(number, cells, columns)
        if unvalued is not None:
            yield unvalued
        elif len(cells) > len(header) and any(cell.strip() for cell in cells[len(header) :]):
            yield Line(number, {}, f"has {len(cells)} cells where the header has {len(header)}")
        elif len(cells) <= last:
            yield Line(number, {}, f"ends after {len(cells)} of {len(header)} cells")
        else:
            named = {name: cells[place].strip() for name, place in columns.items()}
            yield Line(number, named, places=columns, header=header)


def _without_value(number: int, cells: list[str], columns: Mapping[str, int]) -> Line | None:
    """A row one of whose cells that the mapping reads has a formula without a value."""
    read = {cells[place]: place for place in sorted(columns.values(), reverse=True) if place < len(cells)}
    if UNCALCULATED in read:
        where = _letters(read[UNCALCULATED])
        return Line(number, {}, f"has a formula that was never calculated in cell {where}{number}", code=NEVER)
    failed = min((read[text] for text in _FAILED & read.keys()), default=None)
    if failed is not None:
        return Line(number, {}, f"has a formula that failed in cell {_letters(failed)}{number}")
    return None


def csv_rows(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Lines of CSV that hold anything, with the number each ends on; raises Unreadable for what is no CSV."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, cells
    except csv.Error as error:
        raise Unreadable(
            "bad-csv", f"line {reader.line_num} is not CSV: {error}", "Export the file again; quotes must be doubled."
        ) from None


def _columns(header: list[str], mapping: CsvMapping, number: int) -> dict[str, int]:
    """The place of each of our columns."""
    named = [cell.strip().casefold() for cell in header]
    columns = {}
    for name, aliases in mapping.header.items():
        found = next((alias for alias in (each.strip().casefold() for each in aliases) if alias in named), None)
        if found is None and name not in mapping.optional:
            listed = ", ".join(f"`{alias}`" for alias in aliases)
            why = f"line {number} (the header) has no column `{name}`; it may be called {listed}"
            raise Unreadable("header", why, _HEADER_REMEDY)
        if found is not None and named.count(found) > 1:
            why = f"line {number} (the header) has the column `{name}` twice"
            raise Unreadable("header", why, "Export the file with each column once.")
        if found is not None:
            columns[name] = named.index(found)
    return columns
