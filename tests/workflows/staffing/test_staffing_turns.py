import json
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from wardwise.assemble.workflows import declare, found_workflows
from wardwise.govern.runtime.gate import Gate
from wardwise.hospital.moment import iso
from wardwise.loop.capture.decision import decision_bytes
from wardwise.loop.capture.event import About, Draft, Event
from wardwise.loop.capture.ids import event_id
from wardwise.loop.capture.instant import Instant
from wardwise.loop.capture.kinds import CATALOGUE
from wardwise.loop.capture.log import Batch
from wardwise.loop.declare.workflow import Workflow
from wardwise.loop.derive.history import History
from wardwise.loop.derive.view import View
from wardwise.loop.turn import turn
from wardwise.loop.verify.docket import Docket
from wardwise.rehearse.story.play import Shelf
from wardwise.sites.load import SiteFolder, load_site
from wardwise.stores.memory.log import MemoryLog

ED, FLOAT = "demo/ed", "demo/float"
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
SEVEN = datetime(2026, 3, 2, 13, tzinfo=UTC)  # 07:00 in Chicago
EVENING = SEVEN + 12 * HOUR
MORNING = EVENING + 12 * HOUR
SHIFTS = {
    "2026-03-02/day": ("day", SEVEN),
    "2026-03-02/night": ("night", EVENING),
    "2026-03-03/day": ("day", MORNING),
}


@dataclass
class House:
    """A house with its roster and the forecasts it is told."""

    folder: SiteFolder
    workflow: Workflow
    log: MemoryLog = field(default_factory=MemoryLog)
    count: int = 0

    def __post_init__(self) -> None:
        self.lease = self.log.lease("demo", "test")

    def tell(self, kind: str, at: datetime, about: About, payload: dict[str, Any]) -> Event:
        self.count += 1
        identifier = event_id(CATALOGUE[kind].letter, raw="test", index=self.count, mapping="test@1")
        draft = Draft(
            id=identifier, kind=kind, occurred_at=at, source="test", about=about, payload=payload, known_at=at
        )
        return self.log.append(self.lease, Batch([draft]), at)[0]

    def rostered(self, unit: str, key: str, nurses: int) -> None:
        name, start = SHIFTS[key]
        for number in range(nurses):
            payload = {"shift": name, "starts": iso(start), "ends": iso(start + 12 * HOUR), "skill": "ed"}
            about = About(unit=unit, staff=f"{unit}-{key}-{number}")
            self.tell("shift.assigned", SEVEN - 24 * HOUR, about, payload)

    def joins(self, staff: str, at: datetime) -> None:
        payload = {"shift": "night", "starts": iso(EVENING), "ends": iso(MORNING), "skill": "ed"}
        self.tell("shift.assigned", at, About(unit=ED, staff=staff), payload)

    def out(self, unit: str, key: str, number: int, at: datetime) -> Event:
        name, start = SHIFTS[key]
        payload = {"shift": name, "starts": iso(start), "ends": iso(start + 12 * HOUR)}
        return self.tell("shift.called_out", at, About(unit=unit, staff=f"{unit}-{key}-{number}"), payload)

    def forecast(self, at: datetime, night: tuple[int, int, int, int], *, tier: str = "full") -> Event:
        days = {"2026-03-02/day": (56, 66, 69, 77), "2026-03-02/night": night, "2026-03-03/day": (56, 66, 69, 77)}
        levels = ("0.1", "0.5", "0.9", "0.975")
        sums = {f"shift:{key}": dict(zip(levels, map(str, said), strict=True)) for key, said in days.items()}
        payload = {
            "workflow": "ed_demand",
            "entity": ED,
            "target": "ed-arrivals-hourly",
            "seen": {},
            "versions": {},
            "tier": {"tier": tier, "maker": "", "says": "", "why": ""},
            "output": {"sums": sums},
        }
        return self.tell("prediction.made", at, About(unit=ED), payload)

    def accept(self, given: Event, at: datetime) -> None:
        self.count += 1
        answer = Draft(
            id=event_id("q", raw="board", index=self.count, mapping="test@1"),
            kind="response.given",
            occurred_at=at,
            source="board",
            caused_by=(given.id,),
            payload={"answer": "accepted", "role": "house-supervisor"},
        )
        self.log.append(self.lease, Batch([answer]), at)

    def accept_what_is_advised(self, at: datetime, night: tuple[int, int, int, int]) -> str:
        """Forecast and refresh five minutes later; what is advised then is accepted in another two. Its state."""
        self.forecast(at, night)
        given = next(event for event in self.refresh(at + 5 * MINUTE) if event.kind == "advice.given")
        self.accept(given, at + 7 * MINUTE)
        return str(given.payload["state"])

    def view(self, at: datetime, position: int | None = None) -> View:
        head = self.log.head("demo").position
        return View(self.folder, Instant(at, position or head), History(self.log, "demo"), Shelf())

    def turn(self, at: datetime, view: View | None = None) -> list[Draft]:
        return turn(self.workflow, view or self.view(at), Gate(), entities=[ED], runtime="test")

    def refresh(self, at: datetime) -> list[Event]:
        return self.log.append(self.lease, Batch(self.turn(at)), at)

    def outcomes(self, at: datetime, measure: str) -> list[dict[str, Any]]:
        docket = Docket([self.workflow])
        docket.add(self.log.read("demo"))
        return [dict(each.payload) for each in docket.measure(self.view(at)) if each.payload["measure"] == measure]


