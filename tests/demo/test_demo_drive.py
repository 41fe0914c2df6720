from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from wardwise.demo.board_client import OpenAdvice
from wardwise.demo.doors import Doors, doors_of
from wardwise.demo.drive import Demo, Tick, kept_by
from wardwise.demo.errors import NotLoopback
from wardwise.demo.habits import Sort
from wardwise.demo.mllp_client import Ack
from wardwise.demo.people import Answer, answer_of
from wardwise.demo.setting import Setting
from wardwise.demo.timeline import Timeline
from wardwise.hospital.moment import iso
from wardwise.sites.load import load_site

MINUTE = timedelta(minutes=1)
FEEDS = ("roster", "staff", "ed-history")
SITE = Path(__file__).parents[2] / "sites" / "demo"


class Listening:
    """A door, a clock and a board in memory; `heard` is all that happened, in order."""

    def __init__(self, cards: Mapping[str, datetime]) -> None:
        self.now = datetime.min.replace(tzinfo=UTC)
        self.heard: list[tuple[str, object]] = []
        self.open = dict(cards)

    def advance(self, to: datetime) -> None:
        self.now = to
        self.heard.append(("time", to))

    def settle(self) -> None:
        self.heard.append(("settle", self.now))

    def send(self, body: bytes, control: str) -> Ack:
        self.heard.append(("message", body))
        return Ack("AA" if body.startswith(b"MSH|^") else "AR", control, "")

    def open_advice(self) -> list[OpenAdvice]:
        return [OpenAdvice(key, card(at), "demo/4a", at, "") for key, at in self.open.items() if at <= self.now]

    def answer(self, advice: str, given: Answer) -> bool:
        self.heard.append(("answer", (advice, given.answer, self.now)))
        return self.open.pop(advice, None) is not None


def card(at: datetime) -> dict[str, object]:
    return {"owner": "charge-nurse", "may_override": ["physician"], "expires_at": iso(at + timedelta(hours=3))}


def driven(
    setting: Setting, timeline: Timeline, folder: Path, cards: Mapping[str, datetime]
) -> tuple[list[Tick], Listening]:
    world = Listening(cards)
    doors = Doors(lines={"adt": world, "oru": world}, folders={name: folder / name for name in FEEDS}, board=world)
    return list(Demo(setting, timeline, doors, world).run()), world


def test_everything_due_is_sent_once_in_order_and_counted(
    setting: Setting, first_day: Timeline, tmp_path: Path
) -> None:
    ticks, world = driven(setting, first_day, tmp_path, {})
    assert [body for what, body in world.heard if what == "message"] == [due.body for due in first_day.messages]
    assert len(ticks) == 24 * 12 + 1
    assert sum(tick.sent for tick in ticks) == len(first_day.messages)
    malformed = sum(due.sort is Sort.MALFORMED for due in first_day.messages)
    assert sum(tick.refused for tick in ticks) == malformed
    assert sum(tick.acknowledged for tick in ticks) == len(first_day.messages) - malformed
    assert sum(tick.dropped for tick in ticks) == len(first_day.files)
    assert len(list(tmp_path.rglob("*.csv"))) == len(first_day.files)


def test_nothing_is_sent_before_its_time_and_the_census_goes_first(
    setting: Setting, first_day: Timeline, tmp_path: Path
) -> None:
    ticks, world = driven(setting, first_day, tmp_path, {})
    due_at = {due.body: due.at for due in reversed(first_day.messages)}
    now = setting.start
    for what, which in world.heard:
        if what == "time":
            assert isinstance(which, datetime)
            now = which
        elif what == "message":
            assert isinstance(which, bytes)
            assert due_at[which] <= now
    assert ticks[0].at == setting.start
    assert 250 < ticks[0].sent < 500
    assert world.heard[0] == ("time", setting.start)


def test_the_house_settles_before_its_people_answer_and_again_after(
    setting: Setting, first_day: Timeline, tmp_path: Path
) -> None:
    given = setting.start + 30 * MINUTE
    cards = {f"a{n}": given for n in range(20)}
    ticks, world = driven(setting, first_day, tmp_path, cards)
    expected = {key: answer for key in cards if (answer := answer_of(7, key, card(given), given=setting.local(given)))}
    assert 10 < len(expected) < 20
    found = [which for what, which in world.heard if what == "answer"]
    assert {which[0]: which[1] for which in found} == {key: answer.answer for key, answer in expected.items()}  # type: ignore[index]
    for key, _, at in found:  # type: ignore[misc]
        assert timedelta() <= at - (given + expected[key].after) < 5 * MINUTE
    assert sum(tick.answered for tick in ticks) == len(expected)
    for place, (what, _) in enumerate(world.heard):
        if what == "answer":
            assert world.heard[place - 1][0] in {"settle", "answer"}
            assert world.heard[place + 1][0] in {"settle", "answer"}


def test_two_runs_hear_the_same(setting: Setting, first_day: Timeline, tmp_path: Path) -> None:
    cards = {f"a{n}": setting.start + n * 20 * MINUTE for n in range(30)}
    one, other = (driven(setting, first_day, tmp_path / name, cards)[1].heard for name in ("one", "other"))
    assert one == other


def test_without_a_board_nobody_answers(setting: Setting, first_day: Timeline, tmp_path: Path) -> None:
    world = Listening({"a1": setting.start})
    doors = Doors(lines={"adt": world, "oru": world}, folders={name: tmp_path / name for name in FEEDS})
    hour = replace(setting, days=0)
    ticks = list(Demo(hour, first_day, doors, world).run())
    assert [tick.answered for tick in ticks] == [0]


def test_a_live_demo_keeps_to_the_hospitals_own_clock(setting: Setting) -> None:
    hospital, waited = [setting.start + 3 * MINUTE], []  # the doors took three of its minutes to open

    def pause(seconds: float) -> None:
        waited.append(seconds)
        hospital[0] += timedelta(seconds=60 * seconds)

    pace = kept_by(lambda: hospital[0], speed=60.0, pause=pause)
    pace(setting.start)
    pace(setting.start + 5 * MINUTE)
    hospital[0] += 2 * MINUTE
    pace(setting.start + 10 * MINUTE)
    hospital[0] += 60 * MINUTE
    pace(setting.start + 15 * MINUTE)
    assert waited == [2.0, 3.0]


def test_the_doors_of_the_demo_site_have_a_folder_for_each_of_its_files(tmp_path: Path) -> None:
    site = load_site(SITE).site
    doors = doors_of(site, mllp=("127.0.0.1", 2575), http=None, drop=tmp_path)
    assert doors.folders == {name: tmp_path / "drop" / name for name in FEEDS}
    assert doors.lines.keys() == {"adt", "oru"}
    assert doors.board is None
    with pytest.raises(NotLoopback):
        doors_of(site, mllp=("192.0.2.1", 2575), http=None, drop=tmp_path)
