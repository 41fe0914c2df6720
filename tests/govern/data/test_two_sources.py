"""Two sources for one fact: one counts at a time, the other is kept and compared, and no order of delivery matters."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.govern.data.growing import GrowingLog

from wardwise.assemble.workflows import load_workflows
from wardwise.feeds.reading import Reading
from wardwise.feeds.second_source import SecondSource
from wardwise.govern.data.agreement import agreement_findings
from wardwise.govern.data.arbiter import Arbiter, last_said
from wardwise.govern.runtime.ladder import standing_of
from wardwise.hospital.moment import iso
from wardwise.loop.capture.event import About, Draft, Status
from wardwise.loop.capture.inbox import Arrival, Raw, Receipt
from wardwise.loop.derive.view import View
from wardwise.sites.load import SiteFolder
from wardwise.sites.two_sources import TwoSources

EIGHT = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
PAIR = TwoSources.model_validate(
    {"kind": "sign.measured", "feeds": ["oru", "monitors"], "agrees": {"within_minutes": 5, "tolerance": "2"}}
)


@pytest.fixture(scope="module")
def two(folder: SiteFolder) -> SiteFolder:
    """The demo site with bedside monitors as a second source of vital signs."""
    oru = folder.site.feed("oru")
    assert oru
    monitors = oru.model_copy(update={"name": "monitors"})
    site = folder.site.model_copy(update={"feeds": (*folder.site.feeds, monitors), "two_sources": (PAIR,)})
    signs = tuple(each for each in folder.contracts["oru"].provides if each.kind == "sign.measured")
    spoken = folder.contracts["oru"].model_copy(update={"feed": "monitors", "provides": signs})
    return replace(folder, site=site, contracts={**folder.contracts, "monitors": spoken})


class Ward(GrowingLog):
    """A log that grows, and the arbiter of its worker."""

    def __init__(self, folder: SiteFolder, tmp: Path) -> None:
        super().__init__(folder, tmp)
        self.arbiter = Arbiter()

    def settle(self, at: datetime) -> list[Draft]:
        return self.conclude(at, self.arbiter.settle(self.view(at)))

    def counting(self, at: datetime) -> list[tuple[int, str]]:
        """The values that count, and when: minutes after eight and value."""
        seen = self.view(at).events("sign.measured")
        rows = seen.filter(~seen["status"].is_in(["suspect", "cancelled"]))
        minutes = [((row["occurred_at"] - EIGHT) // timedelta(minutes=1), str(row["value"])) for row in rows.to_dicts()]
        return sorted(minutes)


@pytest.fixture
def ward(two: SiteFolder, tmp_path: Path) -> Ward:
    return Ward(two, tmp_path)


def at(minute: float) -> datetime:
    return EIGHT + timedelta(minutes=minute)


def sign(feed: str, minute: int, value: str = "80", *, status: Status = Status.FINAL, replaces: str = "") -> Draft:
    """A pulse as the reader of its feed gives it."""
    name = f"v{feed}{minute}{value}"
    about = About(encounter="e1", patient="p1", unit="demo/4a")
    payload = {"code": "pulse", "value": value, "ucum": "/min"}
    draft = Draft(
        id=name, kind="sign.measured", occurred_at=at(minute), source=feed, about=about, status=status, payload=payload
    )
    draft = replace(draft, supersedes=f"v{feed}{minute}{replaces}") if replaces else draft
    return draft if feed == "oru" else _second(draft)


def _second(draft: Draft) -> Draft:
    class One:
        def read(self, raw: Raw, now: datetime) -> Reading:
            del raw, now
            return Reading((draft,))

    arrival = Arrival(site="demo", source="monitors", listener="x", control_id="1", body=b"", received_at=EIGHT)
    raw = Raw(id="w", sequence=1, arrival=arrival, receipt=Receipt.STORED)
    return SecondSource(One(), frozenset({"sign.measured"})).read(raw, EIGHT).drafts[0]


def silent(minute: int, *, since: int, feed: str = "oru", state: str = "silent") -> Draft:
    payload = {"feed": feed, "state": state, "last_at": iso(at(since))}
    return Draft(id=f"g{feed}{minute}{state}", kind="feed.silent", occurred_at=at(minute), source="x", payload=payload)


def broken(minute: int, state: str = "broken") -> Draft:
    payload = {"feed": "oru", "rule": "range", "what": "w", "state": state, "subject": "s", "event": "sign.measured"}
    return Draft(id=f"gb{minute}", kind="contract.breached", occurred_at=at(minute), source="x", payload=payload)


def test_while_the_first_is_there_the_second_is_kept_and_does_not_count(ward: Ward) -> None:
    ward.tell(at(11), sign("oru", 10, "80"), sign("monitors", 10, "81"))
    assert ward.settle(at(12)) == []
    assert ward.counting(at(13)) == [(10, "80.0")]
    assert ward.view(at(13)).events("sign.measured").height == 2


def test_when_the_first_falls_silent_the_second_counts_from_its_last_word_and_says_so(ward: Ward) -> None:
    ward.tell(at(11), sign("oru", 10, "80"), sign("monitors", 9, "81"), sign("monitors", 30, "82"))
    ward.settle(at(60))
    ward.tell(at(70), silent(70, since=10))
    made = ward.settle(at(70))
    said = [dict(draft.payload) for draft in made if draft.kind == "source.switched"]
    assert said == [{"event": "sign.measured", "feed": "monitors", "was": "oru", "why": "oru silent"}]
    assert ward.counting(at(70)) == [(10, "80.0"), (30, "82.0")]
    ward.tell(at(75), sign("monitors", 75, "83"))
    ward.settle(at(76))
    assert ward.counting(at(76)) == [(10, "80.0"), (30, "82.0"), (75, "83.0")]


def test_it_goes_back_by_itself_and_what_the_first_tells_late_does_not_count(ward: Ward) -> None:
    ward.tell(at(11), sign("oru", 10, "80"), sign("monitors", 30, "82"))
    ward.tell(at(70), silent(70, since=10))
    ward.settle(at(70))
    ward.tell(at(90), sign("oru", 31, "99"), silent(90, since=90, state="speaking"), sign("oru", 91, "84"))
    made = ward.settle(at(92))
    assert [draft.payload["why"] for draft in made if draft.kind == "source.switched"] == ["it is back"]
    ward.tell(at(93), sign("monitors", 93, "85"))
    ward.settle(at(94))
    assert ward.counting(at(95)) == [(10, "80.0"), (30, "82.0"), (91, "84.0")]
    assert last_said(ward.view(at(95)), PAIR) == "oru"


def test_a_broken_contract_of_the_first_puts_the_second_in_charge(ward: Ward) -> None:
    ward.tell(at(20), broken(20), sign("oru", 21, "900"), sign("monitors", 21, "82"))
    made = ward.settle(at(22))
    assert "oru contract broken (range)" in [draft.payload.get("why") for draft in made]
    assert ward.counting(at(22)) == [(21, "82.0")]


def test_where_both_are_out_the_first_stays_in_charge(ward: Ward) -> None:
    ward.tell(at(70), sign("monitors", 30, "82"), silent(70, since=10), silent(70, since=5, feed="monitors"))
    assert [draft.kind for draft in ward.settle(at(70))] == []
    assert ward.counting(at(70)) == []


def test_a_correction_of_the_second_replaces_what_was_taken_of_it(ward: Ward) -> None:
    ward.tell(at(70), sign("monitors", 30, "82"), silent(70, since=10))
    ward.settle(at(70))
    ward.tell(at(71), sign("monitors", 30, "62", status=Status.CORRECTED, replaces="82"))
    ward.settle(at(71))
    assert ward.counting(at(72)) == [(30, "62.0")]


@pytest.mark.parametrize("status", [Status.CANCELLED, Status.SUSPECT])
def test_what_the_second_takes_back_or_doubts_counts_no_more(ward: Ward, status: Status) -> None:
    ward.tell(at(70), sign("monitors", 30, "82"), sign("monitors", 31, "84"), silent(70, since=10))
    ward.settle(at(70))
    ward.tell(at(71), sign("monitors", 30, "62", status=status, replaces="82"))
    ward.settle(at(71))
    assert ward.counting(at(72)) == [(31, "84.0")]


def test_a_clock_that_runs_ahead_waits_until_it_is_known_who_is_in_charge(ward: Ward) -> None:
    ward.tell(at(70), silent(70, since=10), sign("monitors", 80, "82"))
    ward.settle(at(70))
    assert ward.counting(at(71)) == []
    ward.settle(at(81))
    assert ward.counting(at(81)) == [(80, "82.0")]


def test_a_new_worker_comes_to_the_same(ward: Ward) -> None:
    ward.tell(at(70), sign("monitors", 30, "82"), silent(70, since=10))
    ward.settle(at(70))
    position = ward.history.position
    ward.arbiter = Arbiter()
    ward.settle(at(71))
    assert ward.history.position == position


def test_a_fact_doubted_by_its_own_source_never_counts(ward: Ward) -> None:
    ward.tell(at(70), sign("monitors", 30, "82", status=Status.SUSPECT), silent(70, since=10))
    ward.settle(at(70))
    assert ward.counting(at(70)) == []


FACTS = st.lists(
    st.tuples(st.sampled_from(["oru", "monitors"]), st.integers(0, 199), st.integers(60, 99)), max_size=12, unique=True
)
GUARDS = [silent(40, since=20), silent(80, since=80, state="speaking"), broken(120), broken(150, "kept")]


@pytest.fixture(scope="module")
def wards(two: SiteFolder, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Ward]:
    return lambda: Ward(two, tmp_path_factory.mktemp("ward"))


def counted(ward: Ward, facts: list[Draft], order: Random) -> list[tuple[int, str]]:
    """What counts in the end when facts are delivered in some order, late or not, and settled now and then."""
    when = {draft.id: max(draft.occurred_at, at(order.randint(0, 220))) for draft in facts}
    for minute in range(0, 240, 20):
        now = at(minute)
        told = [*(d for d in GUARDS if now <= d.occurred_at < at(minute + 20)), *_due(facts, when, minute)]
        order.shuffle(told)
        for draft in told:
            ward.tell(max(now, draft.occurred_at), draft)
        if order.random() < 0.7:
            ward.settle(at(minute + 20))
        if order.random() < 0.2:
            ward.arbiter = Arbiter()
    ward.settle(at(260))
    return ward.counting(at(270))


def _due(facts: list[Draft], when: dict[str, datetime], minute: int) -> Iterator[Draft]:
    return (draft for draft in facts if at(minute) <= when[draft.id] < at(minute + 20))


@settings(max_examples=60)
@given(FACTS, st.integers(0, 2**32))
def test_no_order_of_delivery_changes_what_counts(
    wards: Callable[[], Ward], facts: list[tuple[str, int, int]], seed: int
) -> None:
    drafts = [sign(feed, minute, str(value)) for feed, minute, value in facts]
    expected = sorted(
        (minute, f"{value}.0")
        for feed, minute, value in facts
        if (feed == "monitors") == (20 < minute < 80 or 120 < minute < 150)
    )
    for number in range(3):
        assert counted(wards(), drafts, Random(seed + number)) == expected  # noqa: S311 - an order, no secret


def test_a_workflow_stays_on_its_rung_while_another_source_stands_in(ward: Ward, two: SiteFolder) -> None:
    flow = load_workflows(two)["deterioration"]
    assert standing_of(flow, ward.view(at(1))).why == ""
    ward.tell(at(70), silent(70, since=10))
    assert standing_of(flow, ward.view(at(71))).why == ""
    ward.tell(at(72), silent(72, since=11, feed="monitors"))
    assert standing_of(flow, ward.view(at(73))).why == "feed oru silent"


def differing(view: View) -> list[tuple[bool, bool, int]]:
    return [(finding.found, finding.cleared, finding.count) for finding in agreement_findings(view)]


def test_disagreement_beyond_what_is_agreed_on_is_a_finding(ward: Ward) -> None:
    pairs = [(sign("oru", 10 * n, "80"), sign("monitors", 10 * n + 2, "82" if n < 15 else "95")) for n in range(20)]
    ward.tell(at(200), *(draft for pair in pairs[:15] for draft in pair))
    assert differing(ward.view(at(201))) == [(False, True, 0)]
    ward.tell(at(202), *(draft for pair in pairs[15:] for draft in pair))
    (finding,) = agreement_findings(ward.view(at(203)))
    assert (finding.found, finding.count, finding.feed, finding.steps_down) == (True, 5, "monitors", False)
    assert finding.what == "5 of 20 sign.measured of the last day differ between monitors and oru"
    assert list(agreement_findings(ward.view(at(203)), frozenset({"stay.left"}))) == []


def test_facts_too_far_apart_are_not_compared(ward: Ward) -> None:
    ward.tell(at(60), sign("oru", 10, "80"), sign("monitors", 16, "120"))
    assert differing(ward.view(at(61))) == [(False, False, 0)]
