"""The ledger: what is let go, what comes back, and that a snapshot says what the log says."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from wardwise.hospital.moment import iso
from wardwise.loop.capture.event import About, Draft, Status
from wardwise.loop.capture.instant import Instant
from wardwise.loop.capture.log import Batch
from wardwise.loop.derive.fold import keeping
from wardwise.loop.derive.history import History
from wardwise.loop.derive.state.digest import state_digests
from wardwise.loop.derive.state.identity import surviving
from wardwise.loop.derive.state.ledger import keep, ledger_of
from wardwise.loop.derive.state.roster import on_shift
from wardwise.loop.derive.state.stays import census, stays
from wardwise.loop.derive.view import View
from wardwise.sites.load import SiteFolder
from wardwise.stores.artefacts import Artefacts
from wardwise.stores.memory.log import MemoryLog
from wardwise.stores.memory.snapshots import MemorySnapshots

EIGHT = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
DAY = timedelta(days=1)


class Ward:
    """A log that days go by in, and views of it as a worker has them: one history that lives on and forgets."""

    def __init__(self, folder: SiteFolder, shelf: Artefacts) -> None:
        self.folder, self.shelf = folder, shelf
        self.log = MemoryLog()
        self.lease = self.log.lease("demo", "test")
        self.snapshots = MemorySnapshots()
        self.history = self.start(EIGHT)

    def start(self, now: datetime) -> History:
        return History(self.log, "demo", since=now, lookback={}, snapshots=self.snapshots)

    def tell(self, drafts: Sequence[Draft], now: datetime) -> View:
        self.history.add(self.log.append(self.lease, Batch(list(drafts)), now))
        return self.look(now)

    def look(self, now: datetime, history: History | None = None) -> View:
        seen = history or self.history
        return View(self.folder, Instant(max(now, seen.recorded_at), seen.position), seen, self.shelf)

    def anew(self, now: datetime) -> View:
        """From the log alone, nothing let go and nothing kept."""
        return self.look(now, History(self.log, "demo"))


@pytest.fixture
def ward(folder: SiteFolder, tmp_path: Path) -> Ward:
    return Ward(folder, Artefacts(tmp_path))


def stay(word: str, at: datetime, *, who: str = "ada", unit: str | None = None, **payload: str) -> Draft:
    told = {"class": "inpatient"} if word == "admitted" else {}
    about = About(unit=f"demo/{unit}" if unit else None, encounter=who, patient=f"p-{who}")
    return Draft(
        id=f"{word}{at.isoformat()}{who}",
        kind=f"stay.{word}",
        occurred_at=at,
        source="adt",
        about=about,
        payload=told | payload,
    )


def shift(starts: datetime, told: datetime) -> Draft:
    payload = {"shift": "day", "starts": iso(starts), "ends": iso(starts + DAY / 2), "skill": "ed"}
    about = About(unit="demo/ed", staff="nina")
    return Draft(
        id=f"h{starts}", kind="shift.assigned", occurred_at=told, source="roster", about=about, payload=payload
    )


def merge(at: datetime, survivor: str, merged: str) -> Draft:
    about = About(patient=survivor)
    return Draft(
        id=f"m{survivor}{merged}",
        kind="stay.merged",
        occurred_at=at,
        source="adt",
        about=about,
        payload={"merged_patient": merged},
    )


def test_a_patient_who_stays_for_two_years_is_counted_on_the_last_day(ward: Ward) -> None:
    ward.tell([stay("admitted", EIGHT, unit="4a")], EIGHT)
    for day in range(30, 730, 100):
        ward.history.forget(EIGHT + day * DAY)
    assert census(ward.look(EIGHT + 730 * DAY)) == {"demo/4a": 1}
    assert census(ward.look(EIGHT + 730 * DAY, ward.start(EIGHT + 730 * DAY))) == {"demo/4a": 1}


def test_earlier_instants_are_each_seen_as_they_were(ward: Ward) -> None:
    ward.tell([stay("admitted", EIGHT, unit="4a")], EIGHT)
    early = ward.look(EIGHT)
    ward.tell([stay("transferred", EIGHT + DAY, unit="4b")], EIGHT + DAY)
    late = ward.look(EIGHT + DAY)
    ward.tell([stay("transferred", EIGHT + 2 * DAY, unit="icu")], EIGHT + 2 * DAY)
    for _ in range(2):  # what was folded for one earlier instant is not taken for another
        assert census(early) == {"demo/4a": 1}
        assert census(late) == {"demo/4b": 1}
    assert census(ward.look(EIGHT + 2 * DAY)) == {"demo/icu": 1}


def test_a_stay_that_is_over_goes_out_of_sight_after_thirty_days(ward: Ward) -> None:
    ward.tell([stay("admitted", EIGHT, unit="4a"), stay("discharged", EIGHT + DAY)], EIGHT + DAY)
    assert "ada" in stays(ward.look(EIGHT + 31 * DAY - timedelta(minutes=1)))
    assert "ada" not in stays(ward.look(EIGHT + 31 * DAY))


def test_a_stay_that_was_let_go_comes_back_whole_when_its_discharge_is_taken_back(ward: Ward) -> None:
    left = stay("discharged", EIGHT + 2 * DAY)
    ward.tell([stay("admitted", EIGHT, unit="4a"), stay("transferred", EIGHT + DAY, unit="icu"), left], EIGHT + 2 * DAY)
    ledger_of(ward.look(EIGHT + 90 * DAY))
    ward.history.forget(EIGHT + 90 * DAY)
    back = stay("cancelled", EIGHT + 91 * DAY, target="stay.discharged", target_occurred_at=iso(left.occurred_at))
    view = ward.tell([back], EIGHT + 91 * DAY)
    assert census(view) == {"demo/icu": 1}
    assert stays(view)["ada"].admitted_at == EIGHT
    assert state_digests(view) == state_digests(ward.anew(EIGHT + 91 * DAY))


def test_late_words_on_a_stay_let_go_resurrect_nobody(ward: Ward) -> None:
    ward.tell([stay("admitted", EIGHT, unit="4a"), stay("discharged", EIGHT + DAY)], EIGHT + DAY)
    ledger_of(ward.look(EIGHT + 90 * DAY))
    ward.history.forget(EIGHT + 90 * DAY)
    late = stay("admitted", EIGHT + timedelta(hours=1), unit="4b")
    assert census(ward.tell([late], EIGHT + 90 * DAY)) == {}


def test_a_visit_renumbered_after_it_was_let_go_is_one_stay(ward: Ward) -> None:
    ward.tell([stay("admitted", EIGHT, unit="4a"), stay("discharged", EIGHT + DAY)], EIGHT + DAY)
    ledger_of(ward.look(EIGHT + 90 * DAY))
    ward.history.forget(EIGHT + 90 * DAY)
    about = About(encounter="new", patient="p-ada")
    moved = Draft(
        id="mv",
        kind="stay.moved",
        occurred_at=EIGHT + 90 * DAY,
        source="adt",
        about=about,
        payload={"from_encounter": "ada"},
    )
    view = ward.tell([moved], EIGHT + 90 * DAY)
    assert stays(view)["new"].ended_at == EIGHT + DAY
    assert state_digests(view) == state_digests(ward.anew(EIGHT + 90 * DAY))


def test_a_roster_published_two_years_ahead_is_there_on_the_day(ward: Ward) -> None:
    starts = EIGHT + 730 * DAY
    ward.tell([shift(starts, EIGHT)], EIGHT)
    ward.history.forget(starts - DAY)
    assert [each.staff for each in on_shift(ward.look(starts), "demo/ed", starts)] == ["nina"]


def test_a_shift_goes_out_of_sight_forty_five_days_after_its_end(ward: Ward) -> None:
    ward.tell([shift(EIGHT, EIGHT - DAY)], EIGHT)
    over = EIGHT + DAY / 2 + 45 * DAY
    assert on_shift(ward.look(over - timedelta(minutes=1)), "demo/ed", EIGHT)
    assert not on_shift(ward.look(over), "demo/ed", EIGHT)


def test_merges_are_never_let_go(ward: Ward) -> None:
    ward.tell([merge(EIGHT, "ann", "bea")], EIGHT)
    ledger_of(ward.look(EIGHT))
    ward.history.forget(EIGHT + 900 * DAY)
    assert surviving(ward.look(EIGHT + 900 * DAY), "bea") == "ann"


def test_an_instant_before_what_was_let_go_is_answered_from_the_whole_log(ward: Ward) -> None:
    first = ward.tell([stay("admitted", EIGHT, unit="4a"), stay("discharged", EIGHT + DAY)], EIGHT + DAY)
    ledger_of(first)
    ward.tell([stay("admitted", EIGHT + 200 * DAY, who="eve", unit="4b")], EIGHT + 200 * DAY)
    ward.history.forget(EIGHT + 200 * DAY)
    then = ward.look(EIGHT + 200 * DAY).looking_from(first.instant.at, first.instant.position)
    assert stays(then)["ada"].ended_at == EIGHT + DAY
    assert state_digests(then) == state_digests(first)


def test_history_is_seen_as_it_was_and_as_it_is_known_now(ward: Ward) -> None:
    was = ward.tell([stay("admitted", EIGHT, unit="4a")], EIGHT + timedelta(hours=4))
    late = stay("transferred", EIGHT + timedelta(hours=1), unit="icu")  # told nine hours after it happened
    now = ward.tell([late], EIGHT + timedelta(hours=10))
    assert census(was) == {"demo/4a": 1}
    assert census(now) == {"demo/icu": 1}
    assert stays(now)["ada"].moved_at == EIGHT + timedelta(hours=1)
    assert census(now.looking_from(was.instant.at, was.instant.position)) == {"demo/4a": 1}
    assert census(now.looking_from(was.instant.at, now.instant.position)) == {"demo/4a": 1}


def some_days(ward: Ward) -> View:
    for day in range(12):
        at = EIGHT + day * DAY
        ward.tell([stay("admitted", at, who=f"w{day}", unit="4a"), merge(at, f"p-w{day}", f"q{day}")], at)
        if day % 3:
            ward.tell([stay("discharged", at + DAY / 4, who=f"w{day}")], at + DAY / 4)
    return ward.tell([shift(EIGHT + 20 * DAY, EIGHT + 11 * DAY)], EIGHT + 12 * DAY)


def test_a_start_from_a_snapshot_reads_only_what_came_after_it(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    view = some_days(ward)
    position = keep(ward.history)
    later = ward.tell([stay("transferred", EIGHT + 12 * DAY, who="w0", unit="icu")], EIGHT + 12 * DAY)
    asked: list[int] = []
    read = ward.log.read
    monkeypatch.setattr(ward.log, "read", lambda site, **told: asked.append(told["after"]) or read(site, **told))
    again = ward.look(EIGHT + 12 * DAY, ward.start(EIGHT + 12 * DAY))
    assert state_digests(again) == state_digests(later) != state_digests(view)
    assert min(asked) == position - 1  # the event that the snapshot ends with, and those after it


@pytest.mark.parametrize("damage", ["one byte", "cut short", "another log", "another version", "gone"])
def test_a_snapshot_that_cannot_be_trusted_is_thrown_away_and_nothing_but_time_is_lost(
    ward: Ward, damage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = some_days(ward)
    position = keep(ward.history)
    [(_, data)] = ward.snapshots.newest("ledger")
    if damage == "one byte":
        ward.snapshots.put("ledger", position, data[:-9] + bytes([data[-9] ^ 1]) + data[-8:])
    elif damage == "cut short":
        ward.snapshots.put("ledger", position, data[:-30])
    elif damage == "another log":
        ward.snapshots.put("ledger", position, data.replace(b'"record":"', b'"record":"0', 1))
    elif damage == "another version":
        monkeypatch.setattr(keeping, "code", lambda: "older")
    else:
        ward.snapshots = MemorySnapshots()
    again = ward.start(EIGHT + 12 * DAY)
    assert state_digests(ward.look(EIGHT + 12 * DAY, again)) == state_digests(view)


def test_a_snapshot_of_a_position_the_log_has_not_reached_is_passed_over(ward: Ward) -> None:
    view = some_days(ward)
    ward.snapshots.put("ledger", view.instant.position + 5, b"from a log that was longer")
    assert census(ward.look(EIGHT + 12 * DAY, ward.start(EIGHT + 12 * DAY))) == census(view)


def test_forgetting_changes_nothing_that_can_be_asked_for(ward: Ward) -> None:
    view = some_days(ward)
    now = EIGHT + 40 * DAY
    before = [state_digests(ward.look(now - back)) for back in (timedelta(), DAY, 2 * DAY)]
    ward.history.forget(now)
    assert [state_digests(ward.look(now - back)) for back in (timedelta(), DAY, 2 * DAY)] == before
    assert ledger_of(view) is not ledger_of(ward.look(now))


def test_a_replaced_admission_is_not_seen_and_a_cancelled_one_did_not_happen(seen: Callable[..., View]) -> None:
    first = stay("admitted", EIGHT, unit="4a")
    other = Draft(**{**_fields(stay("admitted", EIGHT, unit="5a")), "id": "other", "supersedes": first.id})
    assert census(seen([first, other])) == {"demo/5a": 1}
    undone = Draft(**{**_fields(first), "id": "undone", "status": Status.CANCELLED})
    assert census(seen([undone])) == {}


def _fields(draft: Draft) -> dict[str, object]:
    return {name: getattr(draft, name) for name in Draft.__dataclass_fields__}
