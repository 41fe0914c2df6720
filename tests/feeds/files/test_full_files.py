"""Full files: what a later file leaves out of the stretch it covers is withdrawn, and nothing else is."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wardwise.feeds.intake import read_all
from wardwise.feeds.reading import Reader, Reading
from wardwise.loop.capture.event import Draft, Status
from wardwise.loop.capture.inbox import Raw
from wardwise.stores.memory.log import MemoryLog

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ROSTER = """\
format: csv
version: 1
header: {employee: [Id], unit: [Unit], date: [Date], start: [Start], end: [End], status: [Status], updated: [Updated]}
delivers: full
covers: {day: date, within: [unit]}
key: [employee, date, start]
codes:
  units: {ED: ed, 4A: 4a}
emit:
  - kind: shift.assigned
    occurred_at: {take: updated, as: time}
    about:
      staff: {identifier: employee, authority: {constant: workforce}}
      unit: {take: unit, table: units}
    payload:
      shift: {constant: day}
      starts: {join: [date, start], as: time}
      ends: {join: [date, end], as: time}
      skill: {constant: ed}
    fact_key: [employee, date, start]
  - kind: shift.called_out
    when: [{take: status, is: [out]}]
    occurred_at: {take: updated, as: time}
    about:
      staff: {identifier: employee, authority: {constant: workforce}}
      unit: {take: unit, table: units}
    payload:
      shift: {constant: day}
      starts: {join: [date, start], as: time}
      ends: {join: [date, end], as: time}
    fact_key: [employee, date, start]
