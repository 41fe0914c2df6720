"""Moves nobody told of: found by rule, never guessed early, and given up when the feed tells better."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from wardwise.hospital.moment import iso
from wardwise.loop.capture.event import About, Draft, Status
from wardwise.loop.derive.state.digest import state_digests
from wardwise.loop.derive.state.findings import findings
from wardwise.loop.derive.state.repairs import repairs
from wardwise.loop.derive.state.stays import census, stays
from wardwise.loop.derive.view import View

EIGHT = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
Look = Callable[..., View]


def fact(kind: str, hour: float, unit: str | None = None, **payload: str) -> Draft:
    about = About(unit=f"demo/{unit}" if unit else None, encounter="ada", patient="p")
    told = {"class": "inpatient"} if kind == "stay.admitted" else {}
    return Draft(
        id=f"{kind}{hour}{unit}",
        kind=kind,
        occurred_at=EIGHT + timedelta(hours=hour),
        source="adt",
        about=about,
        payload=told | payload,
    )


def pulse(hour: float, unit: str, **more: object) -> Draft:
    told = fact("sign.measured", hour, unit, code="pulse", value="80", ucum="/min")
    return Draft(**{name: getattr(told, name) for name in Draft.__dataclass_fields__} | {"source": "oru"} | more)


ADMITTED = fact("stay.admitted", 0, "4a")
ELSEWHERE = [pulse(4, "icu"), pulse(6, "icu")]


def at(hour: float) -> datetime:
    return EIGHT + timedelta(hours=hour)


def test_two_measurements_in_another_unit_tell_of_a_move_since_the_first(seen: Look) -> None:
    [repair] = repairs(seen([ADMITTED, pulse(2, "4a"), *ELSEWHERE], at(7)))
    assert (repair.occurred_at, repair.about.unit, repair.payload) == (at(4), "demo/icu", {"from_unit": "demo/4a"})
    assert repair.flags == ("repaired", "rule:signs-from-elsewhere")
    assert repair.caused_by == (ELSEWHERE[0].id,)
    assert repair.source == "wardwise/repair"


def test_the_repair_moves_the_patient_and_is_shown_to_the_steward(seen: Look) -> None:
    told = [ADMITTED, *ELSEWHERE]
    view = seen([*told, *repairs(seen(told, at(7)))], at(8))
    assert census(view) == {"demo/icu": 1}
    assert stays(view)["ada"].moved_at == at(4)
    [finding] = findings(view)
    assert (finding.code, finding.steward) == ("missing-transfer-repaired", "Director of patient access")
    assert list(repairs(view)) == []


def test_nothing_is_repaired_before_an_hour_has_gone_by(seen: Look) -> None:
    told = [ADMITTED, pulse(4, "icu"), pulse(4.5, "icu")]
    assert list(repairs(seen(told, at(4.9)))) == []
    assert len(list(repairs(seen(told, at(5))))) == 1


def test_one_measurement_elsewhere_or_a_doubtful_one_moves_nobody(seen: Look) -> None:
    assert list(repairs(seen([ADMITTED, pulse(4, "icu")], at(7)))) == []
    assert list(repairs(seen([ADMITTED, pulse(4, "icu"), pulse(6, "icu", status=Status.SUSPECT)], at(7)))) == []


def test_whoever_was_measured_at_home_since_is_at_home(seen: Look) -> None:
    assert list(repairs(seen([ADMITTED, *ELSEWHERE, pulse(6.5, "4a")], at(8)))) == []


def test_signs_charted_late_by_the_unit_before_move_nobody_back(seen: Look) -> None:
    moved = fact("stay.transferred", 4, "icu")
    assert list(repairs(seen([ADMITTED, moved, pulse(4.2, "4a"), pulse(4.4, "4a")], at(8)))) == []


def test_a_transfer_told_late_takes_the_place_of_the_repaired_one(seen: Look) -> None:
    told = [ADMITTED, *ELSEWHERE]
    repair = list(repairs(seen(told, at(7))))
    late = fact("stay.transferred", 3.5, "icu")
    view = seen([*told, *repair, late], at(9))
    assert stays(view)["ada"].moved_at == at(3.5)
    assert stays(view)["ada"].repaired == ()
    assert state_digests(view) == state_digests(seen([*told, late], at(9)))


def test_a_transfer_told_an_hour_after_the_first_sign_explains_it_too(seen: Look) -> None:
    told = [ADMITTED, *ELSEWHERE]
    repair = list(repairs(seen(told, at(7))))
    late = fact("stay.transferred", 5, "icu")
    assert stays(seen([*told, *repair, late], at(9)))["ada"].moved_at == at(5)


def test_a_discharge_from_a_unit_where_the_patient_never_was_tells_of_a_move(seen: Look) -> None:
    left = fact("stay.discharged", 9, "5a")
    told = [ADMITTED, left]
    [repair] = repairs(seen(told, at(10)))
    assert (repair.about.unit, repair.occurred_at, repair.flags[1]) == ("demo/5a", at(9), "rule:left-from-elsewhere")
    view = seen([*told, repair], at(11))
    assert (stays(view)["ada"].unit, stays(view)["ada"].present) == ("demo/5a", False)
    assert list(repairs(view)) == []


def test_with_the_discharge_taken_back_the_move_it_told_of_is_none(seen: Look) -> None:
    left = fact("stay.discharged", 9, "5a")
    repair = list(repairs(seen([ADMITTED, left], at(10))))
    back = fact("stay.cancelled", 11, target="stay.discharged", target_occurred_at=iso(at(9)))
    assert census(seen([ADMITTED, left, *repair, back], at(12))) == {"demo/4a": 1}


def test_with_the_measurement_corrected_away_the_move_it_told_of_is_none(seen: Look) -> None:
    told = [ADMITTED, *ELSEWHERE]
    repair = list(repairs(seen(told, at(7))))
    corrected = pulse(4, "4a", id="corrected", supersedes=ELSEWHERE[0].id)
    assert census(seen([*told, *repair, corrected], at(8))) == {"demo/4a": 1}
