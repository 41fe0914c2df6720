import csv
import io
import itertools
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from tests.clocks import HandClock

from wardwise.demo.arrivals import arrivals, surge_of
from wardwise.demo.drop import lay
from wardwise.demo.files import Drop, drops
from wardwise.demo.person import CANARY
from wardwise.demo.roster import call_outs, roster, staff, wanted
from wardwise.demo.setting import Setting
from wardwise.feeds.files.csv_reader import CsvReader
from wardwise.feeds.files.drop import Drop as Watched
from wardwise.loop.capture.inbox import Arrival, Raw, Receipt
from wardwise.sites.csv_mapping import CsvMapping
from wardwise.sites.load import load_site
from wardwise.stores.memory.inbox import MemoryInbox
from wardwise.stores.memory.log import MemoryLog

SITE = Path(__file__).parents[2] / "sites" / "demo"


@pytest.fixture(scope="module")
def files(setting: Setting) -> list[Drop]:
    return drops(setting)


def rows(drop: Drop) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(drop.body.decode(), newline="")))


def test_every_file_has_every_column_its_mapping_asks_for(files: list[Drop]) -> None:
    mappings = load_site(SITE).mappings
    assert {drop.feed for drop in files} == {"roster", "staff", "ed-history"}
    for drop in files:
        mapping = mappings[drop.feed]
        assert isinstance(mapping, CsvMapping)
        header = set(drop.body.decode().splitlines()[0].split(","))
        for name, aliases in mapping.header.items():
            assert header & set(aliases), name


def test_codes_and_times_are_those_the_mapping_reads(files: list[Drop]) -> None:
    mapping = load_site(SITE).mappings["roster"]
    assert isinstance(mapping, CsvMapping)
    for drop in files:
        for row in rows(drop) if drop.feed == "roster" else []:
            assert row["Unit"] in mapping.codes["units"]
            assert row["Shift"] in mapping.codes["shifts"]
            assert row["Status"] in {"scheduled", "confirmed", "called out"}
            datetime.strptime(f"{row['Date']} {row['Start']}", "%Y-%m-%d %H:%M")  # noqa: DTZ007
            updated = datetime.strptime(row["Updated"], "%Y-%m-%d %H:%M").replace(tzinfo=ZoneInfo("America/Chicago"))
            assert updated <= drop.at


def test_history_holds_two_years_of_the_same_hours_the_door_saw(setting: Setting, files: list[Drop]) -> None:
    history = rows(next(drop for drop in files if drop.name == "ed_history_two_years.csv"))
    assert 730 * 24 - 4 <= len(history) <= 730 * 24
    assert len({row["Hour"] for row in history}) == len(history)
    last_hour, last_count = arrivals(setting, setting.start - timedelta(hours=1), setting.start)[0]
    assert history[-1] == {"Hour": setting.local(last_hour).strftime("%Y-%m-%d %H:%M"), "Arrivals": str(last_count)}


def test_the_roster_covers_every_shift_of_four_weeks_about_as_planned(setting: Setting) -> None:
    duties = roster(setting)
    counts = Counter((duty.nurse.unit.id, duty.shift.key) for duty in duties)
    assert len(counts) == len(setting.places) * 2 * 29
    plan = {(place.id, pattern.name): wanted(place, pattern) for place in setting.places for pattern in setting.shifts}
    for (unit, key), count in counts.items():
        assert abs(count - plan[unit, key.rsplit("/", 1)[1]]) <= 1
    assert duties[0].shift.start < setting.start


def test_nobody_works_two_shifts_within_eleven_hours_or_over_three_in_a_week(setting: Setting) -> None:
    by_nurse = defaultdict(list)
    for duty in roster(setting):
        by_nurse[duty.nurse.id].append(duty.shift)
    for shifts in by_nurse.values():
        shifts.sort(key=lambda shift: shift.start)
        assert all(other.start - one.end >= timedelta(hours=11) for one, other in itertools.pairwise(shifts))
        for first in shifts:
            assert sum(first.day <= shift.day < first.day + timedelta(days=7) for shift in shifts) <= 3


