"""Drift by the log: profiles at the end of a day, findings against them, named, lifted, and never of people."""

import random
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from wardwise.assemble.workflows import load_workflows
from wardwise.govern.data.drift import drift_findings
from wardwise.govern.data.finding import changes
from wardwise.govern.data.profile import profile_drafts, profiles
from wardwise.govern.runtime.ladder import standing_of
from wardwise.loop.capture.event import About, Draft
from wardwise.loop.capture.kinds import check
from wardwise.loop.derive.state.acceptances import accepted
from wardwise.loop.derive.state.breaches import breaches
from wardwise.loop.derive.view import View
from wardwise.sites.load import SiteFolder

DAWN = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)  # six in the morning in Chicago
MIDNIGHT = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
Look = Callable[..., View]


def labs(start: datetime, *, hours: int = 17, factor: float = 1.0, code: str = "lactate", each: int = 6) -> list[Draft]:
    """Lactate of six people an hour, around 1.2 mmol/L."""
    rng = random.Random(start.isoformat() + code)  # noqa: S311 - invented results
    drafts = []
    for number in range(hours * each):
        at = start + timedelta(minutes=60 * number / each, seconds=1)
        value = round(rng.gauss(1.2, 0.3) * factor, 1)
        drafts.append(lab(f"{code}{at.isoformat()}", at, code=code, value=str(value), ucum="mmol/L"))
    return drafts


def lab(name: str, at: datetime, **payload: str) -> Draft:
    about = About(encounter=f"e{name}")
    return Draft(id=f"l{name}", kind="lab.resulted", occurred_at=at, source="oru", about=about, payload=payload)


def arrival(number: int, at: datetime, complaint: str) -> Draft:
    about = About(encounter=f"e{number}", patient=f"p{number}", unit="demo/ed")
    payload = {"class": "emergency", "complaint": complaint}
    return Draft(id=f"s{number}", kind="stay.arrived", occurred_at=at, source="adt", about=about, payload=payload)


def found(view: View, feed: str = "oru") -> dict[str, str]:
    contract = view.folder.contracts[feed]
    return {finding.rule: finding.what for finding in drift_findings(view, contract) if finding.found}


@pytest.fixture
def day(seen: Look) -> list[Draft]:
    """A clean day of lactate and creatinine, and its profile."""
    drafts = sorted([*labs(DAWN), *labs(DAWN, code="creatinine")], key=lambda draft: draft.occurred_at)
    return [*drafts, *profile_drafts(seen(drafts, MIDNIGHT))]


def after(day: Iterable[Draft], *more: list[Draft]) -> list[Draft]:
    return [*day, *sorted([draft for part in more for draft in part], key=lambda draft: draft.occurred_at)]


def test_a_profile_is_written_once_when_a_local_day_has_ended(seen: Look) -> None:
    drafts = labs(DAWN)
    assert list(profile_drafts(seen(drafts, MIDNIGHT - timedelta(seconds=1)))) == []
    (profile,) = profile_drafts(seen(drafts, MIDNIGHT))
    assert profile.payload["to"] == "2026-03-02T06:00:00.000000Z"
    assert list(profile_drafts(seen([*drafts, profile], MIDNIGHT + timedelta(hours=3)))) == []


def test_a_profile_counts_values_and_knows_nobody(seen: Look, day: list[Draft]) -> None:
    profile = day[-1]
    assert "elactate" not in str(profile.payload)
    (kept,) = profiles(seen(day, MIDNIGHT), "oru")
    (level,) = [each for each in kept.signals if each.subject == "lab.resulted value [lactate]" and not each.stated]
    assert kept.signals[level].people == 102
    assert sum(kept.signals[level].values.values()) == 102


def test_a_clean_day_after_a_clean_day_is_no_finding(seen: Look, day: list[Draft]) -> None:
    drafts = after(day, labs(MIDNIGHT, hours=12), labs(MIDNIGHT, hours=12, code="creatinine"))
    assert found(seen(drafts, MIDNIGHT + timedelta(hours=12))) == {}


