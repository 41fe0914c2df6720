"""Batch equals event by event, no row sees past its instant, and the order of delivery decides nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from wardwise.assemble.workflows import load_workflows
from wardwise.loop.capture.event import About, Draft, Event, Status
from wardwise.loop.capture.fold import fold_key
from wardwise.loop.capture.instant import Instant
from wardwise.loop.capture.log import Batch
from wardwise.loop.declare.feature import FeatureSet
from wardwise.loop.derive.frame import INSTANT
from wardwise.loop.derive.history import History
from wardwise.loop.derive.view import View
from wardwise.rehearse.replay.parity import Ground, parity
from wardwise.rehearse.story.play import Shelf
from wardwise.sites.load import SiteFolder, load_site
from wardwise.stores.memory.log import MemoryLog

DAY = datetime(2026, 3, 2, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LATEST = DAY + timedelta(days=4)
STAYS = ("ann", "bob")
NUMBERS = {"respiratory-rate": 20, "spo2": 95, "systolic": 110, "pulse": 90, "temperature": 37}
WORDS = {"oxygen": ("air", "oxygen"), "consciousness": ("alert", "voice")}
CODES = (*NUMBERS, *WORDS)


@cache
def site() -> SiteFolder:
    return load_site(Path(__file__).parents[3] / "sites" / "demo")


@cache
def features() -> FeatureSet:
    return load_workflows(site())["deterioration"].stages.features


@dataclass(frozen=True)
class Fact:
    """A measurement in minutes of the day: when it happened, how much later it was known, what it replaces."""

    stay: str
    code: str
    step: int
    minute: int
    lag: int
    status: Status
    replaces: int | None

    def draft(self, number: int) -> Draft:
        payload: dict[str, Any] = {"code": self.code}
        if self.code in NUMBERS:
            payload["value"] = str(NUMBERS[self.code] + self.step)
        else:
            payload["word"] = WORDS[self.code][self.step % 2]
        occurred = DAY + self.minute * MINUTE
        known = occurred + self.lag * MINUTE
        return Draft(
            id=f"v{number}",
            kind="sign.measured",
            occurred_at=occurred,
            source="oru",
            about=About(encounter=self.stay),
            status=self.status,
            supersedes=None if self.replaces is None else f"v{self.replaces % max(number, 1)}",
            known_at=known,
            payload=payload,
        )


MOSTLY_FINAL = [Status.FINAL] * 5 + [Status.CORRECTED, Status.SUSPECT, Status.CANCELLED, Status.PRELIMINARY]
FACT = st.builds(
    Fact,
    stay=st.sampled_from(STAYS),
    code=st.sampled_from(CODES),
    step=st.integers(0, 3),
    minute=st.integers(0, 40).map(lambda n: n * 45),
    lag=st.sampled_from([-3, 0, 0, 0, 1, 90, 600]),
    status=st.sampled_from(MOSTLY_FINAL),
    replaces=st.one_of(st.none(), st.none(), st.integers(0, 40)),
)
FACTS = st.lists(FACT, min_size=1, max_size=25)


def drafts_of(facts: Sequence[Fact]) -> list[Draft]:
    return [fact.draft(number) for number, fact in enumerate(facts)]


def logged(drafts: Sequence[Draft]) -> MemoryLog:
    log = MemoryLog()
    log.append(log.lease("demo", "test"), Batch(drafts), LATEST)
    return log


def rows(
    log: MemoryLog, spine: Sequence[tuple[str, datetime, int]], *, upto: int | None = None
) -> list[dict[str, Any]]:
    head = log.head("demo").position if upto is None else upto
    view = View(site(), Instant(LATEST, head), History(log, "demo"), Shelf())
    asked = pl.DataFrame(spine, schema={"entity": pl.String, "at": INSTANT, "position": pl.Int64}, orient="row")
    return features().compute(view, asked).to_dicts()


def every_instant(log: MemoryLog) -> list[tuple[str, datetime, int]]:
    events = log.read("demo")
    return [(stay, event.known_at, event.position) for event in events for stay in STAYS]


def last_told(events: Sequence[Event], stay: str, code: str, at: datetime, position: int) -> Event | None:
    """The dull second implementation: one row, one input, in plain Python."""
    seen = [event for event in events if event.position <= position and event.known_at <= at]
    replaced = {event.supersedes for event in seen}
    usable = [
        event
        for event in seen
        if event.about.encounter == stay
        and event.payload["code"] == code
        and event.id not in replaced
        and event.status not in {Status.SUSPECT, Status.CANCELLED}
        and at - timedelta(hours=24) < event.occurred_at <= at + timedelta(minutes=5)
    ]
    return max(usable, key=lambda event: (*fold_key(event), event.id), default=None)


@settings(max_examples=40, deadline=None)
@given(FACTS)
def test_batch_and_event_by_event_give_the_same_rows(facts: list[Fact]) -> None:
    ground = Ground(logged(drafts_of(facts)), site(), Shelf())
    compared = parity(features(), ground, kind="sign.measured")
    assert compared.first == ()
    assert compared.rows == len(facts)


@settings(max_examples=40, deadline=None)
@given(FACTS)
def test_every_row_holds_the_last_fact_it_could_know(facts: list[Fact]) -> None:
    log = logged(drafts_of(facts))
    events = log.read("demo")
    for row in rows(log, every_instant(log)):
        for code in CODES:
            name = code.replace("-", "_")
            told = last_told(events, row["entity"], code, row["at"], row["position"])
            if told is None:
                assert row[name] is None
                continue
            assert row[f"{name}_event"] == told.id
            assert row[f"{name}_at"] == told.occurred_at
            assert row[f"{name}_age_min"] == max((row["at"] - told.occurred_at) // MINUTE, 0)


@settings(max_examples=40, deadline=None)
@given(FACTS, st.integers(0, 24))
def test_nothing_after_the_instant_changes_a_row(facts: list[Fact], cut: int) -> None:
    whole, short = logged(drafts_of(facts)), logged(drafts_of(facts)[: cut + 1])
    spine = every_instant(short)
    assert rows(whole, spine) == rows(short, spine)


@settings(max_examples=40, deadline=None)
@given(FACTS, st.randoms(use_true_random=False))
def test_any_order_of_delivery_ends_in_the_same_row(facts: list[Fact], random: Any) -> None:
    drafts = drafts_of(facts)
    shuffled = random.sample(drafts, len(drafts))
    asked = [(stay, LATEST - timedelta(hours=hours), len(drafts)) for stay in STAYS for hours in (0, 60, 72, 84)]
    assert rows(logged(shuffled), asked) == rows(logged(drafts), asked)


def draft(number: int, code: str, value: str, minute: int, **changes: Any) -> Draft:
    fact = Fact("ann", code, 0, minute, 0, Status.FINAL, None).draft(number)
    return replace(fact, payload={"code": code, "value": value}, **changes)


def pulse_at(log: MemoryLog, minute: int, position: int) -> Any:
    return rows(log, [("ann", DAY + minute * MINUTE, position)])[0]["pulse"]


def test_a_correction_known_early_but_delivered_late_is_not_seen_early() -> None:
    first = draft(0, "pulse", "90", 0)
    late = draft(1, "pulse", "80", 0, supersedes="v0", known_at=DAY + 100 * MINUTE)
    also = draft(2, "pulse", "70", 0, supersedes="v0", known_at=DAY + 10 * MINUTE)
    log = logged([first, late, also])
    assert pulse_at(log, 50, 2) == 90
    assert pulse_at(log, 50, 3) == 70


def test_a_correction_that_moves_a_fact_to_another_stay_takes_it_from_the_first() -> None:
    first = draft(0, "pulse", "90", 0)
    moved = draft(1, "pulse", "90", 0, supersedes="v0", known_at=DAY + 5 * MINUTE, about=About(encounter="bob"))
    log = logged([first, moved])
    assert pulse_at(log, 4, 2) == 90
    assert pulse_at(log, 5, 2) is None
    assert parity(features(), Ground(log, site(), Shelf()), kind="sign.measured").first == ()


def test_a_value_counts_for_less_than_24_hours_and_a_clock_may_run_five_minutes_ahead() -> None:
    log = logged([draft(0, "pulse", "90", 0, known_at=DAY - timedelta(hours=1))])
    assert pulse_at(log, 24 * 60 - 1, 1) == 90
    assert pulse_at(log, 24 * 60, 1) is None
    assert pulse_at(log, -5, 1) == 90
    assert pulse_at(log, -6, 1) is None


def test_the_set_of_four_hours_before_is_told_beside_the_present_one() -> None:
    log = logged([draft(0, "pulse", "70", 0), draft(1, "pulse", "110", 240)])
    row = rows(log, [("ann", DAY + 245 * MINUTE, 2)])[0]
    assert (row["pulse"], row["pulse_age_min"], row["pulse_event"]) == (110, 5, "v1")
    assert (row["earlier_pulse"], row["earlier_pulse_age_min"], row["earlier_pulse_event"]) == (70, 5, "v0")


def test_the_columns_are_the_declared_ones() -> None:
    log = logged([draft(0, "pulse", "70", 0)])
    assert list(rows(log, every_instant(log))[0]) == [
        "entity",
        "at",
        "position",
        *(f.name for f in features().features),
    ]


def test_nobody_asked_about_gives_no_rows() -> None:
    assert rows(logged([draft(0, "pulse", "70", 0)]), []) == []
