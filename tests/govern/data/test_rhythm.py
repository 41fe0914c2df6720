"""Silence by the feed's own rhythm: learnt by hour of the week, never under the floor, never over what is declared."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from wardwise.govern.data.profile import profile_drafts
from wardwise.govern.data.rhythm import hour_of_week
from wardwise.govern.data.silence import allowed_silence, silence_changes
from wardwise.hospital.moment import iso
from wardwise.loop.capture.event import About, Draft
from wardwise.loop.derive.view import View

NINE = datetime(2026, 3, 23, 14, 0, tzinfo=UTC)  # a Monday, nine in the morning in Chicago
WEEK = timedelta(days=7)
Look = Callable[..., View]


def profiled(weeks: int, gap: int, *, key: str = "mon-09") -> list[Draft]:
    """Profiles of the Mondays before, with the longest gap at nine o'clock."""
    drafts = []
    for number in range(weeks, 0, -1):
        end = datetime(2026, 3, 24, 5, 0, tzinfo=UTC) - number * WEEK
        told = {
            "feed": "oru",
            "from": iso(end - timedelta(days=1)),
            "to": iso(end),
            "signals": [],
            "rhythm": {key: gap},
        }
        drafts.append(Draft(id=f"g{number}", kind="feed.profiled", occurred_at=end, source="t", payload=told))
    return drafts


def minutes(view: View) -> float:
    return allowed_silence(view, view.folder.contracts["oru"]) / timedelta(minutes=1)


def test_before_anything_is_learnt_what_is_declared_holds(seen: Look) -> None:
    assert minutes(seen([], NINE)) == 60
    assert minutes(seen(profiled(2, 4), NINE)) == 60


def test_a_feed_that_never_pauses_at_this_hour_is_missed_sooner_but_not_under_the_floor(seen: Look) -> None:
    assert minutes(seen(profiled(3, 14), NINE)) == 28
    assert minutes(seen(profiled(3, 4), NINE)) == 20


def test_a_feed_that_often_pauses_is_never_given_more_than_is_declared(seen: Look) -> None:
    assert minutes(seen(profiled(3, 55), NINE)) == 60


def test_what_is_learnt_of_one_hour_says_nothing_of_another(seen: Look) -> None:
    assert minutes(seen(profiled(3, 4), NINE + timedelta(hours=1))) == 60


def test_the_silence_is_told_by_what_was_learnt(seen: Look) -> None:
    view = seen(profiled(3, 4), NINE)
    received = dict.fromkeys(view.folder.contracts, NINE) | {"oru": NINE - timedelta(minutes=21)}
    assert [draft.payload["feed"] for draft in silence_changes(view, received)] == ["oru"]
    received["oru"] = NINE - timedelta(minutes=19)
    assert list(silence_changes(view, received)) == []


def test_the_rhythm_of_a_day_is_kept_with_its_profile(seen: Look) -> None:
    at = [NINE, NINE + timedelta(minutes=7), NINE + timedelta(minutes=95)]
    drafts = [
        Draft(
            id=f"v{number}",
            kind="sign.measured",
            occurred_at=moment,
            source="oru",
            about=About(encounter=f"e{number}"),
            payload={"code": "pulse", "value": "80.0", "ucum": "/min"},
        )
        for number, moment in enumerate(at)
    ]
    (profile,) = profile_drafts(seen(drafts, NINE + timedelta(hours=20)))
    assert profile.payload["rhythm"] == {"mon-09": 88, "mon-10": 88}
    assert hour_of_week(NINE, "America/Chicago") == "mon-09"