@pytest.fixture
def house() -> House:
    """Eight by day, six by night, two in the pool on each: what the plan asks for 66 and 34 arrivals."""
    folder = load_site(Path(__file__).parents[3] / "sites" / "demo")
    found = House(folder, declare(found_workflows()["staffing"], folder))
    for key, nurses in (("2026-03-02/day", 8), ("2026-03-02/night", 6), ("2026-03-03/day", 8)):
        found.rostered(ED, key, nurses)
        found.rostered(FLOAT, key, 2)
    return found


USUAL = (28, 34, 35, 44)
BUSY = (30, 38, 46, 52)


def output(drafts: Any) -> dict[str, Any]:
    return dict(next(draft for draft in drafts if draft.kind == "prediction.made").payload["output"])


def advice(drafts: Any) -> list[str]:
    return [draft.payload["state"] for draft in drafts if draft.kind == "advice.given"]


def test_a_turn_says_rostered_called_out_free_needed_and_the_gap_of_three_shifts(house: House) -> None:
    said = house.forecast(SEVEN + HOUR, USUAL)
    house.out(ED, "2026-03-02/night", 0, SEVEN + HOUR)
    house.out(FLOAT, "2026-03-02/night", 1, SEVEN + HOUR)
    found = output(house.turn(SEVEN + 2 * HOUR))
    assert found["from_prediction"] == said.id
    assert [row["shift"] for row in found["shifts"]] == list(SHIFTS)
    assert found["shifts"][1] == {
        "shift": "2026-03-02/night",
        "scenario": "base",
        "name": "night",
        "starts": iso(EVENING),
        "ends": iso(MORNING),
        "rostered": 5,
        "called_out": 1,
        "float_free": 1,
        "needed": {"base": 6, "high": 6, "surge": 7},
        "gap": {"base": -1, "high": -1, "surge": -2},
    }