def test_a_measure_changed_without_a_word_is_named(seen: Look, day: list[Draft]) -> None:
    drafts = after(day, labs(MIDNIGHT, hours=4, factor=9.008), labs(MIDNIGHT, hours=4, code="creatinine"))
    told = found(seen(drafts, MIDNIGHT + timedelta(hours=4)))
    assert "as if mmol/L were sent as mg/dL" in told["level"]
    assert set(told) == {"level", "outlying"}


def test_a_rounded_column_is_named_with_its_step(seen: Look, day: list[Draft]) -> None:
    whole = [
        lab(
            draft.id,
            draft.occurred_at,
            code="lactate",
            value=f"{float(str(draft.payload['value'])):.0f}",
            ucum="mmol/L",
        )
        for draft in labs(MIDNIGHT, hours=4)
    ]
    drafts = after(day, whole, labs(MIDNIGHT, hours=4, code="creatinine"))
    assert "in steps of 1 " in found(seen(drafts, MIDNIGHT + timedelta(hours=4)))["rounded"]


def test_a_code_that_has_gone_and_one_that_is_new_are_told(seen: Look, day: list[Draft]) -> None:
    drafts = after(day, labs(MIDNIGHT, hours=12), labs(MIDNIGHT, hours=12, code="crea"))
    told = found(seen(drafts, MIDNIGHT + timedelta(hours=12)))
    assert "creatinine has gone" in told["code-gone"]
    assert "crea is new" in told["new-code"]


def test_a_measure_stated_for_the_first_time_is_reported_only(seen: Look, day: list[Draft]) -> None:
    labelled = [
        lab(draft.id, draft.occurred_at, code="lactate", original_value="11.0", original_measure="mg/dL")
        for draft in labs(MIDNIGHT, hours=4)
    ]
    view = seen(after(day, labelled), MIDNIGHT + timedelta(hours=4))
    made = [each for each in drift_findings(view, view.folder.contracts["oru"]) if each.found]
    assert [(each.rule, each.steps_down) for each in made if "mg/dL" in each.subject] == [("new-measure", False)]


def test_a_code_the_contract_does_not_list_needs_no_reference(seen: Look) -> None:
    drafts = [arrival(n, DAWN + timedelta(minutes=n), "chest pain") for n in range(20)]
    drafts += [arrival(100 + n, DAWN + timedelta(minutes=30 + n), "cp") for n in range(3)]
    assert found(seen(drafts[:-1], DAWN + timedelta(hours=1)), "adt") == {}
    assert "cp is not among the codes" in found(seen(drafts, DAWN + timedelta(hours=1)), "adt")["new-code"]


def test_text_unlike_a_code_is_never_repeated(seen: Look) -> None:
    drafts = [
        arrival(n, DAWN + timedelta(minutes=n), "ZZPHI <b>came with</b> a long story of her own") for n in range(5)
    ]
    told = found(seen(drafts, DAWN + timedelta(hours=1)), "adt")
    assert "(not like a code)" in told["new-code"]
    assert "ZZPHI" not in str(told)


def test_a_drift_is_told_once_and_lifted_when_the_values_are_back(seen: Look, day: list[Draft]) -> None:
    wrong = labs(MIDNIGHT, hours=4, factor=9.008)
    at = MIDNIGHT + timedelta(hours=4)
    drafts = after(day, wrong)
    view = seen(drafts, at)
    told = list(changes(view, drift_findings(view, view.folder.contracts["oru"])))
    assert {draft.payload["state"] for draft in told} == {"broken"}
    drafts = [*drafts, *told]
    again = seen(drafts, at + timedelta(seconds=1))
    assert list(changes(again, drift_findings(again, again.folder.contracts["oru"]))) == []
    back = at + timedelta(hours=26)
    later = seen([*drafts, *labs(at, hours=26)], back)
    lifted = list(changes(later, drift_findings(later, later.folder.contracts["oru"])))
    assert {draft.payload["state"] for draft in lifted} == {"kept"}
    assert {draft.payload["rule"] for draft in lifted} >= {"level", "outlying"}


