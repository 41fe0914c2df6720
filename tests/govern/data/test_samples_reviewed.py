"""Samples: drawn by a seed, spread over kinds and units, judged by people, and told when too much is wrong."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wardwise.govern.data.breach import breach_changes
from wardwise.govern.data.reviewed import tally
from wardwise.govern.data.sampled import NOT_A_CODE, sampled
from wardwise.govern.data.sampling import chosen, sample_drafts, seed_of
from wardwise.hospital.role import Role
from wardwise.loop.capture.event import About, Draft, Event
from wardwise.loop.capture.ids import event_id
from wardwise.loop.capture.kinds import check
from wardwise.loop.derive.state.breaches import breaches
from wardwise.loop.derive.state.samples import queue, samples
from wardwise.loop.derive.view import View
from wardwise.sites.contract import Contract
from wardwise.sites.load import SiteFolder

# A week counted from a fixed day ends on Sundays; the demo site is in Chicago, six hours behind.
SUNDAY = datetime(2026, 3, 8, 6, 0, tzinfo=UTC)
DAYS = 7
Look = Callable[..., View]


def sign(number: int, unit: str = "4a", *, day: int = 2) -> Draft:
    name = event_id("v", raw=str(number), index=0, mapping=unit)
    at = SUNDAY - timedelta(days=DAYS - day) + timedelta(minutes=number)
    about = About(encounter=f"e{number}", patient=f"p{number}", unit=f"demo/{unit}", bed=f"demo/{unit}/7")
    payload = {"code": "pulse", "value": "80", "ucum": "/min"}
    return Draft(id=name, kind="sign.measured", occurred_at=at, source="oru", about=about, payload=payload)


@pytest.fixture
def week() -> list[Draft]:
    return [*(sign(n, "4a") for n in range(300)), *(sign(1_000 + n, "icu", day=4) for n in range(100))]


def drawn(view: View) -> Draft:
    (draft,) = sample_drafts(view)
    check(draft)
    return draft


def review(sample: Draft, event: str, judgement: str, number: int, *, after: int = 1) -> Draft:
    payload = {"feed": "oru", "event": event, "judgement": judgement, "role": "data-steward", "actor": "RS"}
    if judgement != "right":
        payload["reason"] = "wrong-value"
    at = SUNDAY + timedelta(hours=after, seconds=number)
    name = event_id("q", raw=str(number), index=after, mapping="x")
    return Draft(
        id=name, kind="review.given", occurred_at=at, source="board", caused_by=(sample.id,), payload=payload
    )  # fmt: skip


def judged(seen: Look, week: list[Draft], wrong: int) -> tuple[View, Draft, list[Draft]]:
    """A week's sample, of which the first so many are wrong and the others right."""
    sample = drawn(seen(week, SUNDAY))
    words = ["wrong"] * wrong + ["right"] * (20 - wrong)
    events = list(sample.payload["events"])  # type: ignore[arg-type]
    drafts = [*week, sample, *(review(sample, e, w, n) for n, (e, w) in enumerate(zip(events, words, strict=True)))]
    return seen(drafts, SUNDAY + timedelta(hours=2)), sample, drafts


def test_a_sample_is_drawn_once_when_its_period_has_ended(seen: Look, week: list[Draft]) -> None:
    assert list(sample_drafts(seen(week, SUNDAY - timedelta(seconds=1)))) == []
    sample = drawn(seen(week, SUNDAY))
    assert (sample.payload["feed"], sample.payload["of"], len(sample.payload["events"])) == ("oru", 400, 20)  # type: ignore[arg-type]
    assert sample.payload["to"] == "2026-03-08T06:00:00.000000Z"
    assert list(sample_drafts(seen([*week, sample], SUNDAY + timedelta(days=3)))) == []


def test_it_is_spread_over_the_units_in_proportion(seen: Look, week: list[Draft]) -> None:
    units = {draft.id: draft.about.unit for draft in week}
    assert Counter(units[e] for e in drawn(seen(week, SUNDAY)).payload["events"]) == {"demo/4a": 15, "demo/icu": 5}  # type: ignore[union-attr]


def test_a_worker_that_slept_over_the_end_draws_the_same(seen: Look, week: list[Draft]) -> None:
    later = [*week, sign(5_000, day=8)]
    assert drawn(seen(later, SUNDAY + timedelta(days=2))) == drawn(seen(week, SUNDAY))


@given(st.integers(1, 300), st.integers(1, 60), st.integers(0, 2**64 - 1))
def test_the_draw_knows_no_order_and_takes_nothing_twice(many: int, size: int, seed: int) -> None:
    rows = [(f"k{n % 3}", f"u{n % 5}", f"id{n:04}") for n in range(many)]
    shuffled = Random(seed).sample(rows, many)  # noqa: S311 - an order, no secret
    found = chosen(rows, size, f"{seed:016x}")
    assert chosen(shuffled, size, f"{seed:016x}") == found
    assert len(set(found)) == len(found) == min(size, many)
    kinds = Counter(kind for kind, _, name in rows if name in found)
    for kind, every in Counter(kind for kind, _, _ in rows).items():
        assert abs(kinds[kind] - every * len(found) / many) < 2


