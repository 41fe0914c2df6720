"""The watchman: what came is checked at once, what time alone changes within a minute, a profile at each midnight."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from wardwise.govern.data import watchman
from wardwise.govern.data.watchman import Watchman
from wardwise.loop.capture.event import About, Draft
from wardwise.loop.derive.view import View

NINE = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
Look = Callable[..., View]


def pulses(at: datetime, count: int, value: str = "80.0") -> list[Draft]:
    return [
        Draft(
            id=f"{at:%H%M}-{number}-{value}",
            kind="sign.measured",
            occurred_at=at + timedelta(seconds=number / 10),
            source="oru",
            about=About(encounter=f"e{number}", patient=f"p{number}", unit="demo/4a"),
            payload={"code": "pulse", "value": value, "ucum": "/min"},
        )
        for number in range(count)
    ]


def states(drafts: list[Draft]) -> list[object]:
    return [draft.payload["state"] for draft in drafts if draft.kind == "contract.breached"]


def test_a_share_that_rises_as_good_values_grow_old_is_told_within_a_minute(seen: Look) -> None:
    told = [*pulses(NINE, 100), *pulses(NINE + 30 * MINUTE, 5, "912.5")]
    look = Watchman()
    assert states(look.listen(seen(told, NINE + 31 * MINUTE), {})) == []  # 5 of 105 are tolerated
    found = {at: states(look.listen(seen(told, NINE + at * MINUTE), {})) for at in range(58, 63)}
    first = next(at for at, each in found.items() if each)
    assert first in {60, 61}  # when the hundred are an hour old


def test_what_is_calm_is_looked_at_seldom_and_what_comes_at_once(seen: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    rules = watchman.rule_findings

    def counted(view: View, kinds: frozenset[str] | None = None) -> object:
        asked.append(kinds)
        return rules(view, kinds)

    monkeypatch.setattr(watchman, "rule_findings", counted)
    look, good = Watchman(), pulses(NINE, 30)
    for minute in (1, 2, 3):
        look.listen(seen(good, NINE + minute * MINUTE), {})
    assert asked == [None, frozenset(), frozenset()]
    more = [*good, *pulses(NINE + 4 * MINUTE, 30, "912.5")]
    assert states(look.listen(seen(more, NINE + 5 * MINUTE), {})) == ["broken"]
    assert asked[-1] == {"sign.measured"}
    look.listen(seen(more, NINE + 17 * MINUTE), {})
    assert asked[-1] is None


def test_each_midnight_has_its_profile(seen: Look) -> None:
    look, told = Watchman(), pulses(NINE, 30)
    days = []
    for day in range(1, 4):
        told = [*told, *look.compare(seen(told, NINE + timedelta(days=day)))]
        told = [*told, *look.compare(seen(told, NINE + timedelta(days=day, minutes=5)))]
        days.append(len([draft for draft in told if draft.kind == "feed.profiled" and draft.payload["feed"] == "oru"]))
    assert days == [1, 2, 3]
