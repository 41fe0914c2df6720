"""A contract is held against every batch of events; what breaks it is named, counted, and lifted when it is kept."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from wardwise.assemble.workflows import load_workflows
from wardwise.govern.data.breach import breach_changes
from wardwise.govern.data.incident import feed_incidents
from wardwise.govern.runtime.ladder import standing_of
from wardwise.loop.capture.event import About, Draft
from wardwise.loop.declare.rung import Tier
from wardwise.loop.declare.workflow import Workflow
from wardwise.loop.derive.state.breaches import breaches
from wardwise.loop.derive.view import View
from wardwise.sites.load import SiteFolder

EIGHT = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
NINE = EIGHT + timedelta(hours=1)
Look = Callable[..., View]


@pytest.fixture(scope="module")
def deterioration(folder: SiteFolder) -> Workflow:
    return load_workflows(folder)["deterioration"]


def sign(number: int, code: str = "pulse", *, minute: int = 30, **payload: object) -> Draft:
    found = {"code": code, "value": "80.0", "ucum": "/min"} | payload
    return Draft(
        id=f"v{number}",
        kind="sign.measured",
        occurred_at=EIGHT + timedelta(minutes=minute, seconds=number),
        source="oru",
        about=About(encounter=f"e{number}", patient=f"p{number}", unit="demo/4a"),
        payload={name: value for name, value in found.items() if value is not None},  # type: ignore[misc]
    )


def lab(number: int, **payload: object) -> Draft:
    return Draft(
        id=f"l{number}",
        kind="lab.resulted",
        occurred_at=EIGHT + timedelta(minutes=30, seconds=number),
        source="oru",
        about=About(encounter=f"e{number}"),
        payload=payload,  # type: ignore[arg-type]
    )


def aside(number: int, code: str, feed: str = "oru") -> Draft:
    return Draft(
        id=f"x{number}",
        kind="message.quarantined",
        occurred_at=EIGHT + timedelta(minutes=30, seconds=number),
        source=feed,
        payload={"code": code, "why": "why", "remedy": "remedy"},
    )


def told(view: View) -> list[tuple[object, ...]]:
    keys = ("feed", "rule", "drift", "subject", "state", "count")
    return [tuple(draft.payload.get(key) for key in keys) for draft in breach_changes(view)]


def test_clean_signs_break_nothing(seen: Look) -> None:
    assert told(seen([sign(n) for n in range(30)], NINE)) == []


@pytest.mark.parametrize(
    ("payload", "rule", "drift", "subject"),
    [
        ({"value": "900.0"}, "range", "values", "sign.measured value [pulse]"),
        ({"value": "80.0", "ucum": "Hz"}, "measure", "semantic", "sign.measured value [pulse]"),
        (
            {"value": None, "ucum": None, "original_value": "80.0"},
            "measure",
            "semantic",
            "sign.measured value [pulse]",
        ),
        ({"code": "heartbeats"}, "codes", "semantic", "sign.measured code"),
    ],
)
def test_each_rule_of_a_field_is_a_finding_of_its_own(
    seen: Look, payload: dict[str, object], rule: str, drift: str, subject: str
) -> None:
    drafts = [sign(n) for n in range(30)] + [sign(100 + n, **payload) for n in range(6)]
    assert told(seen(drafts, NINE)) == [("oru", rule, drift, subject, "broken", 6)]


def test_a_few_odd_values_are_tolerated(seen: Look) -> None:
    few = [sign(n) for n in range(30)] + [sign(100 + n, value="900.0") for n in range(4)]
    assert told(seen(few, NINE)) == []
    rare = [sign(n) for n in range(300)] + [sign(1000 + n, value="900.0") for n in range(6)]
    assert told(seen(rare, NINE)) == []


def test_a_breach_names_events_and_no_value(seen: Look) -> None:
    (draft,) = breach_changes(seen([sign(n, value="912.5") for n in range(8)], NINE))
    assert draft.payload["examples"] == ["v3", "v4", "v5", "v6", "v7"]
    assert draft.payload["share"] == "1.0"
    assert "912" not in str(draft.payload)


@pytest.mark.parametrize(
    ("code", "rule", "drift", "count"),
    [
        ("bad-time", "time-format", "schema", 5),
        ("bad-value", "type", "schema", 5),
        ("unknown-code", "new-code", "semantic", 5),
        ("not-hl7", "readable", "schema", 5),
        ("header", "columns", "schema", 1),
    ],
)
def test_messages_set_aside_are_told_by_their_reason(seen: Look, code: str, rule: str, drift: str, count: int) -> None:
    drafts = [aside(n, code) for n in range(count)]
    assert told(seen(drafts[1:], NINE)) == []
    assert told(seen(drafts, NINE)) == [("oru", rule, drift, None, "broken", count)]


def test_a_breach_is_told_once_and_lifted_when_the_rule_is_kept(seen: Look) -> None:
    bad = [sign(n, value="900.0") for n in range(8)]
    first = list(breach_changes(seen(bad, NINE)))
    assert told(seen([*bad, *first], NINE)) == []
    good = [sign(200 + n, minute=100) for n in range(20)]  # the newest twenty are looked at
    (kept,) = told(seen([*bad, *first, *good], EIGHT + timedelta(hours=2)))
    assert kept[:5] == ("oru", "range", "values", "sign.measured value [pulse]", "kept")


def test_while_nothing_comes_a_breach_stands(seen: Look) -> None:
    bad = [sign(n, value="900.0") for n in range(8)]
    first = list(breach_changes(seen(bad, NINE)))
    assert told(seen([*bad, *first], EIGHT + timedelta(hours=5))) == []


def test_a_workflow_steps_down_only_for_what_it_reads(seen: Look, deterioration: Workflow) -> None:
    signs = [sign(n, value="900.0") for n in range(8)]
    view = seen([*signs, *breach_changes(seen(signs, NINE))], NINE)
    standing = standing_of(deterioration, view)
    assert standing.rung.tier is Tier.LAST_KNOWN
    assert standing.why == "feed oru breaks its contract (range of sign.measured value [pulse])"
    labs = [lab(n, code="lactate", value="99.0", ucum="mmol/L") for n in range(8)]
    drafts = [*labs, *breach_changes(seen(labs, NINE))]
    assert len(drafts) == 9
    assert standing_of(deterioration, seen(drafts, NINE)).why == ""


def test_an_incident_is_opened_once_for_a_breach_and_names_the_steward(seen: Look) -> None:
    bad = [sign(n, value="900.0") for n in range(8)]
    view = seen(bad, NINE)
    said = list(breach_changes(view))
    (opened,) = feed_incidents(view, said)
    assert opened.payload["owner"] == "Nursing informatics"
    assert opened.caused_by == (said[0].id,)
    relapse = seen([*bad, *said, opened], NINE + timedelta(hours=3))
    assert list(feed_incidents(relapse, said)) == []


def test_a_breach_told_without_a_state_lasts_an_hour(seen: Look) -> None:
    old = Draft(
        id="g1",
        kind="contract.breached",
        occurred_at=EIGHT,
        source="t",
        payload={"feed": "oru", "rule": "readable", "what": "unreadable"},
    )
    assert [breach.feed for breach in breaches(seen([old], EIGHT + timedelta(minutes=59)))] == ["oru"]
    assert breaches(seen([old], EIGHT + timedelta(minutes=61))) == ()