def test_more_arrivals_than_the_grid_goes_are_told_by_scenario(house: House) -> None:
    house.forecast(SEVEN + 10 * HOUR, (60, 70, 76, 90))
    found = house.refresh(SEVEN + 10 * HOUR + 30 * MINUTE)
    assert [row.get("beyond_grid") for row in output(found)["shifts"]] == [None, ["high", "surge"], None]
    [card] = [event.payload["card"] for event in found if event.kind == "advice.given"]
    told = {line["label"]: line["says"] for line in card["detail"]}
    assert told["Usual demand"].startswith("70 arrivals, 10 RN needed: ")
    assert told["Surge demand"].startswith("90 arrivals, more than the grid goes (75); by its last row 10 RN: ")
    assert not any("grid goes" in reason["says"] for reason in card["reasons"])  # it plans by the usual demand
    assert "Above 75 patients the staffing grid's last row, 10 RN, is used" in card["uncertainty"]


def test_the_grid_in_force_on_the_day_of_the_shift_counts(house: House) -> None:
    cited = house.workflow.policies.value("ed_nurse_grid", at=SEVEN, unit=ED)
    assert cited.source.startswith("ED staffing plan 2025")
    earlier = house.workflow.policies.value("ed_nurse_grid", at=datetime(2024, 3, 2, 13, tzinfo=UTC), unit=ED)
    assert earlier.source.startswith("ED staffing plan 2015")


def test_a_shift_the_roster_does_not_tell_of_has_no_gap(house: House) -> None:
    folder = house.folder
    bare = House(folder, house.workflow)
    bare.forecast(SEVEN, USUAL)
    found = output(bare.turn(SEVEN + MINUTE))
    assert all("rostered" not in row and "gap" not in row for row in found["shifts"])
    assert [row["needed"]["base"] for row in found["shifts"]] == [8, 6, 8]
    assert advice(bare.turn(SEVEN + MINUTE)) == []


@pytest.mark.parametrize("hours", [0.1, 5.0])
def test_without_a_standing_forecast_nothing_is_said(house: House, hours: float) -> None:
    house.forecast(SEVEN, USUAL)
    assert bool(output(house.turn(SEVEN + hours * HOUR))) is (hours < 4)


def test_a_forecast_that_says_nothing_is_not_replaced_by_an_older_one(house: House) -> None:
    house.forecast(SEVEN, USUAL)
    payload = {"workflow": "ed_demand", "entity": ED, "target": "ed-arrivals-hourly", "seen": {}, "versions": {}}
    house.tell("prediction.made", SEVEN + MINUTE, About(unit=ED), {**payload, "tier": {"tier": "none"}, "output": {}})
    assert output(house.turn(SEVEN + 2 * MINUTE)) == {}


def test_a_lasting_need_is_told_at_the_second_refresh_with_all_it_rests_on(house: House) -> None:
    house.forecast(SEVEN + HOUR, BUSY)
    assert advice(house.refresh(SEVEN + HOUR + MINUTE)) == []
    said = house.forecast(SEVEN + HOUR + 15 * MINUTE, BUSY)
    drafts = house.refresh(SEVEN + HOUR + 16 * MINUTE)
    assert advice(drafts) == ["2026-03-02/night:call-1"]
    card = next(draft for draft in drafts if draft.kind == "advice.given").payload["card"]
    assert card["summary"] == "Call 1 float RN to ED for 19:00-07:00: 7 needed, 6 rostered"
    assert (card["owner"], card["indicator"]) == ("house-supervisor", "warning")
    assert (card["act_by"], card["expires_at"]) == (iso(EVENING - 2 * HOUR), iso(MORNING - 3 * HOUR))
    assert card["reasons"][0]["traces"] == [said.id]
    assert len(card["reasons"][1]["traces"]) == 6
    assert [row["says"] for row in card["detail"]] == [
        "38 arrivals, 7 RN needed: call 1 float RN",
        "46 arrivals, 8 RN needed: call 2 float RN",
        "52 arrivals, 8 RN needed: call 2 float RN",
    ]


