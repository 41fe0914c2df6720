"""What to do about a shift: call float nurses, keep people on, release some, or leave it as it is."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from wardwise.hospital.moment import from_iso
from wardwise.loop.derive.view import View
from wardwise.sites.policies import Policies
from wardwise.workflows.staffing.action import NAME, Action, Move
from wardwise.workflows.staffing.estimate import BEYOND, CALLED, COMING, MINUTE

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Rules:
    """The thresholds in force at a unit."""

    call_from: int
    release_from: int
    ahead: timedelta
    notice: timedelta
    respond_within: timedelta
    least_left: timedelta
    refresh_least: timedelta
    refresh_longest: timedelta
    lower_for: timedelta
    critical_from: int

    def action(self, row: Row, scenario: str) -> Action:
        """What a scenario asks for: short of the plan, call who is free; well over it even when busy, release.

        Who was called before and is not on the roster yet is called first; a call counts all who were ever called to
        the shift, those who have joined the roster too. A release always leaves one nurse more than a high day needs;
        where the grid does not say what that is, nobody is released.
        """
        short = -int(row["gap"][scenario])
        if short >= self.call_from:
            coming = int(row.get(COMING, 0))
            joined = int(row.get(CALLED, 0)) - coming
            called = min(short, coming + int(row["float_free"]))
            return Action(Move.CALL, joined + called, short - called) if called else Action(Move.HOLD, short)
        spare = min(int(row["gap"][scenario]), int(row["gap"]["high"]))
        if spare >= self.release_from and "high" not in row.get(BEYOND, ()):
            return Action(Move.RELEASE, spare - self.release_from + 1)
        return Action(Move.HOLD, 0)

    def in_time(self, row: Row, now: datetime) -> bool:
        """Whether there is still something to be done, and already a reason to: not days ahead, not near the end."""
        starts, ends = from_iso(row["starts"]), from_iso(row["ends"])
        return starts - now <= self.ahead and ends - now > self.least_left


def rules_of(policies: Policies, view: View, unit: str) -> Rules:
    """The thresholds in force."""

    def number(name: str) -> int:
        return int(policies.value(name, at=view.instant.at, unit=unit).number)

    return Rules(
        call_from=number("call_from"),
        release_from=number("release_from"),
        ahead=number("advise_ahead") * MINUTE,
        notice=number("notice") * MINUTE,
        respond_within=number("respond_within") * MINUTE,
        least_left=number("least_left") * MINUTE,
        refresh_least=number("refresh_least") * MINUTE,
        refresh_longest=number("refresh_longest") * MINUTE,
        lower_for=number("lower_for") * MINUTE,
        critical_from=number("critical_from"),
    )


def holds(rules: Rules, view: View, unit: str, *, row: Row, scenario: str) -> bool:
    """Whether an action is more than a flicker: the refresh before asked for the same.

    A surge is two refreshes already. A nurse who called out since needs no second look, nor does a shift about to
    begin within the notice; but a release always does.
    """
    action, before = rules.action(row, scenario), _row_before(rules, view, unit, str(row["shift"]))
    to_start = from_iso(row["starts"]) - view.instant.at
    if action.move is not Move.RELEASE:
        if scenario == "surge" or timedelta() < to_start <= rules.notice:
            return True
        if before is not None and row["called_out"] > before.get("called_out", row["called_out"]):
            return True
    return before is not None and "gap" in before and _same_need(rules.action(before, scenario), action)


def lessened(rules: Rules, view: View, unit: str, *, row: Row, scenario: str, was: Action) -> bool:
    """Whether what was asked for is asked for no longer: for long enough, or since the roster told of more.

    A surge comes and goes within the hour; a card that did so too would be asked about and not acted on.
    """
    if rules.action(row, scenario).meets(was):
        return False
    before = _row_before(rules, view, unit, str(row["shift"]))
    if before is not None and "gap" in before and was.move is not Move.RELEASE and row["rostered"] > before["rostered"]:
        return True
    if was.move is Move.RELEASE:  # who was to go is kept at once
        return before is not None and "gap" in before and not rules.action(before, str(before["scenario"])).meets(was)
    since = view.instant.at - rules.lower_for
    told = _rows_from(rules, view, unit, str(row["shift"]), since=since - rules.refresh_longest)
    standing_then = [each for at, each in told if at <= since][-1:]
    rows = [*standing_then, *(each for at, each in told if at > since)]
    lower = ("gap" in each and not rules.action(each, str(each["scenario"])).meets(was) for each in rows)
    return bool(standing_then) and all(lower)


def _same_need(one: Action, other: Action) -> bool:
    # Calling and keeping on answer the same need; which of them depends on who is free.
    if other.move is Move.RELEASE:
        return one.move is Move.RELEASE
    return one.move is not Move.RELEASE and one.count > 0


def _row_before(rules: Rules, view: View, unit: str, shift: str) -> Row | None:
    rows = _rows_from(rules, view, unit, shift, since=view.instant.at - rules.refresh_longest)
    return rows[-1][1] if rows else None


def _rows_from(rules: Rules, view: View, unit: str, shift: str, *, since: datetime) -> list[tuple[datetime, Row]]:
    """What each refresh since an instant, and not just now, said of a shift, oldest first; {} where nothing."""
    now = view.instant.at
    made = view.events("prediction.made", now - since).filter(
        (pl.col("workflow") == NAME) & (pl.col("entity") == unit) & (pl.col("occurred_at") <= now - rules.refresh_least)
    )
    told = made.sort("position").select("occurred_at", "output").iter_rows()
    return [(at, _row_of(output, shift)) for at, output in told]


def _row_of(output: str, shift: str) -> Row:
    found: Row = next((row for row in json.loads(output).get("shifts", ()) if row["shift"] == shift), {})
    return found
