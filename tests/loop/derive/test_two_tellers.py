"""A stay told by two sources: one counts, the other fills what it never told, and nobody is moved twice."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from wardwise.hospital.moment import iso
from wardwise.loop.capture.event import About, Draft, Event, Status
from wardwise.loop.capture.two_sources import ONE_WITHIN, marked, taken
from wardwise.loop.derive.fold.fact import Fact, fact_of
from wardwise.loop.derive.fold.in_step import in_step
from wardwise.loop.derive.state.identity import people
from wardwise.loop.derive.state.stays import census, stays
from wardwise.loop.derive.view import View

EIGHT = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
WITHIN = 30
Look = Callable[..., View]


def at(minute: float) -> datetime:
    return EIGHT + timedelta(minutes=minute)


def told(kind: str, minute: int, unit: str = "", *, visit: str = "ada", bed: str = "", **payload: str) -> Draft:
    """What the first tells."""
    about = About(
        unit=f"demo/{unit}" if unit else None,
        bed=f"demo/{unit}/{bed}" if bed else None,
        encounter=visit,
        patient=f"p-{visit}",
    )
    named = {"class": "inpatient"} if kind in ("arrived", "admitted") else {}
    name = f"s{kind}{minute}{visit}{unit}{bed}"
    return Draft(
        id=name, kind=f"stay.{kind}", occurred_at=at(minute), source="adt", about=about, payload=named | payload
    )


def stands_by(draft: Draft) -> Draft:
    """The same as the second tells it, not in charge."""
    return marked(replace(draft, id=f"b{draft.id}", source="beds"), f"{ONE_WITHIN}{WITHIN}")


def in_use(draft: Draft) -> list[Draft]:
    """The same as the second tells it, in an outage of the first."""
    second = stands_by(draft)
    names = {name: getattr(second, name) for name in Draft.__dataclass_fields__}
    copy = taken(Event(**{**names, "known_at": EIGHT}, site="demo", position=1, recorded_at=EIGHT), "s")
    assert copy is not None
    return [second, copy]


def orders(drafts: Sequence[Draft]) -> list[list[Draft]]:
    chance = Random(len(drafts))  # noqa: S311 - an order of delivery, no secret
    return [list(drafts), *(chance.sample(drafts, len(drafts)) for _ in range(20))]


ADMITTED = told("admitted", 0, "4a")


def test_what_the_second_tells_out_of_its_charge_is_no_stay_and_moves_nobody(seen: Look) -> None:
    view = seen(
        [ADMITTED, stands_by(told("transferred", 60, "icu")), stands_by(told("admitted", 5, "4b", visit="eve"))]
    )
    assert census(view) == {"demo/4a": 1}
    assert "eve" not in stays(view)


def test_in_an_outage_the_second_moves_and_admits(seen: Look) -> None:
    view = seen([ADMITTED, *in_use(told("transferred", 60, "icu")), *in_use(told("admitted", 70, "4b", visit="eve"))])
    assert census(view) == {"demo/icu": 1, "demo/4b": 1}


def test_the_late_word_of_the_first_stands_before_the_second_s(seen: Look) -> None:
    late = [told("transferred", 55, "icu"), told("transferred", 58, "4b")]
    second = [*in_use(told("transferred", 60, "icu")), *in_use(told("transferred", 63, "4b"))]
    for order in orders([ADMITTED, *late, *second]):
        view = seen(order)
        assert census(view) == {"demo/4b": 1}
        assert stays(view)["ada"].moved_at == at(58)


def test_where_the_two_name_other_units_the_first_is_believed(seen: Look) -> None:
    for order in orders([ADMITTED, told("transferred", 55, "icu"), *in_use(told("transferred", 60, "4b"))]):
        assert census(seen(order)) == {"demo/icu": 1}


def test_a_patient_who_comes_back_to_a_unit_is_not_taken_for_the_time_before(seen: Look) -> None:
    """The first told of 4B at 10 and the ICU at 20, and was out when the patient came back to 4B at 30."""
    known = [ADMITTED, told("transferred", 10, "4b"), told("transferred", 20, "icu")]
    stood_by = [stands_by(told("transferred", 11, "4b")), stands_by(told("transferred", 21, "icu"))]
    second = [*stood_by, *in_use(told("transferred", 30, "4b"))]
    for order in orders([*known, *second]):
        assert census(seen(order)) == {"demo/4b": 1}


def test_of_two_moves_the_one_that_the_first_told_is_known_by_its_unit(seen: Look) -> None:
    """Told 25 minutes late by its clock, the move to 4B is still that one; the one to the ICU nobody else told."""
    second = [*in_use(told("transferred", 60, "4b")), *in_use(told("transferred", 84, "icu"))]
    for order in orders([ADMITTED, told("transferred", 85, "4b"), *second]):
        stay = stays(seen(order))["ada"]
        assert (stay.unit, stay.moved_at) == ("demo/4b", at(85))
        assert stay.told_at == at(85)
    for order in orders([ADMITTED, told("transferred", 83, "4b"), *second]):
        assert census(seen(order)) == {"demo/icu": 1}


def test_one_source_may_admit_where_the_other_moves(seen: Look) -> None:
    first = [told("arrived", 0, "ed"), told("admitted", 40, "4a"), told("transferred", 45, "icu")]
    second = [
        *in_use(told("arrived", 2, "ed")),
        *in_use(told("transferred", 46, "4a")),
        *in_use(told("transferred", 47, "icu")),
    ]
    for order in orders([*first, *second]):
        assert census(seen(order)) == {"demo/icu": 1}


def test_a_cancel_of_the_second_undoes_what_the_first_told_by_its_own_clock(seen: Look) -> None:
    cancel = told("cancelled", 70, target="stay.transferred", target_occurred_at=iso(at(53)))
    view = seen([ADMITTED, told("transferred", 50, "icu"), stands_by(told("transferred", 53, "icu")), *in_use(cancel)])
    assert census(view) == {"demo/4a": 1}
    assert stays(view)["ada"].doubts == ()


def test_an_admission_that_the_first_did_not_tell_is_not_taken_for_the_arrival_that_it_told(seen: Look) -> None:
    second = [*in_use(told("arrived", 0, "ed")), *in_use(told("admitted", 2, "ed"))]
    for order in orders([told("arrived", 3, "ed"), *second]):
        stay = stays(seen(order))["ada"]
        assert (stay.arrived_at, stay.admitted_at) == (at(3), at(2))


def test_a_cancel_that_both_tell_undoes_one_move_and_no_other(seen: Look) -> None:
    """Were it heard twice, the one that names no time would undo the move to 4B as well."""
    moves = [told("transferred", 50, "icu"), *in_use(told("transferred", 52, "icu")), told("transferred", 20, "4b")]

    def cancel(minute: int, moved: int | None) -> Draft:
        named = {"target_occurred_at": iso(at(moved))} if moved else {}
        return told("cancelled", minute, target="stay.transferred", **named)

    for first, second in ((50, 52), (50, None)):
        for order in orders([ADMITTED, *moves, cancel(60, first), *in_use(cancel(62, second))]):
            view = seen(order)
            assert census(view) == {"demo/4b": 1}
            assert stays(view)["ada"].doubts == ()
    vague = [cancel(62, None), *in_use(cancel(60, 52))]
    for order in orders([ADMITTED, *moves, *vague]):
        assert [doubt.code for doubt in stays(seen(order))["ada"].doubts] == ["cancel-without-target"]


def test_a_merge_told_by_the_second_joins_only_in_an_outage(seen: Look) -> None:
    merge = Draft(
        id="m1",
        kind="stay.merged",
        occurred_at=at(5),
        source="adt",
        about=About(patient="new"),
        payload={"merged_patient": "old"},
    )
    assert people(seen([stands_by(merge)])).surviving("old") == "old"
    assert people(seen(in_use(merge))).surviving("old") == "new"
    parted = replace(merge, id="m2", occurred_at=at(6), status=Status.CANCELLED)
    late = [*in_use(replace(merge, occurred_at=at(8))), merge, parted]
    for order in orders(late):
        assert people(seen(order)).surviving("old") == "old"


def test_what_the_second_withdrew_counts_no_more(seen: Look) -> None:
    second = in_use(told("admitted", 5, "4b", visit="eve"))
    gone = replace(second[0], id="bgone", supersedes=second[0].id)
    assert census(seen([*second, gone])) == {}


def lined_up(second: Sequence[int], first: Sequence[int]) -> tuple[list[Fact], list[Fact]]:
    drafts = [stands_by(told("transferred", minute, "4a", bed=str(n))) for n, minute in enumerate(second)]
    others = [told("transferred", minute, "4a", bed=str(n)) for n, minute in enumerate(first)]
    return facts(drafts), facts(others)


def facts(drafts: Sequence[Draft]) -> list[Fact]:
    names = Draft.__dataclass_fields__
    events = [
        Event(
            **{name: getattr(d, name) for name in names} | {"known_at": EIGHT},
            site="demo",
            position=1,
            recorded_at=EIGHT,
        )
        for d in drafts
    ]
    return sorted((fact_of(event) for event in events), key=lambda fact: fact.order)


def most(second: Sequence[int], first: Sequence[int]) -> tuple[int, int]:
    """(minus the most pairs, the least distance in minutes): every way tried."""
    if not second or not first:
        return 0, 0
    rest = most(second[1:], first)
    tried = [rest, most(second, first[1:])]
    if abs(second[0] - first[0]) <= WITHIN:
        pairs, apart = most(second[1:], first[1:])
        tried.append((pairs - 1, apart + abs(second[0] - first[0])))
    return min(tried)


minutes = st.lists(st.integers(0, 150), max_size=6).map(sorted)


@given(minutes, minutes)
def test_as_many_are_laid_beside_one_another_as_can_be_and_of_those_the_nearest(
    second: list[int], first: list[int]
) -> None:
    mine, theirs = lined_up(second, first)
    found = in_step(mine, theirs) if mine else {}
    by_id = {fact.id: fact for fact in mine}
    apart = sum(abs(by_id[name].order[0] - other.order[0]) // 60_000_000 for name, other in found.items())
    assert (-len(found), apart) == most(second, first)
    assert len({other.id for other in found.values()}) == len(found)
