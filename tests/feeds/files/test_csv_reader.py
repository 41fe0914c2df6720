"""Files in, facts out: the demo site's roster, staff and history, and what is wrong with a file or a row of it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wardwise.feeds.files.csv_reader import CsvReader
from wardwise.feeds.intake import read_all
from wardwise.feeds.reading import Reader, Reading
from wardwise.hospital.token import tokenise
from wardwise.loop.capture.event import KnownBasis
from wardwise.loop.capture.inbox import Arrival, Raw, Receipt
from wardwise.loop.capture.kinds import check
from wardwise.loop.capture.log import Outcome
from wardwise.sites.load import SiteFolder
from wardwise.stores.memory.log import MemoryLog

Read = Callable[..., Reading]
KEY = b"k" * 32
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
HEADER = "Employee ID,Name,Unit,Date,Shift,Start,End,Skill,Contract,Status,Reason,Updated"
NIGHT = "E1,ZZPHI,4A,2026-03-07,Night,19:00,07:00,Med-Surg,full-time,scheduled,,2026-03-01 05:50"


def roster(*rows: str, header: str = HEADER, end: str = "\r\n") -> str:
    return end.join([header, *rows]) + end


def codes(reading: Reading) -> list[str]:
    return [problem.code for problem in reading.problems]


def test_a_row_of_the_roster_is_an_assignment(read: Read) -> None:
    reading = read("roster", roster(NIGHT))
    (draft,) = reading.drafts
    check(draft)
    assert draft.kind == "shift.assigned"
    assert draft.about.unit == "demo/4a"
    assert draft.about.staff == tokenise(KEY, "workforce", "E1")
    assert draft.occurred_at == draft.known_at == datetime(2026, 3, 1, 11, 50, tzinfo=UTC)
    assert draft.known_basis is KnownBasis.OBSERVED
    assert dict(draft.payload) == {
        "shift": "night", "skill": "med-surg", "contract": "full-time",
        "starts": "2026-03-08T01:00:00.000000Z", "ends": "2026-03-08T12:00:00.000000Z",
    }  # fmt: skip


def test_a_night_shift_ends_at_its_wall_time_on_the_morning_the_clock_goes_forward(read: Read) -> None:
    (draft,) = read("roster", roster(NIGHT)).drafts  # 2026-03-08 is an hour short in Chicago
    lasted = [datetime.fromisoformat(str(draft.payload[name])) for name in ("starts", "ends")]
    assert lasted[1] - lasted[0] == timedelta(hours=11)


def test_who_called_out_is_told_by_the_status(read: Read) -> None:
    row = NIGHT.replace("scheduled,,", "Called Out,sick,")
    (draft,) = read("roster", roster(row)).drafts
    assert (draft.kind, draft.payload["reason"]) == ("shift.called_out", "sick")


def test_counted_hours_are_known_when_the_declared_lag_is_over(read: Read) -> None:
    (draft,) = read("ed-history", "Hour,Arrivals\n2026-02-27 14:00,9\n").drafts
    assert dict(draft.payload) == {"hour": "2026-02-27T20:00:00.000000Z", "count": 9}
    assert draft.about.unit == "demo/ed"
    assert draft.known_at == datetime(2026, 2, 27, 21, tzinfo=UTC)
    assert draft.known_basis is KnownBasis.DECLARED


def test_nothing_is_known_later_than_it_was_received(read: Read) -> None:
    (draft,) = read("ed-history", "Hour,Arrivals\n2026-03-01 05:30,9\n").drafts
    assert draft.known_at == NOW


@pytest.mark.parametrize(
    "body",
    [
        roster(NIGHT, end="\n"),
        "\ufeff" + roster(NIGHT),
        roster(NIGHT, header=HEADER.upper()),
        roster(NIGHT, header=HEADER.replace("Employee ID", " employee ").replace("Unit", "ORG JOB")),
        roster(NIGHT.replace("2026-03-07", "03/07/2026")),
        roster("", ",,,,,,,,,,,", NIGHT),
        roster(NIGHT.replace("4A", '"4A"')),
        roster(NIGHT + ",surplus", header=HEADER + ",Extra"),
    ],
)
def test_the_same_row_may_be_written_in_many_ways(read: Read, body: str) -> None:
    assert [draft.payload["skill"] for draft in read("roster", body).drafts] == ["med-surg"]
    assert read("roster", body).drafts[0].payload == read("roster", roster(NIGHT)).drafts[0].payload


def test_a_file_in_latin_1_is_read_with_a_flag(read: Read) -> None:
    reading = read("roster", roster(NIGHT.replace("ZZPHI", "Zoë")).encode("latin-1"))
    assert "charset-latin-1" in reading.drafts[0].flags


@pytest.mark.parametrize(
    ("body", "code", "says"),
    [
        (roster(NIGHT, header=HEADER.replace("Unit", "Ward")), "header", "line 1 (the header) has no column `unit`"),
        (roster(NIGHT, header=HEADER.replace("Name", "Unit")), "header", "twice"),
        (roster(NIGHT, 'E2,"broken'), "bad-csv", "line 3"),
        (roster(NIGHT, 'E2,"a"b,4A'), "bad-csv", "line 3"),
        ("", "header", "line 1"),
    ],
)
def test_a_file_that_is_wrong_as_a_whole_is_set_aside_whole(read: Read, body: str, code: str, says: str) -> None:
    reading = read("roster", body)
    assert reading.drafts == ()
    assert reading.quarantine is not None
    assert reading.quarantine.code == code
    assert says in reading.quarantine.why
    assert reading.quarantine.remedy


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (NIGHT, "bad-row"),  # the key stood before
        ("E2,x,4A", "bad-row"),
        (NIGHT.replace("E1", "E2") + ",surplus", "bad-row"),
        (NIGHT.replace("E1", "E2").replace("4A", "9Z"), "unknown-code"),
        (NIGHT.replace("E1", "E2").replace("2026-03-07", "7.3.2026"), "bad-time"),
        (NIGHT.replace("E1", "E2").replace("2026-03-01 05:50", "2026-03-01 06:50"), "impossible-time"),
        (NIGHT.replace("E1", ""), "no-staff"),
    ],
)
def test_a_row_that_is_wrong_is_set_aside_and_the_others_count(read: Read, row: str, code: str) -> None:
    reading = read("roster", roster(NIGHT, row, NIGHT.replace("E1", "E3")))
    assert len(reading.drafts) == 2
    assert codes(reading) == [code]
    assert reading.problems[0].why.startswith("line 3")


def test_bad_rows_become_events_beside_the_good_ones(reader_of: Callable[..., Reader], raw: Callable[..., Raw]) -> None:
    body = roster(NIGHT, NIGHT.replace("E1", "E2").replace("4A", "ZZPHI9"), NIGHT.replace("E1", "E4"), "E3,short")
    read = read_all([raw(body, source="roster")], {"roster": reader_of("roster")})
    kinds = [draft.kind for draft in read.batch.drafts]
    assert kinds == ["shift.assigned", "shift.assigned", "message.quarantined", "message.quarantined"]
    assert len({draft.id for draft in read.batch.drafts}) == 4
    assert [(d.outcome, d.events) for d in read.batch.dispositions] == [(Outcome.APPLIED, 4)]
    assert "ZZPHI" not in repr(read.batch.drafts)


def test_a_file_of_bad_rows_alone_is_quarantined_with_every_reason(read: Read) -> None:
    reading = read("roster", roster("E1,short", "E2,short"))
    assert reading.quarantine is not None
    assert "line 2" in reading.quarantine.why
    assert ["line 3" in problem.why for problem in reading.problems] == [True]


def test_every_reason_of_a_quarantined_file_is_an_event(
    reader_of: Callable[..., Reader], raw: Callable[..., Raw]
) -> None:
    read = read_all([raw(roster("E1,short", "E2,short"), source="roster")], {"roster": reader_of("roster")})
    assert len({draft.id for draft in read.batch.drafts}) == 2
    assert [(d.outcome, d.events) for d in read.batch.dispositions] == [(Outcome.QUARANTINED, 2)]


def test_a_thousand_bad_rows_are_not_a_thousand_events(read: Read) -> None:
    reading = read("roster", roster(NIGHT, *(f"E{n},short" for n in range(1_000))))
    assert len(reading.problems) == 101
    assert reading.problems[-1].why == "900 more parts were set aside"


def test_a_file_without_rows_is_no_fault(read: Read) -> None:
    assert read("roster", roster()) == Reading(ignored="empty: the file has no rows")


def test_a_row_that_no_rule_is_for_is_set_aside_by_its_line_and_the_column_that_was_asked(read: Read) -> None:
    reading = read("roster", roster(NIGHT, NIGHT.replace("E1", "E2").replace("scheduled", "maybe")))
    assert len(reading.drafts) == 1
    (problem,) = reading.problems
    assert problem.code == "no-rule"
    assert problem.why == "line 3, column `Status` (cell J3): no event of the mapping is for such a row"
    assert "`when`" in problem.remedy


def test_a_file_of_rows_that_no_rule_is_for_is_quarantined_with_its_lines(read: Read) -> None:
    reading = read("roster", roster(NIGHT.replace("scheduled", "maybe")))
    assert reading.quarantine is not None
    assert reading.quarantine.why.startswith("line 2, column `Status`")


E2 = NIGHT.replace("E1", "E2")
CELLS = [
    (E2.replace("2026-03-07", "7.3.2026"), "columns `Date` (cell D3) and `Start` (cell F3): a time is written in none"),
    (E2.replace(",07:00,", ",seven,"), "columns `Date` (cell D3) and `End` (cell G3): a time is written in none"),
    (E2.replace("2026-03-01 05:50", "ZZPHI"), "column `Updated` (cell L3): a time is written in none of the ways"),
    (E2.replace("2026-03-01 05:50", ""), "column `Updated` (cell L3): nothing says to the minute"),
    (E2.replace("2026-03-01 05:50", "2026-03-01 06:50"), "column `Updated` (cell L3): a fact is said to have happened"),
    (E2.replace("4A", "ZZPHI"), "column `Unit` (cell C3): the table `units` does not know a code"),
    (E2.replace("Night", "Twilight"), "column `Shift` (cell E3): the table `shifts` does not know a code"),
    (E2.replace("E2", ""), "column `Employee ID` (cell A3): nothing says which staff"),
    (E2.replace("Med-Surg", ""), "column `Skill` (cell H3): the cell is empty"),
]


@pytest.mark.parametrize(("row", "says"), CELLS)
def test_a_problem_of_a_row_names_its_column_and_cell_and_nothing_that_stands_there(
    read: Read, row: str, says: str
) -> None:
    (problem,) = read("roster", roster(NIGHT, row)).problems
    assert problem.why.startswith(f"line 3, {says}")
    assert "ZZPHI" not in f"{problem.why} {problem.remedy}"


@pytest.mark.parametrize(
    ("row", "says"),
    [("2026-02-27 14:00,", "the cell is empty"), ("2026-02-27 14:00,many", "a value that should be a whole number")],
)
def test_a_count_that_is_none_names_its_cell(read: Read, row: str, says: str) -> None:
    reading = read("ed-history", f"Hour,Arrivals\n{row}\n")
    assert reading.quarantine is not None
    assert reading.quarantine.why.startswith(f"line 2, column `Arrivals` (cell B2): {says}")
    assert "mapping" not in reading.quarantine.remedy or says != "the cell is empty"


def test_what_a_file_repeats_is_dropped_and_what_it_changes_supersedes(
    reader_of: Callable[..., Reader], raw: Callable[..., Raw]
) -> None:
    reader = reader_of("roster")
    first = reader.read(raw(roster(NIGHT), number=1, source="roster"), NOW)
    again = reader.read(raw(roster(NIGHT), number=2, source="roster"), NOW)
    moved = reader.read(raw(roster(NIGHT.replace("4A", "4B")), number=3, source="roster"), NOW)
    assert again.drafts == ()
    assert again.ignored.startswith("nothing-new")
    assert [draft.supersedes for draft in moved.drafts] == [first.drafts[0].id]


CELL = st.text(alphabet="aZ0 9,;\"'\r\n\t\0é-:/", max_size=12)


@pytest.fixture(scope="module")
def history(demo: SiteFolder) -> CsvReader:
    feed = demo.site.feed("ed-history")
    assert feed is not None
    return CsvReader(demo, feed, token_key=KEY, log=MemoryLog())


def _raw(body: bytes) -> Raw:
    arrival = Arrival(site="demo", source="ed-history", listener="x", control_id="1", body=body, received_at=NOW)
    return Raw(id="w1", sequence=1, arrival=arrival, receipt=Receipt.STORED)


@settings(max_examples=200, deadline=None)
@given(rows=st.lists(st.lists(CELL, max_size=4), max_size=8))
def test_no_content_makes_the_reader_fail(history: CsvReader, rows: list[list[str]]) -> None:
    body = "Hour,Arrivals\n" + "\n".join(",".join(row) for row in rows)
    reading = history.read(_raw(body.encode()), NOW)
    assert reading.drafts or reading.quarantine or reading.ignored


@settings(max_examples=100, deadline=None)
@given(body=st.binary(max_size=200))
def test_no_bytes_make_the_reader_fail(history: CsvReader, body: bytes) -> None:
    reading = history.read(_raw(body), NOW)
    assert reading.quarantine is not None


@settings(max_examples=100, deadline=None)
@given(hours=st.dictionaries(st.integers(0, 20_000), st.integers(0, 60), min_size=1, max_size=40))
def test_what_was_written_is_what_is_read(demo: SiteFolder, hours: dict[int, int]) -> None:
    feed = demo.site.feed("ed-history")
    assert feed is not None
    reader = CsvReader(demo, feed, token_key=KEY, log=MemoryLog())
    start = datetime(2023, 6, 1)
    lines = [f"{start + timedelta(hours=hour):%Y-%m-%d %H:%M},{count}" for hour, count in hours.items()]
    reading = reader.read(_raw("\r\n".join(["Hour,Arrivals", *lines]).encode()), NOW)
    assert [draft.payload["count"] for draft in reading.drafts] == list(hours.values())
    assert reading.problems == ()
