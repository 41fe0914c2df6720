"""Patients' stays, told as a charge nurse would tell them: who is where after what happened."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wardwise.hospital.moment import iso
from wardwise.loop.capture.event import About, Draft
from wardwise.loop.derive.state.stays import census, stays
from wardwise.loop.derive.view import View

EIGHT = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
Look = Callable[..., View]


def fact(kind: str, hour: float, *, unit: str | None = None, encounter: str = "ada", **payload: str) -> Draft:
    at = EIGHT + timedelta(hours=hour)
    needs_class = kind in ("stay.arrived", "stay.admitted")
    told = {"class": "emergency" if kind == "stay.arrived" else "inpatient"} if needs_class else {}
    about = About(unit=f"demo/{unit}" if unit else None, encounter=encounter, patient=f"p-{encounter}")
    return Draft(
        id=f"{kind}{hour}{encounter}", kind=kind, occurred_at=at, source="adt", about=about, payload=told | payload
    )


ARRIVES = fact("stay.arrived", 0, unit="ed")
ADMITTED = fact("stay.admitted", 2, unit="4a")
MOVES = fact("stay.transferred", 5, unit="icu")
LEAVES = fact("stay.discharged", 9)


def test_a_patient_is_counted_where_the_last_move_put_them(seen: Look) -> None:
    assert census(seen([ARRIVES, ADMITTED, MOVES])) == {"demo/icu": 1}


def test_a_discharged_patient_holds_no_bed(seen: Look) -> None:
    assert census(seen([ARRIVES, ADMITTED, LEAVES])) == {}


def test_a_cancelled_transfer_puts_the_patient_back(seen: Look) -> None:
    undone = fact("stay.cancelled", 6, target="stay.transferred")
    assert census(seen([ARRIVES, ADMITTED, MOVES, undone])) == {"demo/4a": 1}


def test_a_cancelled_discharge_brings_the_patient_back(seen: Look) -> None:
    undone = fact("stay.cancelled", 10, target="stay.discharged")
    assert census(seen([ARRIVES, ADMITTED, LEAVES, undone])) == {"demo/4a": 1}


def test_a_cancel_that_names_a_time_undoes_that_one_and_no_other(seen: Look) -> None:
    again = fact("stay.transferred", 7, unit="5a")
    undone = fact("stay.cancelled", 8, target="stay.transferred", target_occurred_at=iso(MOVES.occurred_at))
    assert census(seen([ARRIVES, ADMITTED, MOVES, again, undone])) == {"demo/5a": 1}


def test_a_cancel_whose_target_is_not_there_undoes_nothing(seen: Look) -> None:
    undone = fact("stay.cancelled", 8, target="stay.transferred", target_occurred_at=iso(EIGHT))
    assert census(seen([ARRIVES, ADMITTED, MOVES, undone])) == {"demo/icu": 1}


def test_a_cancel_without_a_time_undoes_nothing_where_it_could_mean_two(seen: Look) -> None:
    again = fact("stay.transferred", 7, unit="5a")
    undone = fact("stay.cancelled", 8, target="stay.transferred")
    assert census(seen([ARRIVES, ADMITTED, MOVES, again, undone])) == {"demo/5a": 1}


def test_a_cancel_without_a_time_means_the_only_one_that_still_stands(seen: Look) -> None:
    again = fact("stay.transferred", 7, unit="5a")
    first = fact("stay.cancelled", 8, target="stay.transferred", target_occurred_at=iso(MOVES.occurred_at))
    other = fact("stay.cancelled", 8.5, target="stay.transferred")
    assert census(seen([ARRIVES, ADMITTED, MOVES, again, first, other])) == {"demo/4a": 1}


def test_a_cancel_without_a_time_means_nothing_that_happened_after_it(seen: Look) -> None:
    undone = fact("stay.cancelled", 6, target="stay.transferred")
    again = fact("stay.transferred", 7, unit="5a")
    back = fact("stay.cancelled", 8, target="stay.transferred", target_occurred_at=iso(again.occurred_at))
    assert census(seen([ARRIVES, ADMITTED, MOVES, undone, again])) == {"demo/5a": 1}
    assert census(seen([ARRIVES, ADMITTED, MOVES, undone, again, back])) == {"demo/4a": 1}


def test_a_stay_is_told_by_its_own_events_not_by_how_many_and_the_sum_of_their_places(seen: Look) -> None:
    # At six the events at places 1 and 4 count, at eight those at 2 and 3, which replace them: as many, the same sum.
    six, eight = EIGHT + timedelta(hours=6), EIGHT + timedelta(hours=8)
    arrived = replace(fact("stay.arrived", 0, unit="4b"), id="other", supersedes=ARRIVES.id, known_at=eight)
    moved = replace(fact("stay.transferred", 5, unit="5a"), id="instead", supersedes=MOVES.id, known_at=eight)
    view = seen([replace(ARRIVES, known_at=EIGHT), arrived, moved, replace(MOVES, known_at=six)])
    units = [census(view.looking_from(at, view.instant.position)) for at in (six, eight)]
    assert units == [{"demo/icu": 1}, {"demo/5a": 1}]


def test_a_patient_on_leave_keeps_the_stay_and_frees_the_bed(seen: Look) -> None:
    view = seen([ARRIVES, ADMITTED, fact("stay.left", 4)])
    assert census(view) == {}
    assert stays(view)["ada"].present
    assert census(seen([ARRIVES, ADMITTED, fact("stay.left", 4), fact("stay.returned", 6)])) == {"demo/4a": 1}


def test_nothing_that_happens_later_is_seen_earlier(seen: Look) -> None:
    assert census(seen([ARRIVES, ADMITTED, MOVES], at=EIGHT + timedelta(hours=4))) == {"demo/4a": 1}


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(order=st.permutations([ARRIVES, ADMITTED, MOVES, fact("stay.cancelled", 6, target="stay.transferred"), LEAVES]))
def test_any_order_of_delivery_ends_in_the_same_state(seen: Look, order: list[Draft]) -> None:
    late = EIGHT + timedelta(days=1)
    told_late = [Draft(**{**fields(draft), "known_at": late}) for draft in order]
    assert stays(seen(told_late, at=late))["ada"].unit == "demo/4a"
    assert not stays(seen(told_late, at=late))["ada"].present


def fields(draft: Draft) -> dict[str, object]:
    return {name: getattr(draft, name) for name in Draft.__dataclass_fields__}