def test_every_event_is_as_likely_as_any_other() -> None:
    rows = [("k", "u", f"id{n:02}") for n in range(30)]
    seeds = (seed_of("demo", "oru", SUNDAY + timedelta(days=day)) for day in range(3_000))
    drawn_often = Counter(name for seed in seeds for name in chosen(rows, 7, seed))
    assert set(drawn_often) == {name for _, _, name in rows}
    assert all(abs(count - 700) < 110 for count in drawn_often.values())  # 4.5 standard deviations


def test_what_nobody_judged_waits_and_then_goes(seen: Look, week: list[Draft]) -> None:
    view, sample, drafts = judged(seen, week, 3)
    assert queue(view, "oru") == ()
    fresh = seen([*week, sample], SUNDAY + timedelta(days=3))
    assert [each.event for each in queue(fresh, "oru")] == list(sample.payload["events"])  # type: ignore[arg-type]
    assert queue(seen([*week, sample], SUNDAY + timedelta(days=29)), "oru") == ()
    assert len(samples(seen(drafts, SUNDAY + timedelta(days=60)), "oru")) == 1


def test_two_wrong_of_twenty_are_no_proof_and_five_are(seen: Look, week: list[Draft]) -> None:
    few, _, _ = judged(seen, week, 2)
    assert (tally(few, "oru").share.point, round(tally(few, "oru").share.low, 3)) == (0.1, 0.028)
    assert [draft for draft in breach_changes(few) if draft.payload["rule"] == "reviewed"] == []
    many, sample, _ = judged(seen, week, 5)
    told = [draft for draft in breach_changes(many) if draft.payload["rule"] == "reviewed"]
    assert [(draft.payload["state"], draft.payload["count"]) for draft in told] == [("broken", 5)]
    assert "5 of 20 events held against the chart were wrong (between 11% and 47%, 95% sure)" in told[0].payload["what"]  # type: ignore[operator]
    assert "Nursing informatics" in told[0].payload["what"]  # type: ignore[operator]
    assert told[0].payload["examples"] == list(sample.payload["events"])[:5]  # type: ignore[arg-type]
    assert told[0].payload["steps_down"] is False
    one, _, _ = judged(seen, week, 1)
    assert [draft for draft in breach_changes(one) if draft.payload["rule"] == "reviewed"] == []


def test_the_last_word_stands_and_lifts_the_finding(seen: Look, week: list[Draft]) -> None:
    view, sample, drafts = judged(seen, week, 5)
    drafts += breach_changes(view)
    assert [each.rule for each in breaches(seen(drafts, SUNDAY + timedelta(hours=3)))] == ["reviewed"]
    events = list(sample.payload["events"])[:4]  # type: ignore[arg-type]
    drafts += (review(sample, event, "right", n, after=4) for n, event in enumerate(events))
    later = seen(drafts, SUNDAY + timedelta(hours=5))
    assert tally(later, "oru").wrong == 1
    assert [draft.payload["state"] for draft in breach_changes(later)] == ["kept"]


def test_who_cannot_tell_counts_neither_way(seen: Look, week: list[Draft]) -> None:
    view, sample, drafts = judged(seen, week, 1)
    first = next(iter(sample.payload["events"]))  # type: ignore[arg-type]
    found = tally(
        seen([*drafts, review(sample, first, "cannot-tell", 99, after=3)], SUNDAY + timedelta(hours=4)), "oru"
    )
    assert (found.wrong, found.right, found.cannot_tell, found.judged) == (0, 19, 1, 19)
    assert tally(view, "oru").judged == 20


def test_what_is_shown_holds_no_birth_no_text_and_no_patient(folder: SiteFolder) -> None:
    payload = {"class": "emergency", "complaint": "ZZPHI long story", "service": "medicine"}
    payload |= {"born": "1950-01-01", "sex": "female"}
    about = About(encounter="e" * 30, patient="p" * 30, unit="demo/4a", bed="demo/4a/7")
    at = {"occurred_at": SUNDAY, "recorded_at": SUNDAY, "known_at": SUNDAY, "position": 1, "site": "demo"}
    event = Event(id="s1", kind="stay.arrived", source="adt", about=about, payload=payload, **at)  # type: ignore[arg-type]
    found = sampled(folder.contracts["adt"], event)
    assert found.says == (("class", "emergency"), ("complaint", NOT_A_CODE), ("sex", "female"))
    assert found.visit == "e" * 13
    assert "ppp" not in str(found)


def test_a_contract_that_nobody_may_judge_is_refused(folder: SiteFolder) -> None:
    oru = folder.contracts["oru"]
    assert (oru.stewards, oru.review.size if oru.review else 0) == ((Role.DATA_STEWARD, Role.CHARGE_NURSE), 20)
    alone = oru.model_copy(update={"stewards": ()})
    assert [problem.what for problem in alone.problems()] == ["asks for samples that nobody may judge"]
    strange = oru.model_dump() | {"review": {"every_days": 7, "size": 5, "kinds": ["stay.left"]}}
    (problem,) = Contract.model_validate(strange | {"hours": ()}).problems()
    assert problem.path == ("review", "kinds", 0)
