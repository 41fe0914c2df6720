"""What may go out now: modes, repeats, and the ladder, decided from the log alone."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from wardwise.assemble.workflows import load_workflows
from wardwise.govern.data.silence import silence_changes
from wardwise.govern.release.mode import mode_of
from wardwise.govern.runtime.gate import Gate
from wardwise.hospital.moment import iso
from wardwise.hospital.role import Role
from wardwise.loop.capture.event import About, Draft
from wardwise.loop.declare.rung import Tier
from wardwise.loop.declare.workflow import Workflow
from wardwise.loop.derive.view import View
from wardwise.loop.plan.advice import Advice, Indicator, Reason
from wardwise.sites.load import SiteFolder
from wardwise.sites.site import Mode

EIGHT = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
Look = Callable[..., View]


@pytest.fixture(scope="module")
def deterioration(folder: SiteFolder) -> Workflow:
    return load_workflows(folder)["deterioration"]


def fact(kind: str, minute: int, *, unit: str | None = None, causes: tuple[str, ...] = (), **payload: object) -> Draft:
    at = EIGHT + timedelta(minutes=minute)
    identifier = f"{kind}@{minute}"
    return Draft(
        id=identifier,
        kind=kind,
        occurred_at=at,
        source="t",
        about=About(unit=unit),
        caused_by=causes,
        payload=payload,  # type: ignore[arg-type]
    )


def mode_change(minute: int, mode: str, unit: str | None = None) -> Draft:
    told = {"workflow": "deterioration", "mode": mode, "was": "assistive", "by": "lead", "why": "review"}
    return fact("mode.changed", minute, unit=unit, **told)


def silence(minute: int, feed: str, state: str) -> Draft:
    return fact("feed.silent", minute, feed=feed, state=state, last_at=iso(EIGHT))


def advice(state: str = "high", unit: str = "demo/4a") -> Advice:
    return Advice(
        entity="ada",
        state=state,
        summary="Bed 4a-1: NEWS2 7.",
        indicator=Indicator.CRITICAL,
        owner=Role.CHARGE_NURSE,
        reasons=(Reason("Pulse 130", ("v1",)),),
        when_to_ignore=("A treatment plan says so",),
        act_by=EIGHT + timedelta(minutes=30),
        expires_at=EIGHT + timedelta(hours=4),
        uncertainty="measured",
        about=About(unit=unit),
    )


def given(
    minute: int,
    *,
    status: str,
    reason: str | None = None,
    hours: int = 4,
    unit: str = "demo/4a",
    bed: str | None = None,
) -> list[Draft]:
    expires = iso(EIGHT + timedelta(minutes=minute, hours=hours))
    told_of = {"workflow": "deterioration", "entity": "ada", "card": {}, "state": "high", "expires_at": expires}
    said = fact("advice.given", minute, unit=unit, **told_of)
    said = replace(said, about=About(unit=unit, bed=bed))
    told = {"workflow": "deterioration", "status": status, "surface": "board", "mode": "assistive"}
    told |= {"reason": reason} if reason else {}
    return [said, fact("delivery.made", minute, causes=(said.id,), **told)]


def test_what_the_site_declares_holds_until_somebody_changes_it(seen: Look, deterioration: Workflow) -> None:
    assert mode_of(deterioration, seen([]), "demo/4a") is Mode.ASSISTIVE
    assert mode_of(deterioration, seen([]), "demo/icu") is Mode.SHADOW
    assert mode_of(deterioration, seen([mode_change(0, "off")]), "demo/4a") is Mode.OFF


def test_a_change_for_a_unit_wins_over_one_for_the_site(seen: Look, deterioration: Workflow) -> None:
    view = seen([mode_change(0, "decision-support"), mode_change(1, "shadow", "demo/4a")])
    assert mode_of(deterioration, view, "demo/4a") is Mode.SHADOW
    assert mode_of(deterioration, view, "demo/4b") is Mode.DECISION_SUPPORT


def test_switching_a_site_off_switches_off_units_that_had_a_mode_of_their_own(
    seen: Look, deterioration: Workflow
) -> None:
    assert mode_of(deterioration, seen([mode_change(0, "off")]), "demo/icu") is Mode.OFF


def test_shadow_withholds_and_says_so(seen: Look, deterioration: Workflow) -> None:
    verdict = Gate().verdict(deterioration, seen([]), advice(unit="demo/icu"))
    assert (verdict.sent, verdict.reason) == (False, "shadow mode")


def test_advice_is_sent_once_while_it_stands(seen: Look, deterioration: Workflow) -> None:
    at = EIGHT + timedelta(minutes=30)
    assert Gate().verdict(deterioration, seen([], at), advice()).sent
    again = Gate().verdict(deterioration, seen(given(0, status="sent"), at), advice())
    assert (again.sent, again.reason) == (False, "repeat of advice.given@0")
    assert Gate().verdict(deterioration, seen(given(0, status="sent"), at), advice("medium")).sent


def test_advice_may_be_said_again_once_it_has_expired(seen: Look, deterioration: Workflow) -> None:
    view = seen(given(0, status="sent", hours=1), EIGHT + timedelta(hours=2))
    assert Gate().verdict(deterioration, view, advice()).sent


def test_a_repeat_that_was_held_back_holds_nothing_back_itself(seen: Look, deterioration: Workflow) -> None:
    held = given(0, status="withheld", reason="repeat of something long gone")
    assert Gate().verdict(deterioration, seen(held, EIGHT + timedelta(minutes=30)), advice()).sent


def test_what_shadow_withheld_counts_its_repeats_as_people_would_have_seen_them(
    seen: Look, deterioration: Workflow
) -> None:
    held = given(0, status="withheld", reason="shadow mode", unit="demo/icu")
    verdict = Gate().verdict(deterioration, seen(held, EIGHT + timedelta(minutes=30)), advice(unit="demo/icu"))
    assert verdict.reason == "repeat of advice.given@0"


def test_what_only_shadow_has_seen_holds_back_nothing_where_people_are_told(
    seen: Look, deterioration: Workflow
) -> None:
    held = given(0, status="withheld", reason="shadow mode")
    assert Gate().verdict(deterioration, seen(held, EIGHT + timedelta(minutes=30)), advice(unit="demo/4a")).sent


def test_another_unit_was_not_told_and_another_bed_only_if_somebody_has_decided(
    seen: Look, deterioration: Workflow
) -> None:
    at = EIGHT + timedelta(minutes=30)
    elsewhere = given(0, status="sent", unit="demo/4b")
    assert Gate().verdict(deterioration, seen(elsewhere, at), advice()).sent
    other_bed = given(0, status="sent", bed="demo/4a/9")
    assert Gate().verdict(deterioration, seen(other_bed, at), advice()).sent
    accepted = fact("response.given", 5, causes=(other_bed[0].id,), answer="accepted", role="charge-nurse")
    assert not Gate().verdict(deterioration, seen([*other_bed, accepted], at), advice()).sent


def test_advice_that_has_ended_holds_back_nothing(seen: Look, deterioration: Workflow) -> None:
    told = given(0, status="sent")
    payload = {"workflow": "deterioration", "entity": "ada", "advice": told[0].id, "by": "passed", "says": "x"}
    over = fact("advice.ended", 10, causes=(told[0].id,), **payload)
    assert Gate().verdict(deterioration, seen([*told, over], EIGHT + timedelta(minutes=30)), advice()).sent


def test_a_silent_feed_moves_the_workflow_down_and_its_return_brings_it_back(
    seen: Look, deterioration: Workflow
) -> None:
    standing = Gate().standing(deterioration, seen([silence(0, "oru", "silent")]))
    assert standing.rung.tier is Tier.LAST_KNOWN
    assert standing.why == "feed oru silent"
    back = Gate().standing(deterioration, seen([silence(0, "oru", "silent"), silence(5, "oru", "speaking")]))
    assert (back.rung.tier, back.why) == (Tier.RULE, "")


def test_with_everything_silent_there_is_still_an_answer_that_says_so(seen: Look, deterioration: Workflow) -> None:
    view = seen([silence(0, "oru", "silent"), silence(1, "adt", "silent")])
    assert Gate().standing(deterioration, view).rung.tier is Tier.NONE


def test_silence_is_told_when_it_begins_and_when_it_ends_and_not_between(seen: Look) -> None:
    def changes(drafts: list[Draft], at: datetime, last: datetime) -> list[tuple[object, object]]:
        received = dict.fromkeys(seen([]).folder.contracts, at) | {"oru": last}
        return [(d.payload["feed"], d.payload["state"]) for d in silence_changes(seen(drafts, at), received)]

    late = EIGHT + timedelta(hours=9)
    assert changes([], EIGHT, EIGHT) == []
    assert changes([], late, EIGHT) == [("oru", "silent")]
    assert changes([silence(300, "oru", "silent")], late, EIGHT) == []
    assert changes([silence(300, "oru", "silent")], late, late) == [("oru", "speaking")]


def test_a_feed_never_heard_from_is_silent_from_the_start(seen: Look) -> None:
    view = seen([], EIGHT)
    assert {draft.payload["feed"] for draft in silence_changes(view, {})} == set(view.folder.contracts)


def test_a_ladder_without_a_last_rung_is_refused(seen: Look, deterioration: Workflow) -> None:
    only_top = replace(deterioration, stages=replace(deterioration.stages, ladder=deterioration.stages.ladder[:1]))
    with pytest.raises(Exception, match="no rung that can always answer"):
        Gate().standing(only_top, seen([silence(0, "oru", "silent")]))