def test_a_call_out_is_answered_at_once_and_traced_to_it(house: House) -> None:
    house.forecast(SEVEN + HOUR, USUAL)
    house.refresh(SEVEN + HOUR + MINUTE)
    gone = house.out(ED, "2026-03-02/night", 2, SEVEN + HOUR + 10 * MINUTE)
    drafts = house.turn(SEVEN + HOUR + 10 * MINUTE)
    assert advice(drafts) == ["2026-03-02/night:call-1"]
    made, given = drafts[0], drafts[1]
    assert gone.id in made.caused_by
    assert gone.id in given.payload["card"]["reasons"][1]["traces"]


def test_routine_need_above_the_middle_leads_to_silence(house: House) -> None:
    for quarter in range(4):
        at = SEVEN + HOUR + 15 * quarter * MINUTE
        house.forecast(at, (28, 34, 44, 50))
        assert advice(house.refresh(at + MINUTE)) == []


def test_a_call_too_late_for_notice_is_to_be_acted_on_within_half_an_hour(house: House) -> None:
    at = EVENING - HOUR
    house.forecast(at, BUSY)
    [given] = [draft for draft in house.turn(at + MINUTE) if draft.kind == "advice.given"]
    assert given.payload["card"]["act_by"] == iso(at + 31 * MINUTE)
    assert given.payload["expires_at"] == iso(MORNING - 3 * HOUR)


def test_who_was_asked_for_two_is_not_asked_for_one_as_well(house: House) -> None:
    house.forecast(EVENING - HOUR, (30, 47, 50, 55))
    assert advice(house.refresh(EVENING - 55 * MINUTE)) == ["2026-03-02/night:call-2"]
    house.forecast(EVENING - 45 * MINUTE, BUSY)
    assert advice(house.refresh(EVENING - 40 * MINUTE)) == []
    house.forecast(EVENING - 30 * MINUTE, (40, 61, 70, 80))
    assert advice(house.refresh(EVENING - 25 * MINUTE)) == ["2026-03-02/night:call-2-hold-2"]


def test_a_call_that_stands_is_held_back_when_it_is_repeated(house: House) -> None:
    house.forecast(EVENING - HOUR, BUSY)
    house.refresh(EVENING - 55 * MINUTE)
    house.forecast(EVENING - 45 * MINUTE, BUSY)
    [delivery] = [each for each in house.refresh(EVENING - 40 * MINUTE) if each.kind == "delivery.made"]
    assert delivery.payload["status"] == "withheld"
    assert str(delivery.payload["reason"]).startswith("repeat of")


def test_the_last_roster_is_used_with_its_time_and_not_for_ever(house: House) -> None:
    house.forecast(SEVEN - 18 * HOUR, USUAL)
    silent = {"feed": "roster", "state": "silent", "last_at": iso(SEVEN - 24 * HOUR)}
    house.tell("feed.silent", SEVEN - 18 * HOUR, About(), silent)
    drafts = house.turn(SEVEN - 18 * HOUR + MINUTE)
    assert drafts[0].payload["tier"]["tier"] == "last-known"
    assert output(drafts)["roster_told_at"] == iso(SEVEN - 24 * HOUR)
    house.forecast(SEVEN + MINUTE, USUAL)
    assert output(house.turn(SEVEN + 2 * MINUTE)) == {}


def test_a_forecast_or_a_call_out_wakes_it_and_its_own_predictions_do_not(house: House) -> None:
    forecasts, call_outs = house.workflow.triggers
    theirs = house.forecast(SEVEN, USUAL)
    ours = next(event for event in house.refresh(SEVEN + MINUTE) if event.kind == "prediction.made")
    view = house.view(SEVEN + MINUTE)
    assert forecasts.wakes(view, [theirs])
    assert not forecasts.wakes(view, [ours])
    assert call_outs.kinds == {"shift.called_out"}


def test_what_comes_later_changes_nothing_said_before_and_twice_says_the_same(house: House) -> None:
    house.forecast(EVENING - HOUR, BUSY)
    at, position = EVENING - 50 * MINUTE, house.log.head("demo").position
    before = [decision_bytes(draft) for draft in house.turn(at)]
    house.out(ED, "2026-03-02/night", 1, at - MINUTE)
    house.forecast(at - MINUTE, USUAL)
    assert [decision_bytes(draft) for draft in house.turn(at, house.view(at, position))] == before