"""
TOLD = "2026-02-20 09:00"
Rows = Sequence[tuple[str, str, int]]  # who, where, on which day of March


def body(rows: Rows, *more: str) -> str:
    lines = [f"{who},{unit},2026-03-{day:02d},07:00,19:00,on,{TOLD}" for who, unit, day in rows]
    return "\n".join(["Id,Unit,Date,Start,End,Status,Updated", *lines, *more]) + "\n"


@pytest.fixture
def deliver(reader_of: Callable[..., Reader], raw: Callable[..., Raw]) -> Callable[..., Reading]:
    reader, count = reader_of("roster", ROSTER), iter(range(1, 100))

    def once(text: str) -> Reading:
        return reader.read(raw(text, source="roster", number=next(count)), NOW)

    return once


def told(reading: Reading) -> list[tuple[str, str]]:
    return [(draft.about.unit or "", draft.status.value) for draft in reading.drafts]


WEEK = [("E1", "ED", 2), ("E2", "ED", 2), ("E3", "ED", 4), ("E4", "ED", 6)]


def test_a_shift_that_the_next_file_leaves_out_is_withdrawn(deliver: Callable[..., Reading]) -> None:
    first = deliver(body(WEEK))
    second = deliver(body([WEEK[0], WEEK[1], WEEK[3]]))
    (gone,) = second.drafts
    assert gone.status is Status.CANCELLED
    assert gone.supersedes == first.drafts[2].id
    assert (gone.about, gone.payload) == (first.drafts[2].about, first.drafts[2].payload)


def test_days_and_units_the_file_does_not_cover_stay_as_they_were(deliver: Callable[..., Reading]) -> None:
    deliver(body([*WEEK, ("E5", "4A", 2), ("E6", "4A", 4)]))
    assert told(deliver(body([WEEK[0], WEEK[1]]))) == []  # the second alone: the fourth and sixth are not its days
    assert told(deliver(body([WEEK[0], WEEK[1], WEEK[3]]))) == [("demo/ed", "cancelled")]  # from second to sixth
    assert told(deliver(body([("E5", "4A", 2), ("E7", "4A", 4)]))) == [("demo/4a", "final"), ("demo/4a", "cancelled")]


def test_what_was_withdrawn_and_comes_back_stands_again(deliver: Callable[..., Reading]) -> None:
    deliver(body(WEEK))
    (gone,) = deliver(body([WEEK[0], WEEK[1], WEEK[3]])).drafts
    (back,) = deliver(body(WEEK)).drafts
    assert (back.status, back.supersedes) == (Status.FINAL, gone.id)
    assert told(deliver(body(WEEK))) == []


def test_a_row_that_is_read_tells_everything_anew(deliver: Callable[..., Reading]) -> None:
    deliver(body(WEEK))
    out = deliver(body([WEEK[0], WEEK[1], WEEK[3]], f"E3,ED,2026-03-04,07:00,19:00,out,{TOLD}"))
    assert [(draft.kind, draft.status.value) for draft in out.drafts] == [("shift.called_out", "final")]
    back = deliver(body(WEEK))
    assert [(draft.kind, draft.status.value) for draft in back.drafts] == [("shift.called_out", "cancelled")]
    assert back.drafts[0].known_at == NOW


def test_a_row_without_a_key_that_is_set_aside_holds_withdrawals_back(deliver: Callable[..., Reading]) -> None:
    deliver(body(WEEK))
    reading = deliver(body([WEEK[0], WEEK[1], WEEK[3]], f",ED,2026-03-04,07:00,19:00,on,{TOLD}"))
    assert told(reading) == []
    assert "not-withdrawn" in [problem.code for problem in reading.problems]


def test_another_feed_withdraws_nothing_of_this_one(reader_of: Callable[..., Reader], raw: Callable[..., Raw]) -> None:
    log = MemoryLog()
    first = read_all([raw(body(WEEK), source="roster", number=1)], {"roster": reader_of("roster", ROSTER, log)})
    log.append(log.lease("demo", "x"), first.batch, NOW)
    other = reader_of(
        "staff", ROSTER.replace("covers: {day: date", "covers: {day: date, withdraws_at_most_percent: 100"), log
    )
    reading = other.read(raw(body([WEEK[0], WEEK[3]]), source="staff", number=2), NOW)
    assert {draft.status for draft in reading.drafts} == {Status.FINAL}


def test_a_row_that_cannot_be_read_withdraws_nothing_of_its_own(deliver: Callable[..., Reading]) -> None:
    deliver(body(WEEK))
    reading = deliver(body([WEEK[0], WEEK[3]], f"E3,ED,2026-03-04,07:00,soon,on,{TOLD}"))
    assert [problem.code for problem in reading.problems] == ["bad-time"]
    assert told(reading) == [("demo/ed", "cancelled")]  # E2, whose row is not there; E3 stands


def test_a_row_without_its_key_holds_every_withdrawal_back(deliver: Callable[..., Reading]) -> None:
    deliver(body(WEEK))
    reading = deliver(body([WEEK[0], WEEK[1], WEEK[3]], "E3,ED"))
    assert told(reading) == []
    assert [problem.code for problem in reading.problems] == ["bad-row", "not-withdrawn"]


def test_a_file_that_was_cut_off_withdraws_nothing_and_says_so(deliver: Callable[..., Reading]) -> None:
    deliver(body(WEEK))
    reading = deliver(body([WEEK[0], ("E9", "ED", 6)]))
    assert told(reading) == [("demo/ed", "final")]
    (problem,) = reading.problems
    assert problem.why == "this full file leaves out 3 of 4 that stood, more than 50%; they still stand"


@pytest.mark.parametrize(
    ("day", "why"),
    [
        ("2026-08-02", "reaches over 154 days, more than 91"),
        ("2026-03-28", "has no row for 21 days on end within its stretch"),
    ],
)
def test_a_mistyped_day_withdraws_nothing_and_says_so(deliver: Callable[..., Reading], day: str, why: str) -> None:
    later = [("E1", "ED", each) for each in range(7, 15)]
    deliver(body([*WEEK, *later]))
    mistyped = f"E2,ED,{day},07:00,19:00,on,{TOLD}"  # of the second; the week from the seventh on is not its own
    reading = deliver(body([WEEK[0], WEEK[2], WEEK[3]], mistyped))
    assert told(reading) == [("demo/ed", "final")]
    (problem,) = reading.problems
    assert problem.code == "not-withdrawn"
    assert why in problem.why


def test_reading_a_file_again_withdraws_the_same(reader_of: Callable[..., Reader], raw: Callable[..., Raw]) -> None:
    log = MemoryLog()
    files = [raw(body(WEEK), source="roster", number=1), raw(body(WEEK[1:]), source="roster", number=2)]
    first = read_all(files, {"roster": reader_of("roster", ROSTER, log)})
    log.append(log.lease("demo", "x"), first.batch, NOW)
    later = raw(body(WEEK), source="roster", number=3)
    log.append(log.lease("demo", "x"), read_all([later], {"roster": reader_of("roster", ROSTER, log)}).batch, NOW)
    again = read_all(files, {"roster": reader_of("roster", ROSTER, log)})
    assert list(again.batch.drafts) == list(first.batch.drafts)


def standing(drafts: Sequence[Draft]) -> set[tuple[str | None, str | None, object]]:
    replaced = {draft.supersedes for draft in drafts}
    left = (draft for draft in drafts if draft.id not in replaced and draft.status is not Status.CANCELLED)
    return {(draft.about.staff, draft.about.unit, draft.payload["starts"]) for draft in left}


SHIFTS = st.sets(
    st.tuples(st.sampled_from(["E1", "E2", "E3"]), st.sampled_from(["ED", "4A"]), st.integers(2, 7)), max_size=9
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(SHIFTS, min_size=1, max_size=5), st.sampled_from(["one reader", "a reader a file"]))
def test_each_file_says_everything_of_its_days_and_nothing_of_others(
    reader_of: Callable[..., Reader], raw: Callable[..., Raw], files: list[set[tuple[str, str, int]]], readers: str
) -> None:
    trusting = ROSTER.replace("within: [unit]", "within: [unit], withdraws_at_most_percent: 100").replace(
        "key: [employee, date, start]", "key: [employee, unit, date, start]"
    )
    keyed = trusting.replace("fact_key: [employee, date, start]", "fact_key: [employee, unit, date, start]")
    log = MemoryLog()
    lease, reader = log.lease("demo", "x"), reader_of("roster", keyed, log)
    held: set[tuple[str, str, int]] = set()
    for number, rows in enumerate(files, start=1):
        read = read_all([raw(body(sorted(rows)), source="roster", number=number)], {"roster": reader})
        log.append(lease, read.batch, NOW)
        for unit in {unit for _, unit, _ in rows}:
            days = [day for _, where, day in rows if where == unit]
            held -= {each for each in held if each[1] == unit and min(days) <= each[2] <= max(days)}
        held |= rows
        if readers == "a reader a file":
            reader = reader_of("roster", keyed, log)
    alone = read_all([raw(body(sorted(held)), source="roster")], {"roster": reader_of("roster", keyed)})
    assert standing(log.read("demo", limit=10_000)) == standing(alone.batch.drafts)
