"""Workbooks in the place of CSV files: cells read as they show themselves, and what no workbook may do."""

import io
import warnings
import zipfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from time import process_time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from wardwise.feeds.files import workbook
from wardwise.feeds.files.workbook import is_workbook, sheet_rows
from wardwise.feeds.mapped.trouble import Unreadable
from wardwise.feeds.reading import Quarantine, Reading

Read = Callable[..., Reading]
HEADER = ["Employee ID", "Unit", "Date", "Shift", "Start", "End", "Skill", "Status", "Updated"]
NIGHT = ["E1", "4A", "2026-03-07", "Night", "19:00", "07:00", "Med-Surg", "scheduled", "2026-03-01 05:50"]
TYPED = [
    "E1", "4A", date(2026, 3, 7), "Night", time(19), time(7), "Med-Surg", "scheduled", datetime(2026, 3, 1, 5, 50),
]  # fmt: skip


def written(*rows: Iterable[Any], change: Callable[[Workbook], None] = lambda _: None) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))
    change(book)
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def rows_of(body: bytes, sheet: str | None = None) -> list[tuple[int, list[str]]]:
    """Without the one cell more that each row is read to."""
    return [(number, cells[:-1]) for number, cells in sheet_rows(body, sheet) if not cells[-1]]


FORMULAS = b"""<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>
<row r="1"><c r="A1"><v>1</v></c><c r="B1"><v>2</v></c><c r="C1"><v>3</v></c><c r="D1"><v>4</v></c></row>
<row r="2"><c r="A2"><f>1+1</f></c><c r="B2"><f>1+1</f><v>2</v></c><c r="C2" t="str"><f>""</f><v></v></c></row>
</sheetData></worksheet>"""


def only(reading: Reading) -> Quarantine:
    """What is wrong with the only row, which is then what is wrong with the file."""
    assert reading.quarantine is not None
    return reading.quarantine


def shown(row: Iterable[Any]) -> list[str]:
    ((_, cells),) = rows_of(written(row))
    return cells