def test_a_feature_row_is_the_same_alone_and_among_many(house: House) -> None:
    house.forecast(SEVEN + HOUR, USUAL)
    house.out(ED, "2026-03-02/day", 1, SEVEN + 2 * HOUR)
    view, features = house.view(SEVEN + 3 * HOUR), house.workflow.stages.features
    instants = [SEVEN + hours * HOUR for hours in (0, 1, 3)]
    spine = view.spine([ED] * 3)
    spine = spine.with_columns(spine["at"].clone().scatter([0, 1, 2], instants).alias("at"))
    many = features.compute(view, spine)
    for number, at in enumerate(instants):
        alone = View(house.folder, Instant(at, view.instant.position), view.history, view.artefacts)
        assert features.compute(alone, alone.spine([ED])).rows() == many.slice(number, 1).rows()
    assert many["rostered"].to_list() == [8, 8, 7]


def came(house: House, start: datetime, many: int, *, over: timedelta = 12 * HOUR) -> None:
    for number in range(many):
        about = About(unit=ED, encounter=f"e{house.count}")
        house.tell("stay.arrived", start + over * number / many, about, {"class": "emergency"})


def test_coverage_is_judged_by_the_arrivals_that_came(house: House) -> None:
    house.forecast(EVENING - 30 * MINUTE, USUAL)
    house.refresh(EVENING - 20 * MINUTE)
    house.refresh(EVENING - 5 * MINUTE)
    house.out(ED, "2026-03-02/night", 0, EVENING - MINUTE)
    came(house, EVENING, 40)
    assert house.outcomes(MORNING - MINUTE, "coverage") == []
    [found] = house.outcomes(MORNING, "coverage")
    assert (found["value"], found["expected"]) == ("5", "7")
    assert found["detail"] == {"shift": "2026-03-02/night", "came": 40, "short": 2}


def test_intervals_are_short_where_their_pace_needed_more_nurses(house: House) -> None:
    house.forecast(EVENING - 30 * MINUTE, USUAL)
    house.refresh(EVENING - 5 * MINUTE)
    came(house, EVENING, 20, over=4 * HOUR)  # a pace of 60 a night: 8 nurses; six are there
    came(house, EVENING + 4 * HOUR, 16, over=8 * HOUR)
    [found] = house.outcomes(MORNING, "short_intervals")
    assert (found["value"], found["expected"]) == ("1", "0")


@pytest.mark.parametrize(("accepted", "hours"), [(True, ["12.0"]), (False, [])])
def test_nurses_called_for_nothing_are_counted_in_hours_when_they_were_called(
    house: House, *, accepted: bool, hours: list[str]
) -> None:
    house.forecast(EVENING - HOUR, BUSY)
    given = next(event for event in house.refresh(EVENING - 50 * MINUTE) if event.kind == "advice.given")
    if accepted:
        house.accept(given, EVENING - 40 * MINUTE)
    came(house, EVENING, 24)  # five would have done; six were there
    found = house.outcomes(EVENING + 30 * HOUR, "overcalled_hours")
    assert [each["value"] for each in found] == hours


@pytest.mark.parametrize(
    ("came_by_night", "hours"),
    [
        (47, ["0.0", "0.0"]),  # eight were needed and eight there
        (40, ["0.0", "12.0"]),  # one too many: the last called
        (34, ["12.0", "12.0"]),
        (24, ["12.0", "12.0"]),  # five would have done, and two were called
    ],
)
def test_the_nurse_of_an_earlier_call_is_not_counted_again_with_the_next(
    house: House, came_by_night: int, hours: list[str]
) -> None:
    assert house.accept_what_is_advised(EVENING - HOUR, BUSY) == "2026-03-02/night:call-1"
    assert house.accept_what_is_advised(EVENING - 45 * MINUTE, (30, 47, 50, 55)) == "2026-03-02/night:call-2"
    for number in range(2):
        house.joins(f"{FLOAT}-2026-03-02/night-{number}", EVENING - 10 * MINUTE)
    came(house, EVENING, came_by_night)
    found = house.outcomes(EVENING + 30 * HOUR, "overcalled_hours")
    assert [each["value"] for each in found] == hours
    assert [each["detail"]["called"] for each in found] == [1, 1]