def test_days_of_a_drift_are_no_reference_for_what_comes_after(seen: Look, day: list[Draft]) -> None:
    at = MIDNIGHT + timedelta(hours=18)
    drafts = after(day, labs(MIDNIGHT, hours=18, factor=9.008))
    view = seen(drafts, at)
    drafts += changes(view, drift_findings(view, view.folder.contracts["oru"]))
    for number in (1, 2, 3):  # it goes on for three days; their profiles are made, and not believed
        start = MIDNIGHT + timedelta(days=number)
        drafts += profile_drafts(seen(drafts, start))
        drafts += labs(start, hours=18, factor=9.008)
    end = MIDNIGHT + timedelta(days=3, hours=18)
    assert "mg/dL" in found(seen(drafts, end))["level"]


def word(finding: Draft, at: datetime, *, state: str = "accepted", actor: str = "RS") -> Draft:
    """A steward's word on a finding."""
    about = {name: finding.payload[name] for name in ("feed", "rule", "subject")}
    said = {"breach": finding.id, "state": state, "reason": "new-measure", "role": "data-steward", "actor": actor}
    draft = Draft(
        id=f"q{state}{finding.id}{at.timestamp()}",
        kind="drift.accepted",
        occurred_at=at,
        source="board",
        caused_by=(finding.id,),
        payload={**about, **said},
    )
    check(draft)
    return draft


def drifting(seen: Look, day: list[Draft]) -> tuple[list[Draft], list[Draft], datetime]:
    """Lactate in another measure for half a day, the findings told; all that happened, the findings, and when."""
    at = MIDNIGHT + timedelta(hours=12)
    drafts = after(day, labs(MIDNIGHT, hours=12, factor=9.008), labs(MIDNIGHT, hours=12, code="creatinine"))
    view = seen(drafts, at)
    told = list(changes(view, drift_findings(view, view.folder.contracts["oru"])))
    assert {draft.payload["rule"] for draft in told} == {"level", "outlying"}
    return [*drafts, *told], told, at


def days_on(seen: Look, drafts: list[Draft], *, days: int, factor: float) -> list[Draft]:
    """The days that follow, each with its profile, at a level."""
    for number in range(1, days + 1):
        start = MIDNIGHT + timedelta(days=number)
        drafts = [*drafts, *profile_drafts(seen(drafts, start))]
        drafts += [*labs(start, hours=17, factor=factor), *labs(start, hours=17, code="creatinine")]
    return drafts


def test_an_accepted_drift_stands_no_longer_and_is_kept_in_sight(seen: Look, day: list[Draft]) -> None:
    drafts, told, at = drifting(seen, day)
    before = seen(drafts, at + timedelta(minutes=1))
    assert [each.rule for each in breaches(before)] == ["level", "outlying"]
    level = next(draft for draft in told if draft.payload["rule"] == "level")
    view = seen([*drafts, word(level, at + timedelta(minutes=1))], at + timedelta(minutes=2))
    assert [each.rule for each in breaches(view)] == ["outlying"]
    (normal,) = accepted(view)
    assert (normal.breach, normal.actor, normal.signal) == (level.id, "RS", "lab.resulted value [lactate]")
    assert "as if mmol/L were sent as mg/dL" in normal.what


