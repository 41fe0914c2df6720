"""A spreadsheet (XLSX) as rows of text, as its cells show it: days, times and numbers are written one way only.

A workbook is a zip of XML from somebody else's machine: it is measured before it is opened, no formula is worked
out and nothing it links to is followed. Excel's own limits and ISO/IEC 29500 say what may be in one.
"""

import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import datetime, time, timedelta
from itertools import islice, pairwise
from typing import Any

from wardwise.feeds.mapped.trouble import Unreadable

ZIP = b"PK\x03\x04"
OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # an XLS, or any workbook under a password
DAY, MINUTE, SECOND = "%Y-%m-%d", "%H:%M", "%H:%M:%S"

_BOOK = "xl/workbook.xml"
_SHEETS = "xl/worksheets/"
_MOST_PARTS = 2_000
_MOST_BYTES = 128 * 1024 * 1024  # unpacked
_LONGEST_PART = 8 * 1024 * 1024  # of what is read as a whole, which are all parts but the sheets and their texts
_LONGEST_ROW = 512 * 1024  # bytes of XML; the reader holds a row's cells at once
_MOST_ROWS = 200_000
_MOST_WRITTEN = 300_000  # of any sheet, with those that hold formats and nothing else: each costs as much to read
_MOST_ABOVE = 1_000  # rows that a sheet writes above its header, each of which is made as wide as one may be
_WIDEST = 512
_CHUNK = 256 * 1024
_MARKUP = b"<!"  # document types, comments and CDATA, of which no workbook that a program saved has need
_LAST_ROW = 1_048_576  # that a sheet has by Excel's own limits; a styled cell may stand there and hold nothing
_AT_ONCE = 500
_ROW = re.compile(rb"<(?:\w+:)?row[\s/>]")
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
UNCALCULATED = "#NOT CALCULATED"  # in the place of a formula that has no value stored with it
_SAVE = "Save it as an XLSX workbook or as CSV and deliver it again."
_SPLIT = "Deliver it in several files, or as CSV."
_ABOVE = "Begin the sheet with its header, and delete empty rows that have a format."
_LEADING_NOUGHTS = re.compile(r"0+")


def is_workbook(body: bytes) -> bool:
    """Whether bytes are an XLSX workbook, going by its parts."""
    if not body.startswith(ZIP):
        return False
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as parts:
            return _BOOK in parts.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return False


def sheet_rows(body: bytes, name: str | None) -> Iterator[tuple[int, list[str]]]:
    """The rows of a sheet that hold anything, with their numbers; of the first visible sheet where `name` is None.

    Raises Unreadable, before the first row where the workbook as a whole cannot be read.
    """
    formulas = _measure(body)
    try:
        yield from _quietly(_rows(body, name, formulas=formulas))
    except Unreadable:
        raise
    except Exception as error:  # noqa: BLE001 - a broken workbook breaks its reader in whatever way
        why = f"the workbook cannot be read ({type(error).__name__})"
        raise Unreadable("bad-workbook", why, _SAVE) from None


def _quietly(rows: Iterator[tuple[int, list[str]]]) -> Iterator[tuple[int, list[str]]]:
    """The same without warnings of what of a workbook the library leaves out: styles, extensions, pictures.

    The filter is the whole process's, so it never stays while somebody else has the turn.
    """
    while True:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            some = list(islice(rows, _AT_ONCE))
        if not some:
            return
        yield from some


def _measure(body: bytes) -> bool:
    """Raise Unreadable for a workbook that is too large or damaged; returns whether a sheet has formulas."""
    formulas = False
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as parts:
            if len(parts.namelist()) > _MOST_PARTS:
                raise Unreadable("too-large", f"the workbook has more than {_MOST_PARTS} parts", _SPLIT)
            left = _MOST_BYTES
            for part in parts.infolist():
                size, has_formulas = _unpacked(parts, part, left)
                left, formulas = left - size, formulas or has_formulas
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, ValueError, OSError, EOFError) as error:
        why = f"the workbook is damaged or under a password ({type(error).__name__})"
        raise Unreadable("bad-workbook", why, _SAVE) from None
    return formulas


def _unpacked(parts: zipfile.ZipFile, part: zipfile.ZipInfo, most: int) -> tuple[int, bool]:
    """How many bytes a part comes to, whatever its own header says of that, and whether it is a sheet with formulas."""
    size, tail, formulas, rows = 0, b"", False, 0
    sheet = part.filename.lower().startswith(_SHEETS)
    with parts.open(part) as opened:
        while chunk := opened.read(_CHUNK):
            size += len(chunk)
            if size > most:
                raise Unreadable("too-large", f"the workbook unpacks to more than {_MOST_BYTES} bytes", _SPLIT)
            if _is_read(part):
                formulas = formulas or (sheet and _FORMULA.search(tail + chunk) is not None)
                rows += _begun(tail, chunk) if sheet else 0
                _refuse_endless(rows)
                tail = _sound(part, tail + chunk, size)
    return size, formulas


def _begun(tail: bytes, chunk: bytes) -> int:
    return len(_ROW.findall(tail + chunk)) - bool(_ROW.match(tail))


def _refuse_endless(rows: int) -> None:
    """The library goes through every row of every sheet when it opens a workbook, and makes each that is read."""
    if rows > _MOST_WRITTEN:
        why = f"a sheet writes more than {_MOST_WRITTEN} rows, those counted in that hold formats and nothing else"
        raise Unreadable("too-large", why, f"Delete the empty rows below the last one. {_SPLIT}")