def test_who_accepted_a_call_is_not_free_until_the_roster_shows_it(house: House) -> None:
    house.accept_what_is_advised(EVENING - HOUR, BUSY)
    house.forecast(EVENING - 45 * MINUTE, BUSY)
    coming = output(house.turn(EVENING - 40 * MINUTE))["shifts"][1]
    assert (coming["float_free"], coming["float_called"], coming["float_coming"]) == (1, 1, 1)
    house.rostered(ED, "2026-03-02/night", 6)  # the same roster told again is nobody new
    assert output(house.turn(EVENING - 38 * MINUTE))["shifts"][1] == coming
    house.joins(f"{FLOAT}-2026-03-02/night-0", EVENING - 37 * MINUTE)
    joined = output(house.turn(EVENING - 36 * MINUTE))["shifts"][1]
    assert (joined["float_free"], joined["float_called"], joined["float_coming"]) == (1, 1, 0)
    assert joined["rostered"] == 7


def test_who_accepted_a_call_to_another_unit_is_not_free_here(house: House) -> None:
    called = {
        "workflow": "staffing",
        "entity": "demo/4a",
        "card": {},
        "state": "2026-03-02/night:call-1",
        "expires_at": iso(MORNING),
    }
    house.accept(house.tell("advice.given", EVENING - 2 * HOUR, About(unit="demo/4a"), called), EVENING - HOUR)
    house.forecast(EVENING - 50 * MINUTE, BUSY)
    here = output(house.turn(EVENING - 45 * MINUTE))["shifts"][1]
    assert here["float_free"] == 1
    assert "float_called" not in here


def test_who_accepted_a_call_and_then_calls_out_of_the_pool_comes_no_longer(house: House) -> None:
    house.accept_what_is_advised(EVENING - HOUR, BUSY)
    for number in range(2):
        house.out(FLOAT, "2026-03-02/night", number, EVENING - 45 * MINUTE)
    house.forecast(EVENING - 44 * MINUTE, BUSY)
    drafts = house.turn(EVENING - 40 * MINUTE)
    assert output(drafts)["shifts"][1]["float_coming"] == 0
    assert advice(drafts) == ["2026-03-02/night:hold-1"]


def test_more_than_was_called_is_asked_for_though_all_of_them_have_come(house: House) -> None:
    house.accept_what_is_advised(EVENING - HOUR, BUSY)
    house.joins(f"{FLOAT}-2026-03-02/night-0", EVENING - 50 * MINUTE)
    house.forecast(EVENING - 45 * MINUTE, (30, 47, 50, 55))
    drafts = house.turn(EVENING - 40 * MINUTE)
    assert advice(drafts) == ["2026-03-02/night:call-2"]
    card = next(draft for draft in drafts if draft.kind == "advice.given").payload["card"]
    said = "Call 1 more float RN to ED for 19:00-07:00 (2 in all, 1 accepted already): 8 needed, 7 rostered"
    assert (card["summary"], card["indicator"]) == (said, "warning")
    assert card["detail"][0]["says"] == "47 arrivals, 8 RN needed: call 2 float RN in all"


def test_a_turn_takes_little_processor_time(house: House) -> None:
    house.forecast(SEVEN, BUSY)
    house.turn(SEVEN + MINUTE)
    started = time.process_time()
    assert json.dumps(output(house.turn(SEVEN + MINUTE)))
    assert time.process_time() - started < 0.3
