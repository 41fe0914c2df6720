"""What goes out, in which order, and what never does: a publisher over a log and an outlet in memory."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.surfaces.stream.press import NINE, SITE, MemoryOutlet, Press, publish

from wardwise.errors import Unanswered
from wardwise.hospital.moment import iso
from wardwise.loop.capture.dropped import Dropping
from wardwise.loop.capture.places import publishing
from wardwise.sites.site import Mode
from wardwise.stores.memory.log import MemoryLog

PLACE = publishing("engine")


def ids(press: Press) -> list[object]:
    return [each["id"] for each in press.told()]


def test_events_go_out_in_the_order_of_the_log_and_once(press: Press) -> None:
    advice = press.advise()
    answer = press.respond(advice)
    prediction = press.predict()
    assert press.turn(3) == 3
    assert ids(press) == [advice.id, answer.id, prediction.id]
    assert press.log.place(SITE, PLACE) == prediction.position
    press.anew().turn()
    assert len(press.told()) == 3


def test_only_the_kinds_that_were_chosen_go_out() -> None:
    press = Press(publish(kinds=("response.given",)))
    answer = press.respond(press.advise())
    press.predict()
    press.turn()
    assert ids(press) == [answer.id]
    press.end()


def test_nothing_of_what_shadow_withheld_goes_out(press: Press) -> None:
    hidden = press.advise(withheld=True)
    press.modes["demo/icu"] = Mode.SHADOW
    press.predict(unit="demo/icu")
    over = {"workflow": "deterioration", "entity": "enc1", "advice": hidden.id, "by": "left", "says": "Gone."}
    measure = {"measure": "m", "definition": 1, "from": iso(NINE), "to": iso(NINE)}
    press.append(
        press.draft("advice.ended", over, "p1", hidden.id),
        press.draft("response.given", {"answer": "ignored", "role": "nurse"}, hidden.id),
        press.draft("outcome.measured", measure, hidden.id),
        press.draft("outcome.measured", measure),  # of nothing that can be named
        press.draft("response.given", {"answer": "accepted", "role": "nurse"}, "a-never-heard-of"),
    )
    shown = press.advise()
    came = press.append(press.draft("outcome.measured", measure, shown.id))[0]
    press.turn(2)
    assert ids(press) == [shown.id, came.id]
    assert press.dropped == []
    assert press.log.place(SITE, PLACE) == press.log.head(SITE).position


def test_advice_without_a_delivery_stays(press: Press) -> None:
    card = {"summary": "s"}
    payload = {"workflow": "w", "entity": "e", "state": "s", "card": card, "expires_at": iso(NINE + timedelta(hours=1))}
    press.append(press.draft("advice.given", payload))
    press.turn()
    assert press.told() == []


def test_advice_that_has_expired_by_then_is_dropped_and_recorded(press: Press) -> None:
    outlet = press.outlet
    assert isinstance(outlet, MemoryOutlet)
    late, fit = press.advise(minutes=5), press.advise("enc2", minutes=90)
    answer = press.respond(late)
    outlet.there = False
    with pytest.raises(Unanswered):
        press.turn()
    press.clock.seconds += timedelta(minutes=5).total_seconds()  # at the very instant it is of no use any more
    outlet.there = True
    press.turn()
    assert ids(press) == [fit.id, answer.id]
    (dropped,) = press.dropped
    assert (dropped.event, dropped.why, dropped.owner) == (late.id, Dropping.EXPIRED, "EHR team")
    assert "expired at 2026-03-01T09:05:00.000000Z" in dropped.says


def test_what_was_dropped_is_kept_before_it_is_passed_by(press: Press) -> None:
    late = press.advise(minutes=1)
    press.clock.seconds += timedelta(minutes=2).total_seconds()
    kept = press.publisher.drop

    def cut(_: object) -> None:
        raise SystemExit

    press.publisher.drop = cut
    with pytest.raises(SystemExit):
        press.turn()
    assert press.log.place(SITE, PLACE) == 0
    press.anew().drop = kept
    press.turn()
    assert [each.event for each in press.dropped] == [late.id]


def test_a_broker_that_is_away_keeps_everything_waiting_in_order(press: Press) -> None:
    outlet = press.outlet
    assert isinstance(outlet, MemoryOutlet)
    first = press.predict()
    press.turn()
    outlet.there = False
    others = [press.predict(f"enc{number}").id for number in range(250)]
    for _ in range(5):
        with pytest.raises(Unanswered):
            press.turn()
    assert not outlet.open_now
    outlet.there = True
    press.turn(4)
    assert ids(press) == [first.id, *others]


def test_one_the_broker_will_never_take_is_recorded_and_the_stream_goes_on(press: Press) -> None:
    outlet = press.outlet
    assert isinstance(outlet, MemoryOutlet)
    bad, good = press.predict(), press.predict()
    outlet.refused.add(bad.id)
    press.turn()
    assert ids(press) == [good.id]
    assert [(each.event, each.why) for each in press.dropped] == [(bad.id, Dropping.REFUSED)]


def test_while_it_is_off_the_broker_is_let_go_of_and_nothing_is_lost(press: Press) -> None:
    outlet = press.outlet
    assert isinstance(outlet, MemoryOutlet)
    press.turn()
    assert outlet.open_now
    press.off = "switched off"
    made = press.predict()
    assert press.turn(2) == 0
    assert (press.told(), outlet.open_now) == ([], False)
    press.off = ""
    press.turn()
    assert ids(press) == [made.id]


def test_it_stops_before_the_next_message_when_it_is_switched_off(press: Press) -> None:
    made = [press.predict().id for _ in range(5)]
    press.publisher.off = lambda: "switched off" if len(press.told()) == 2 else ""
    press.turn()
    assert ids(press) == made[:2]
    assert press.log.place(SITE, PLACE) == 2


def test_a_new_stream_begins_now_unless_told_otherwise() -> None:
    press = Press(publish(begin="now"))
    press.predict()
    press.turn()
    assert press.told() == []
    later = press.predict()
    press.anew().turn()
    assert ids(press) == [later.id]
    press.end()


def test_a_stream_that_began_on_an_empty_log_misses_nothing_by_a_restart() -> None:
    press = Press(publish(begin="now"))
    press.turn()
    first = press.predict()
    press.anew().turn()
    assert ids(press) == [first.id]
    press.end()


def test_a_second_publisher_takes_no_place_back(press: Press) -> None:
    one = press.publisher
    press.predict()
    press.turn()
    other = press.anew()
    press.predict()
    other.turn()
    press.predict()
    other.turn()
    with pytest.raises(Unanswered, match="another process publishes"):
        one.turn()
    assert press.log.place(SITE, PLACE) == 3
    one.turn()
    assert press.log.place(SITE, PLACE) == 3


def test_a_quiet_stream_asks_now_and_then_whether_its_broker_is_there(press: Press) -> None:
    outlet = press.outlet
    assert isinstance(outlet, MemoryOutlet)
    press.turn(12)
    assert outlet.looks == 1
    outlet.there = False
    with pytest.raises(Unanswered):
        press.turn(12)


STEPS = ["predict", "advise", "shadow", "turn", "away", "there", "kill", "off", "on"]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(STEPS), max_size=40))
def test_whatever_happens_nothing_is_lost_doubled_or_overtaken(steps: list[str]) -> None:
    press = Press()
    outlet, wanted = press.outlet, list[str]()
    assert isinstance(outlet, MemoryOutlet)
    for step in [*steps, "there", "on", "turn"]:
        if step == "turn":
            take(press)
        elif step == "kill":
            press.anew()
            outlet.open_now = False
        elif step in {"away", "there"}:
            outlet.there = step == "there"
        elif step in {"off", "on"}:
            press.off = "" if step == "on" else "switched off"
        else:
            made = press.predict() if step == "predict" else press.advise(withheld=step == "shadow")
            wanted += [made.id] if step != "shadow" else []
    assert ids(press) == wanted
    press.end()


def take(press: Press) -> None:
    try:
        press.turn()
    except Unanswered:
        return


class CutLog(MemoryLog):
    """Keeps its first places, and is gone when another is to be kept."""

    cut = False

    def move(self, site: str, reader: str, *, was: int | None, to: int) -> bool:
        if self.cut:
            raise SystemExit
        return super().move(site, reader, was=was, to=to)


def test_an_event_killed_between_confirmation_and_place_goes_out_again_with_the_same_bytes() -> None:
    log = CutLog()
    press = Press(log=log)
    press.turn()
    made = [press.predict().id for _ in range(3)]
    log.cut = True
    with pytest.raises(SystemExit):
        press.turn()
    log.cut = False
    press.anew().turn()
    assert ids(press) == [*made, *made]
    bodies = [letter.body for letter in press.outlet.sent]  # type: ignore[attr-defined]
    assert bodies[:3] == bodies[3:]
    press.end()