def test_the_reference_starts_anew_and_the_old_level_is_then_the_drift(seen: Look, day: list[Draft]) -> None:
    drafts, told, at = drifting(seen, day)
    drafts += [word(each, at + timedelta(minutes=1)) for each in told]
    assert found(seen(drafts, at + timedelta(minutes=2))) == {}  # the old level is no reference any more
    drafts = days_on(seen, drafts, days=3, factor=9.008)
    end = MIDNIGHT + timedelta(days=3, hours=18)
    assert found(seen(drafts, end)) == {}
    old = [*labs(end, hours=6), *labs(end, hours=6, code="creatinine")]
    later = MIDNIGHT + timedelta(days=4, hours=17)
    back = [
        *labs(MIDNIGHT + timedelta(days=4), hours=17),
        *labs(MIDNIGHT + timedelta(days=4), hours=17, code="creatinine"),
    ]
    assert "mg/dL were sent as mmol/L" in found(seen([*drafts, *old, *back], later))["level"]


def test_without_a_word_the_old_reference_stays(seen: Look, day: list[Draft]) -> None:
    drafts, _, _ = drifting(seen, day)
    drafts = days_on(seen, drafts, days=3, factor=9.008)
    assert "level" in found(seen(drafts, MIDNIGHT + timedelta(days=3, hours=18)))


def test_a_word_taken_back_brings_finding_and_reference_back(seen: Look, day: list[Draft]) -> None:
    drafts, told, at = drifting(seen, day)
    drafts += [word(each, at + timedelta(minutes=1)) for each in told]
    drafts += [word(each, at + timedelta(minutes=2), state="withdrawn", actor="ZZ") for each in told]
    view = seen(drafts, at + timedelta(minutes=3))
    assert accepted(view) == ()
    assert [each.rule for each in breaches(view)] == ["level", "outlying"]
    assert "level" in found(seen(days_on(seen, drafts, days=3, factor=9.008), MIDNIGHT + timedelta(days=3, hours=18)))


def test_what_is_said_of_a_finding_that_had_ended_counts_for_nothing(seen: Look, day: list[Draft]) -> None:
    drafts, told, at = drifting(seen, day)
    level = next(draft for draft in told if draft.payload["rule"] == "level")
    ended = replace(
        level, id="gended", occurred_at=at + timedelta(minutes=1), payload={**level.payload, "state": "kept"}
    )
    late = word(level, at + timedelta(minutes=2))
    view = seen([*drafts, ended, late], at + timedelta(minutes=3))
    assert accepted(view) == ()
    assert [each.rule for each in breaches(view)] == ["outlying"]


def test_a_code_taken_for_normal_is_no_stranger_any_more(seen: Look) -> None:
    drafts = [arrival(n, DAWN + timedelta(minutes=n), "chest pain") for n in range(20)]
    drafts += [arrival(100 + n, DAWN + timedelta(minutes=30 + n), "cp") for n in range(3)]
    at = DAWN + timedelta(hours=1)
    view = seen(drafts, at)
    (told,) = changes(view, drift_findings(view, view.folder.contracts["adt"]))
    drafts += [told, word(told, at + timedelta(minutes=1))]
    later = seen(drafts, at + timedelta(minutes=2))
    assert found(later, "adt") == {}
    assert breaches(later) == ()
    another = [arrival(200 + n, at + timedelta(minutes=3 + n), "sob") for n in range(3)]
    assert (
        "sob is not among the codes" in found(seen([*drafts, *another], at + timedelta(minutes=9)), "adt")["new-code"]
    )


def test_workflows_come_back_up_their_ladder(seen: Look, day: list[Draft], folder: SiteFolder) -> None:
    drafts, told, at = drifting(seen, day)
    signs = told[0].payload | {"event": "sign.measured", "field": "value", "subject": "sign.measured value [pulse]"}
    finding = replace(told[0], id="gsigns", occurred_at=at, payload=signs)
    deterioration = load_workflows(folder)["deterioration"]
    before = seen([*drafts, finding], at + timedelta(minutes=1))
    assert "breaks its contract (level" in standing_of(deterioration, before).why
    after_it = seen([*drafts, finding, word(finding, at + timedelta(minutes=1))], at + timedelta(minutes=2))
    assert standing_of(deterioration, after_it).why == standing_of(deterioration, seen(day, MIDNIGHT)).why