def test_call_outs_are_few_come_before_the_shift_and_hit_the_emergency_department_on_the_evening_of_the_surge(
    longer: Setting,
) -> None:
    weeks = [replace(longer, seed=longer.seed + number) for number in range(6)]  # a few days of one seed tell little
    gone = sum(len(call_outs(week, roster(week))) for week in weeks)
    within = sum(
        week.start + timedelta(hours=5) < duty.shift.start < week.end for week in weeks for duty in roster(week)
    )
    assert 0.01 < gone / within < 0.05
    outs = call_outs(longer, roster(longer))
    assert all(timedelta(hours=2) <= out.duty.shift.start - out.at <= timedelta(hours=5) for out in outs)
    surge = surge_of(longer)
    evening = [out for out in outs if surge.start <= out.duty.shift.start <= surge.start + timedelta(hours=6)]
    assert sum(out.duty.nurse.unit.kind == "ed" for out in evening) >= 2


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_change_files_tell_of_every_call_out_once_and_never_confirm_who_called_out(longer: Setting, seed: int) -> None:
    one = replace(longer, seed=seed)
    changes = [drop for drop in drops(one) if drop.name.endswith("changes.csv")]
    told: list[tuple[str, str]] = []
    for drop in changes:
        for row in rows(drop):
            key = (row["Employee ID"], row["Date"])
            assert not (row["Status"] == "confirmed" and key in told)
            if row["Status"] == "called out":
                told.append(key)
    outs = [out for out in call_outs(one, roster(one)) if out.at <= changes[-1].at]
    assert len(outs) > 1
    assert sorted(told) == sorted((out.duty.nurse.id, out.duty.shift.day.isoformat()) for out in outs)


def test_a_file_comes_every_hour_and_none_is_empty(setting: Setting, files: list[Drop]) -> None:
    changes = [drop for drop in files if drop.name.endswith("changes.csv")]
    assert len(changes) == 24 * setting.days
    assert all(rows(drop) for drop in changes)
    assert len({drop.name for drop in files}) == len(files)


def test_staff_names_are_marked_as_invented_and_everybody_rostered_is_listed(setting: Setting) -> None:
    listed = staff(setting)
    assert {duty.nurse.id for duty in roster(setting)} == {nurse.id for nurse in listed}
    assert all(nurse.name.startswith(CANARY) and nurse.unit.skill in nurse.skills for nurse in listed)


def test_a_file_is_laid_whole_under_its_own_name_with_its_mark_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "drop" / "roster"
    assert lay(folder, "a.csv", b"one") == folder / "a.csv"
    assert lay(folder, "a.csv", b"two").read_bytes() == b"two"
    assert sorted(path.name for path in folder.iterdir()) == ["a.csv", "a.csv.done"]
    with pytest.raises(ValueError, match="plain name"):
        lay(folder, "../a.csv", b"")


def test_the_real_drop_folder_takes_a_laid_file_at_its_first_look(tmp_path: Path, setting: Setting) -> None:
    inbox = MemoryInbox()
    watched = Watched(tmp_path, "roster", "demo", inbox=inbox, clock=HandClock(setting.start))
    lay(tmp_path, "a.csv", b"one")
    assert watched.scan() == 1
    assert [raw.arrival.body for raw in inbox.pending("demo", after=0)] == [b"one"]


def test_the_real_reader_sets_no_row_aside(setting: Setting, files: list[Drop]) -> None:
    folder, log = load_site(SITE), MemoryLog()
    kinds: Counter[str] = Counter()
    for number, drop in enumerate(files):
        feed = folder.site.feed(drop.feed)
        assert feed is not None
        arrival = Arrival(
            site="demo", source=drop.feed, listener="drop", control_id=drop.name, body=drop.body, received_at=drop.at
        )
        raw = Raw(id=f"r{number}", sequence=number + 1, arrival=arrival, receipt=Receipt.STORED)
        reading = CsvReader(folder, feed, token_key=b"k" * 32, log=log).read(raw, drop.at)
        assert reading.quarantine is None, reading.quarantine
        assert "message.quarantined" not in {draft.kind for draft in reading.drafts}
        assert all(CANARY not in repr(draft) and "ZZN" not in repr(draft) for draft in reading.drafts)
        kinds.update(draft.kind for draft in reading.drafts)
    assert kinds["arrivals.counted"] > 730 * 24 - 4
    assert kinds["shift.assigned"] > 2_000
    assert kinds["staff.listed"] == len(staff(setting))
    assert kinds["shift.called_out"] >= 2