def repacked(body: bytes, parts: dict[str, bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as old, zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, parts.get(name, old.read(name)))
        for name in parts.keys() - set(old.namelist()):
            new.writestr(name, parts[name])
    return held.getvalue()


@pytest.mark.parametrize("row", [NIGHT, TYPED], ids=["cells of text", "cells with types"])
def test_a_workbook_tells_the_same_facts_as_the_csv_file(read: Read, row: list[Any]) -> None:
    text = "\n".join(",".join(each) for each in (HEADER, NIGHT))
    (of_text,), (of_cells,) = read("roster", text).drafts, read("roster", written(HEADER, row)).drafts
    assert (of_cells.kind, of_cells.about, of_cells.payload) == (of_text.kind, of_text.about, of_text.payload)
    assert (of_cells.occurred_at, of_cells.known_at) == (of_text.occurred_at, of_text.known_at)
    assert of_cells.flags == of_text.flags  # the name of the fact among them


def test_a_cell_reads_as_it_shows_itself() -> None:
    row = ["x", 12, 12.5, True, None, date(2026, 3, 7), datetime(2026, 3, 7, 19, 0, 30), time(7, 5)]
    assert shown(row) == ["x", "12", "12.5", "TRUE", "", "2026-03-07", "2026-03-07 19:00:30", "07:05"]
    assert shown([timedelta(hours=26, minutes=5), 1e15, 0.1]) == ["26:05:00", "1000000000000000", "0.1"]


def test_leading_noughts_that_a_format_shows_are_kept() -> None:
    def four_digits(book: Workbook) -> None:
        book.active["A1"].number_format = "0000"  # type: ignore[index]

    ((_, cells),) = rows_of(written([12, 12], change=four_digits))
    assert cells == ["0012", "12"]


def test_midnight_is_a_time_where_its_format_shows_a_time() -> None:
    assert shown([datetime(2026, 3, 7), date(2026, 3, 7)]) == ["2026-03-07 00:00", "2026-03-07"]


def test_a_day_without_a_time_is_no_time(read: Read) -> None:
    problem = only(read("roster", written(HEADER, [*TYPED[:-1], date(2026, 3, 1)])))
    assert problem.code == "bad-time"
    assert "column `Updated` (cell I2)" in problem.why


def test_a_csv_file_gains_no_formats_by_it(read: Read) -> None:
    row = [*NIGHT[:-1], "2026-03-01 05:50:00"]
    problem = only(read("roster", "\n".join(",".join(each) for each in (HEADER, row))))
    assert problem.code == "bad-time"


@pytest.mark.parametrize("form", ["csv", "workbook"])
def test_a_formula_that_failed_sets_its_row_aside_by_cell(read: Read, form: str) -> None:
    rows = [HEADER, [*NIGHT[:6], "#N/A", *NIGHT[7:]], ["E2", *NIGHT[1:]]]
    body = written(*rows) if form == "workbook" else "\n".join(",".join(row) for row in rows)
    reading = read("roster", body)
    assert [(problem.code, problem.why) for problem in reading.problems] == [
        ("bad-row", "line 2 has a formula that failed in cell G2")
    ]
    assert len(reading.drafts) == 1


def test_rows_keep_the_numbers_of_the_sheet(read: Read) -> None:
    body = written([], HEADER, [], ["E1", "4A", "soon", *NIGHT[3:]])
    problem = only(read("roster", body))
    assert "cell C4" in problem.why


def test_the_first_visible_sheet_counts_or_the_one_that_is_named() -> None:
    def two_more(book: Workbook) -> None:
        book.active.sheet_state = "hidden"  # type: ignore[union-attr]
        book.create_sheet("Notes").append(["notes"])
        book.create_sheet("Roster").append(["roster"])

    body = written(["hidden"], change=two_more)
    assert rows_of(body) == [(1, ["notes"])]
    assert rows_of(body, "Roster") == [(1, ["roster"])]
    with pytest.raises(Unreadable, match="no visible sheet `Sheet`"):
        rows_of(body, "Sheet")


def test_a_header_that_lacks_a_column_refuses_the_workbook_whole(read: Read) -> None:
    reading = read("roster", written(HEADER[1:], NIGHT[1:]))
    assert reading.quarantine is not None
    assert reading.quarantine.code == "header"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512), "bad-workbook"),
        (repacked(written(["x"]), {"xl/worksheets/sheet1.xml": b"<worksheet><row></sheet>"}), "bad-workbook"),
        (repacked(written(["x"]), {"xl/workbook.xml": b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"}), "bad-workbook"),
        (repacked(written(["x"]), {"xl/workbook.xml": "<a/>".encode("utf-16")}), "bad-workbook"),
        (written(["x"])[:-40], "header"),  # no longer a workbook: read as text, which has no such column
    ],
    ids=["old or under a password", "broken part", "entities", "utf-16", "cut short"],
)
def test_what_is_no_sound_workbook_is_set_aside_whole(read: Read, body: bytes, code: str) -> None:
    reading = read("roster", body)
    assert reading.quarantine is not None
    assert reading.quarantine.code == code
    assert not reading.drafts


def test_a_bomb_is_measured_and_never_opened(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "_MOST_BYTES", 3_000_000)
    bomb = repacked(written(HEADER, NIGHT), {"xl/media/image1.png": bytes(4_000_000)})
    assert len(bomb) < 20_000
    monkeypatch.setattr("openpyxl.load_workbook", lambda *_, **__: pytest.fail("it was opened"))
    reading = read("roster", bomb)
    assert reading.quarantine is not None
    assert reading.quarantine.code == "too-large"


def test_rows_and_columns_far_out_cost_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "_MOST_ROWS", 50)
    far_right = written(["x"], change=lambda book: book.active.__setitem__("XFD1", "far"))  # type: ignore[union-attr]
    assert rows_of(far_right) == [(1, ["x"])]
    far_down = written(["x"], change=lambda book: book.active.__setitem__("A1048576", "far"))  # type: ignore[union-attr]
    assert rows_of(far_down) == [(1, ["x"]), (1_048_576, ["far"])]
    with pytest.raises(Unreadable, match="more than 50 rows"):
        rows_of(written(*[["x"]] * 51))


def test_a_styled_cell_beyond_all_rows_holds_nothing_and_refuses_nothing() -> None:
    def styled(book: Workbook) -> None:
        book.active["A300000"].number_format = "0000"  # type: ignore[index]

    assert rows_of(written(["x"], ["y"], change=styled)) == [(1, ["x"]), (2, ["y"])]


def test_a_row_where_none_can_be_is_refused_and_not_counted_to() -> None:
    sheet = FORMULAS.replace(b'<row r="2">', b'<row r="2000000000">')
    with pytest.raises(Unreadable, match="where none can be"):
        rows_of(repacked(written(["x"]), {"xl/worksheets/sheet1.xml": sheet}))


def test_a_formula_that_was_never_calculated_is_not_blank_and_one_that_gave_nothing_is() -> None:
    body = repacked(written(["x"]), {"xl/worksheets/sheet1.xml": FORMULAS})
    assert rows_of(body) == [(1, ["1", "2", "3", "4"]), (2, ["#NOT CALCULATED", "2", "", ""])]


def test_a_row_with_such_a_formula_is_a_finding_of_its_own(read: Read) -> None:
    def formula(book: Workbook) -> None:
        book.active["G2"] = "=A1"  # type: ignore[index]

    reading = read("roster", written(HEADER, NIGHT, ["E2", *NIGHT[1:]], change=formula))
    assert [(problem.code, problem.why) for problem in reading.problems] == [
        ("uncalculated", "line 2 has a formula that was never calculated in cell G2")
    ]
    assert "let it calculate" in reading.problems[0].remedy
    assert len(reading.drafts) == 1


