"""Merges told by a patient index: which tokens are one person, as of where one looks from."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wardwise.loop.capture.event import About, Draft, Status
from wardwise.loop.derive.state.identity import same_person, surviving
from wardwise.loop.derive.view import View

EIGHT = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
Look = Callable[..., View]


def merge(minute: int, survivor: str, merged: str, **more: object) -> Draft:
    at = EIGHT + timedelta(minutes=minute)
    told = {"id": f"m{minute}{survivor}{merged}", "about": About(patient=survivor)} | more
    return Draft(kind="stay.merged", occurred_at=at, source="adt", payload={"merged_patient": merged}, **told)


def test_a_patient_who_was_never_merged_is_nobody_else(seen: Look) -> None:
    view = seen([merge(0, "ann", "bea")])
    assert surviving(view, "zoe") == "zoe"
    assert same_person(view, "zoe") == {"zoe"}


def test_both_tokens_of_a_merge_are_one_person_and_the_surviving_one_stands_for_both(seen: Look) -> None:
    view = seen([merge(0, "ann", "bea")])
    assert (surviving(view, "bea"), surviving(view, "ann")) == ("ann", "ann")
    assert same_person(view, "ann") == same_person(view, "bea") == {"ann", "bea"}


def test_a_chain_of_merges_ends_at_its_last_survivor(seen: Look) -> None:
    view = seen([merge(0, "bea", "cat"), merge(1, "ann", "bea")])
    assert surviving(view, "cat") == "ann"
    assert same_person(view, "cat") == {"ann", "bea", "cat"}


def test_a_token_merged_into_two_others_makes_all_three_one_person(seen: Look) -> None:
    view = seen([merge(0, "ann", "bea"), merge(1, "cat", "bea")])
    assert {surviving(view, token) for token in ("ann", "bea", "cat")} == {"cat"}


def test_two_tokens_merged_into_each_other_keep_the_survivor_told_last(seen: Look) -> None:
    view = seen([merge(0, "ann", "bea"), merge(1, "bea", "ann")])
    assert (surviving(view, "ann"), surviving(view, "bea")) == ("bea", "bea")
    assert same_person(view, "ann") == {"ann", "bea"}


def test_a_merge_told_twice_changes_nothing(seen: Look) -> None:
    view = seen([merge(0, "bea", "cat"), merge(1, "ann", "bea"), merge(2, "bea", "cat")])
    assert surviving(view, "cat") == "ann"


def test_a_cancelled_merge_joins_nobody(seen: Look) -> None:
    undone = merge(5, "ann", "bea", status=Status.CANCELLED)
    assert same_person(seen([merge(0, "ann", "bea"), undone]), "bea") == {"bea"}
    replaced = merge(5, "ann", "bea", status=Status.CANCELLED, supersedes="m0annbea")
    assert same_person(seen([merge(0, "ann", "bea"), replaced]), "bea") == {"bea"}


def test_a_merge_after_its_cancel_joins_again(seen: Look) -> None:
    undone = merge(5, "ann", "bea", status=Status.CANCELLED)
    assert surviving(seen([merge(0, "ann", "bea"), undone, merge(9, "ann", "bea")]), "bea") == "ann"


def test_a_doubtful_merge_joins_nobody(seen: Look) -> None:
    assert same_person(seen([merge(0, "ann", "bea", status=Status.SUSPECT)]), "bea") == {"bea"}


def test_before_the_merge_they_were_two(seen: Look) -> None:
    merges = [merge(0, "bea", "cat"), merge(60, "ann", "bea")]
    assert same_person(seen(merges, EIGHT + timedelta(minutes=59)), "cat") == {"bea", "cat"}


TOKENS = ["ann", "bea", "cat", "dee", "eve"]
PAIRS = st.tuples(st.sampled_from(TOKENS), st.sampled_from(TOKENS)).filter(lambda pair: pair[0] != pair[1])


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(pairs=st.lists(PAIRS, max_size=8, unique=True))
def test_whatever_is_merged_with_whatever_everybody_of_a_person_has_the_same_survivor(
    seen: Look, pairs: list[tuple[str, str]]
) -> None:
    view = seen([merge(minute, *pair) for minute, pair in enumerate(pairs)])
    for survivor, merged in pairs:
        assert surviving(view, survivor) == surviving(view, merged)
    for token in TOKENS:
        assert surviving(view, token) in same_person(view, token)
        assert {surviving(view, other) for other in same_person(view, token)} == {surviving(view, token)}
        assert all(same_person(view, other) == same_person(view, token) for other in same_person(view, token))
