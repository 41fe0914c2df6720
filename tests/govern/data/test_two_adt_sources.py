"""Two ADT feeds judged: which word of the second counts, whether the two agree, and who stands in for whom."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from wardwise.assemble.workflows import load_workflows
from wardwise.govern.data.agreement import agreement_findings
from wardwise.govern.data.arbiter import Arbiter
from wardwise.govern.data.breach import breach_changes
from wardwise.govern.runtime.ladder import standing_of
from wardwise.hospital.moment import iso
from wardwise.loop.capture.event import About, Draft
from wardwise.loop.capture.instant import Instant
from wardwise.loop.capture.log import Batch
from wardwise.loop.capture.two_sources import ONE_WITHIN, marked
from wardwise.loop.derive.history import History
from wardwise.loop.derive.state.findings import findings as findings_of
from wardwise.loop.derive.view import View
from wardwise.sites.load import SiteFolder
from wardwise.sites.two_sources import TwoSources
from wardwise.stores.artefacts import Artefacts
from wardwise.stores.memory.log import MemoryLog

EIGHT = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
PAIR = TwoSources.model_validate({"kind": "stays", "feeds": ["adt", "beds"], "agrees": {"within_minutes": 10}})
Look = Callable[..., View]


@pytest.fixture(scope="module")
def two(folder: SiteFolder) -> SiteFolder:
    """The demo site with its bed management as a second source of stays."""
    adt = folder.site.feed("adt")
    assert adt
    feeds = (*folder.site.feeds, adt.model_copy(update={"name": "beds", "steward": "Bed manager"}))
    site = folder.site.model_copy(update={"feeds": feeds, "two_sources": (PAIR,)})
    contract = folder.contracts["adt"].model_copy(update={"feed": "beds"})
    return replace(folder, site=site, contracts={**folder.contracts, "beds": contract})


@pytest.fixture
def look(two: SiteFolder, tmp_path: Path) -> Look:
    def looked(drafts: list[Draft], minute: int) -> View:
        log = MemoryLog()
        lease = log.lease("demo", "test")
        for draft in drafts:
            log.append(lease, Batch([draft]), max(draft.occurred_at, EIGHT))
        history = History(log, "demo")
        return View(two, Instant(at(minute), history.position), history, Artefacts(tmp_path))

    return looked


def at(minute: float) -> datetime:
    return EIGHT + timedelta(minutes=minute)


def move(feed: str, minute: int, unit: str, visit: str = "v") -> Draft:
    about = About(unit=f"demo/{unit}", encounter=visit, patient="p")
    name = f"s{feed}{minute}{unit}{visit}"
    told = Draft(id=name, kind="stay.transferred", occurred_at=at(minute), source=feed, about=about)
    return told if feed == "adt" else marked(told, f"{ONE_WITHIN}10")


def silent(minute: int, *, since: int, feed: str = "adt", state: str = "silent") -> Draft:
    payload = {"feed": feed, "state": state, "last_at": iso(at(since))}
    return Draft(id=f"g{feed}{minute}", kind="feed.silent", occurred_at=at(minute), source="x", payload=payload)


def broken(minute: int, feed: str, event: str = "stay.admitted") -> Draft:
    payload = {"feed": feed, "rule": "codes", "what": "w", "state": "broken", "event": event, "steps_down": True}
    return Draft(id=f"gb{feed}{minute}", kind="contract.breached", occurred_at=at(minute), source="x", payload=payload)


def taken(view: View) -> list[int]:
    """The minutes of what was taken into use."""
    made = [draft for draft in Arbiter().settle(view) if draft.kind != "source.switched"]
    return sorted((draft.occurred_at - EIGHT) // timedelta(minutes=1) for draft in made)


SECOND = [move("beds", minute, "4b") for minute in (5, 12, 40, 105, 130)]
OUT = [silent(60, since=20), silent(101, since=100, state="speaking")]


def test_the_second_counts_in_an_outage_and_so_near_to_one_as_clocks_differ(look: Look) -> None:
    assert taken(look(SECOND, 140)) == []
    assert taken(look([*SECOND, *OUT], 140)) == [12, 40, 105]


def test_what_the_second_tells_late_of_a_time_when_both_were_silent_counts(look: Look) -> None:
    assert taken(look([*SECOND, *OUT, silent(61, since=21, feed="beds")], 140)) == [12, 40, 105]


def test_what_the_second_tells_against_its_own_contract_does_not_count(look: Look) -> None:
    assert taken(look([*SECOND, *OUT, broken(30, "beds")], 140)) == [12]
    assert taken(look([*SECOND, *OUT, broken(30, "beds", "sign.measured")], 140)) == [12, 40, 105]


def test_nothing_that_the_first_tells_of_its_outage_is_put_aside(look: Look) -> None:
    assert taken(look([move("adt", 50, "icu"), *OUT], 140)) == []


def test_a_cancel_told_afterwards_takes_back_what_was_taken_into_use(look: Look) -> None:
    payload = {"target": "stay.transferred", "target_occurred_at": iso(at(40))}
    about = About(encounter="v", patient="p")
    told = Draft(id="sc", kind="stay.cancelled", occurred_at=at(135), source="beds", about=about, payload=dict(payload))
    assert taken(look([SECOND[2], *OUT, marked(told, f"{ONE_WITHIN}10")], 140)) == [40, 135]


def test_what_does_not_fit_in_the_word_of_the_second_goes_to_its_steward(look: Look) -> None:
    gone = Draft(
        id="sgone", kind="stay.discharged", occurred_at=at(5), source="adt", about=About(encounter="v", patient="p")
    )
    drafts = [gone, *OUT, move("beds", 40, "4b")]
    made = [draft for draft in Arbiter().settle(look(drafts, 140)) if draft.kind != "source.switched"]
    (found,) = findings_of(look([*drafts, *made], 141))
    assert (found.code, found.feed, found.steward) == ("told-after-discharge", "beds", "Bed manager")


def lasting(drafts: list[Draft], *more: Draft) -> list[Draft]:
    """These, and the first speaks on to the end."""
    return [*drafts, *more, move("adt", 199, "5a", "last")]


def findings(view: View) -> list[tuple[bool, int, str]]:
    return [(found.found, found.count, found.what) for found in agreement_findings(view, {"stay.discharged"})]


def test_visits_that_do_not_find_each_other_are_a_finding_before_the_second_is_needed(look: Look) -> None:
    first = [move("adt", 10 * n, "4a", f"v{n}") for n in range(6)]
    joined = [move("beds", 10 * n + 4, "4a", f"v{n}") for n in range(6)]
    apart = [move("beds", 10 * n + 4, "4a", f"b{n}") for n in range(6)]
    elsewhere = [move("beds", 10 * n + 4, "4b", f"v{n}") for n in range(6)]
    says = "{} of 6 stays of the last day differ between beds and adt"
    assert findings(look(lasting(first, *joined), 200)) == [(False, 0, says.format(0))]
    assert findings(look(lasting(first, *apart), 200)) == [(True, 6, says.format(6))]
    assert findings(look(lasting(first, *elsewhere), 200)) == [(True, 6, says.format(6))]


def test_what_the_first_may_still_tell_and_its_outages_are_not_held_against_the_second(look: Look) -> None:
    alone = [move("beds", 10 * n + 4, "4a", f"b{n}") for n in range(6)]
    assert findings(look(lasting(alone), 200))[0][1] == 6
    until_last_word = [*alone[:5], move("adt", 53, "5a", "last"), alone[5]]
    assert findings(look(until_last_word, 200))[0][1] == 4  # but for the ten minutes before it
    back = silent(150, since=150, state="speaking")
    assert findings(look(lasting(alone, silent(61, since=0), back), 200))[0][1] == 0


def test_a_second_source_whose_visits_are_others_never_stands_in(look: Look, two: SiteFolder) -> None:
    first = [move("adt", 10 * n, "4a", f"v{n}") for n in range(12)]
    apart = [move("beds", 10 * n + 4, "4a", f"b{n}") for n in range(12)]
    told = [draft for pair in zip(first, apart, strict=True) for draft in pair]
    breach = list(breach_changes(look(told, 120), {"stay.transferred"}))
    assert [(draft.payload["feed"], draft.payload["rule"]) for draft in breach] == [("beds", "second-source")]
    out = [*told, *breach, silent(200, since=131), move("beds", 170, "4b", "b1")]
    view = look(out, 210)
    assert taken(view) == []
    flow = load_workflows(two)["ed_demand"]
    assert standing_of(flow, view).why == "feed adt silent"
    usual = standing_of(flow, look([], 10)).why
    assert standing_of(flow, look([*told, *breach], 130)).why == usual  # the first is there, and counts


def test_a_second_source_stands_in_for_one_that_is_silent_and_not_for_one_that_errs(
    look: Look, two: SiteFolder
) -> None:
    flow = load_workflows(two)["ed_demand"]
    usual = standing_of(flow, look([], 10)).why
    assert standing_of(flow, look([silent(60, since=0)], 70)).why == usual
    assert standing_of(flow, look([silent(60, since=0), silent(61, since=0, feed="beds")], 70)).why == "feed adt silent"
    assert "feed adt breaks its contract" in standing_of(flow, look([broken(60, "adt", "stay.arrived")], 70)).why