def test_warnings_are_heard_again_while_somebody_else_has_the_turn() -> None:
    before = list(warnings.filters)
    rows = sheet_rows(written(["x"], ["y"]), None)
    next(rows)
    assert warnings.filters == before
    rows.close()


def test_one_endless_row_and_endless_styles_are_measured_and_never_opened(
    read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = written(HEADER, NIGHT)
    row = b"<worksheet><sheetData><row r='1'>" + b"<c/>" * 200_000 + b"</row></sheetData></worksheet>"
    styles = b"<styleSheet>" + b"<x/>" * 2_500_000 + b"</styleSheet>"
    monkeypatch.setattr("openpyxl.load_workbook", lambda *_, **__: pytest.fail("it was opened"))
    for name, part in (("xl/worksheets/sheet1.xml", row), ("xl/styles.xml", styles)):
        reading = read("roster", repacked(sound, {name: part}))
        assert reading.quarantine is not None
        assert reading.quarantine.code == "too-large"


def styled_rows(count: int) -> bytes:
    rows = b"".join(b'<row r="%d"><c r="A%d" s="1"/></row>' % (row, row) for row in range(1, count + 1))
    return FORMULAS.partition(b"<row")[0] + rows + b"</sheetData></worksheet>"


def test_a_million_rows_of_formats_are_counted_and_never_made(read: Read) -> None:
    bomb = repacked(written(HEADER, NIGHT), {"xl/worksheets/sheet1.xml": styled_rows(1_000_000)})
    begun = process_time()
    refused = only(read("roster", bomb))
    assert process_time() - begun < 2  # it took seven times as long to read
    assert (refused.code, refused.remedy.partition(".")[0]) == ("too-large", "Delete the empty rows below the last one")


@pytest.mark.parametrize(("above", "found"), [(999, 1), (1_001, 0)])
def test_a_header_is_not_looked_for_without_end(above: int, found: int) -> None:
    end = b"</sheetData>"
    header = b'<row r="5000"><c r="A5000"><v>1</v></c></row>'
    sheet = styled_rows(above).replace(end, header + end)
    body = repacked(written(["x"]), {"xl/worksheets/sheet1.xml": sheet})
    if found:
        assert rows_of(body) == [(5000, ["1"])]
    else:
        with pytest.raises(Unreadable, match="the first 1000 rows of the sheet hold nothing"):
            rows_of(body)


@pytest.mark.parametrize(("most", "refused"), [(19_999, True), (20_000, False)])
def test_rows_are_counted_in_every_sheet_over_its_pieces(
    monkeypatch: pytest.MonkeyPatch, most: int, *, refused: bool
) -> None:
    monkeypatch.setattr(workbook, "_MOST_WRITTEN", most)
    body = written(["x"], ["y"], change=lambda book: book.create_sheet("more"))
    beside = repacked(body, {"xl/worksheets/sheet2.xml": styled_rows(20_000)})  # several of them
    if refused:
        monkeypatch.setattr("openpyxl.load_workbook", lambda *_, **__: pytest.fail("it was opened"))
        with pytest.raises(Unreadable, match="a sheet writes more than 19999 rows"):
            rows_of(beside)
    else:
        assert rows_of(beside) == [(1, ["x"]), (2, ["y"])]


def test_a_damaged_stream_is_said_to_be_so(read: Read) -> None:
    sound = bytearray(written(HEADER, NIGHT))
    with zipfile.ZipFile(io.BytesIO(bytes(sound))) as parts:
        start = parts.getinfo("xl/worksheets/sheet1.xml").header_offset
    for place in range(start + 60, start + 90):
        sound[place] ^= 0xFF
    reading = read("roster", bytes(sound))
    assert reading.quarantine is not None
    assert reading.quarantine.code == "bad-workbook"


def test_an_archive_is_no_workbook() -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("roster.csv", "x")
    assert not is_workbook(held.getvalue())
    assert not is_workbook(b"PK\x03\x04")
    assert is_workbook(written(["x"]))


@settings(max_examples=150)
@given(st.data())
def test_whatever_is_broken_in_it_a_workbook_raises_no_other_error(data: st.DataObject) -> None:
    body = written(HEADER, NIGHT, TYPED)
    with zipfile.ZipFile(io.BytesIO(body)) as parts:
        name = data.draw(st.sampled_from(parts.namelist()))
        part = bytearray(parts.read(name))
    for place in data.draw(st.lists(st.integers(0, len(part) - 1), min_size=1, max_size=8)):
        part[place] = data.draw(st.integers(0, 255))
    with suppress(Unreadable):
        list(sheet_rows(repacked(body, {name: bytes(part)}), None))