def _is_read(part: zipfile.ZipInfo) -> bool:
    """Whether the library reads a part: pictures, drawings and comments it does not."""
    name = part.filename.lower()
    apart = ("xl/media/", "xl/drawings/", "xl/comments", "xl/printersettings/", "docprops/thumbnail")
    return not name.startswith(apart)


def _sound(part: zipfile.ZipInfo, seen: bytes, size: int) -> bytes:
    """What must be looked at again with the next chunk of a part; raises Unreadable for what no workbook has."""
    if _MARKUP in seen or b"\x00" in seen:
        why = "a part of the workbook has declarations or comments, or is not UTF-8"
        raise Unreadable("bad-workbook", why, _SAVE)
    name = part.filename.lower()
    if name.startswith(_SHEETS):
        starts = [found.start() for found in _ROW.finditer(seen)]
        edges = [0, *starts, len(seen)]
        if max(after - before for before, after in pairwise(edges)) > _LONGEST_ROW:
            raise Unreadable("too-large", f"a row of the workbook is longer than {_LONGEST_ROW} bytes", _SPLIT)
        return seen[starts[-1] if starts else 0 :]
    if size > _LONGEST_PART and name != "xl/sharedstrings.xml":
        raise Unreadable("too-large", f"a part of the workbook is longer than {_LONGEST_PART} bytes", _SPLIT)
    return seen[-1:]


def _rows(body: bytes, name: str | None, *, formulas: bool) -> Iterator[tuple[int, list[str]]]:
    with ExitStack() as opened:
        sheets = [_sheet(_opened(body, opened, values=True), name)]
        if formulas:  # once more, as formulas: what has one and no value was never calculated
            sheets.append(_sheet(_opened(body, opened, values=False), name))
        first = next(_filled(sheets, _WIDEST, most_above=_MOST_ABOVE), None)
        if first is not None:  # the header says how wide the rest is; one cell more shows what it has no name for
            width = max(place for place, cell in enumerate(first[1], start=1) if cell.strip())
            yield from _filled(sheets, width + 1)


def _opened(body: bytes, until: ExitStack, *, values: bool) -> Any:
    from openpyxl import load_workbook  # noqa: PLC0415 - a quarter of a second that few starts have to spend

    book = load_workbook(io.BytesIO(body), read_only=True, data_only=values, keep_links=False)
    until.callback(book.close)
    return book


def _filled(sheets: Sequence[Any], width: int, *, most_above: int = _MOST_WRITTEN) -> Iterator[tuple[int, list[str]]]:
    blank, above, filled = None, 0, 0
    rows = zip(*(sheet.iter_rows(max_col=width) for sheet in sheets), strict=True)
    for number, (row, *formulas) in enumerate(rows, start=1):
        if number > _LAST_ROW:
            raise Unreadable("too-large", f"the sheet has rows beyond {_LAST_ROW}, where none can be", _SAVE)
        if row is blank:  # the library gives one and the same for rows that are not there
            continue
        cells = [_shown(*each) for each in zip(row, *formulas, strict=True)]
        if not any(cell.strip() for cell in cells):
            blank, above = row, above + 1
            if not filled and above > most_above:
                raise Unreadable("too-large", f"the first {most_above} rows of the sheet hold nothing", _ABOVE)
            continue
        filled += 1
        if filled > _MOST_ROWS:
            raise Unreadable("too-large", f"the sheet has more than {_MOST_ROWS} rows", _SPLIT)
        yield number, cells


def _sheet(book: Any, name: str | None) -> Any:
    visible = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    found = next((sheet for sheet in visible if name in {None, sheet.title}), None)
    if found is None:
        what = f"no visible sheet `{name}`" if name else "no visible sheet"
        raise Unreadable("sheet", f"the workbook has {what}", "Name the sheet as `sheet` of the mapping says.")
    found.reset_dimensions()  # what a sheet says of its own size is not believed
    return found


def _shown(cell: Any, as_formula: Any = None) -> str:
    """What a cell shows; where its formula failed, the name of its error: `#N/A`, and where it never ran, that."""
    value = cell.value
    if value is None:  # a text that came out empty is one: only a number that is not there was never calculated
        never = as_formula is not None and as_formula.data_type == "f" and cell.data_type == "n"
        return UNCALCULATED if never else ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        return _number(value, str(cell.number_format))
    return _span(value) if isinstance(value, timedelta) else _moment(value, str(cell.number_format))


def _moment(value: object, form: str) -> str:
    if isinstance(value, datetime):
        from openpyxl.styles.numbers import is_datetime  # noqa: PLC0415 - it is there: a workbook is being read

        day = value.time() == time() and is_datetime(form) == "date"
        return value.strftime(DAY) if day else f"{value.strftime(DAY)} {_clock(value.time())}"
    return _clock(value) if isinstance(value, time) else str(value)


def _clock(at: time) -> str:
    """A time as text has it too, so that both name the same fact."""
    return at.strftime(SECOND if at.second else MINUTE)


def _span(value: timedelta) -> str:
    seconds = round(value.total_seconds())
    return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def _number(value: float, form: str) -> str:
    """A number without a point where it is whole; with the leading noughts that its format shows: `0012`."""
    if value != int(value):
        return repr(value)
    return str(int(value)).zfill(len(form) if _LEADING_NOUGHTS.fullmatch(form) else 0)
