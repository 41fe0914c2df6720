"""Advice as the board shows it: open, put off, answered a moment ago, held back."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from wardwise.hospital.moment import from_iso, iso
from wardwise.hospital.role import Role
from wardwise.loop.capture.ids import shown
from wardwise.loop.derive.state.advice import LOOKBACK, AdviceState, advice_states
from wardwise.surfaces.web import words
from wardwise.surfaces.web.board.glance import Glance
from wardwise.surfaces.web.strings import say

UNDO_WITHIN = timedelta(minutes=10)
DEFER_FOR = timedelta(minutes=30)
SOON = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The last answer to a piece of advice; `before` is the id of the one before it, or `none`."""

    id: str
    before: str
    answer: str
    role: str
    actor: str
    says: str
    at: datetime
    undo_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One piece of advice, ready for the card. `open` can be answered now, `first` is on top."""

    id: str
    short: str
    workflow: str
    place: str
    patient: str | None
    card: Mapping[str, Any]
    owner: str
    may_override: str
    given_at: datetime
    due: str
    act_by_at: datetime
    pressing: str
    expires_in: str
    expires_at: datetime
    given: str
    age: str
    open: bool
    first: bool = False
    undo: bool
    held_back: int
    defer_until: str
    answer: Answer | None

    @property
    def generation(self) -> str:
        """Changes with every answer; a form made for an earlier one is out of date."""
        return self.answer.id if self.answer else "none"


def recommendations(glance: Glance) -> list[Shown]:
    """Everything shown that has neither ended nor run out: what can be answered first, the most pressing on top."""
    states = advice_states(glance.view)
    answers, held = _answers(glance), _held_back(states)
    standing = [state for state in states if state.shown and not state.ended and glance.now < state.expires_at]
    every = [_shown(glance, state, answers.get(state.id), held.get(state.id, 0)) for state in standing]
    ordered = sorted(every, key=_place)
    return [replace(ordered[0], first=ordered[0].open), *ordered[1:]] if ordered else []


def _place(each: Shown) -> tuple[bool, bool, datetime, str]:
    return not each.open, each.pressing == "info", each.act_by_at, each.id


def defer_until(now: datetime) -> datetime:
    """Half an hour from a full minute on, so that a card does not change every second."""
    return now.replace(second=0, microsecond=0) + DEFER_FOR


def spoken(role: str) -> str:
    """A role as people say it; a word that is no role of ours stays as written."""
    return Role(role).spoken if role in {each.value for each in Role} else role


def answered(row: Mapping[str, Any], glance: Glance, before: str) -> Answer:
    """An answer from its row of the log."""
    facts = {
        "role": spoken(row["role"]),
        "actor": row["actor"] or say("answer.nobody"),
        "at": glance.clock(row["occurred_at"]),
        "until": glance.clock(row["until"]) if row["until"] else "",
        "reason": reason_text(glance, row["reason"]),
    }
    return Answer(
        id=row["id"],
        before=before,
        answer=row["answer"],
        role=row["role"],
        actor=row["actor"] or "",
        says=say(f"answer.{row['answer']}", **facts),
        at=row["occurred_at"],
        undo_until=row["recorded_at"] + UNDO_WITHIN,
    )


def reason_text(glance: Glance, code: str | None) -> str:
    """The words of an override reason's code; the code itself where the site no longer has it."""
    known = {reason.code: reason.text for reason in glance.site.reasons}
    return known.get(code or "", code or say("answer.no_reason"))


def _answers(glance: Glance) -> dict[str, Answer]:
    rows = glance.view.events("response.given", LOOKBACK).sort("position")
    last: dict[str, Answer] = {}
    for row in rows.iter_rows(named=True):
        before = last.get(row["cause"])
        last[row["cause"]] = answered(row, glance, before.id if before else "none")
    return last


def _held_back(states: list[AdviceState]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for state in states:
        first, _, of = (state.withheld or "").partition("repeat of ")
        if of and not first:
            counts[of] = counts.get(of, 0) + 1
    return counts


def _shown(glance: Glance, state: AdviceState, answer: Answer | None, held_back: int) -> Shown:
    card, now = state.card, glance.now
    act_by = from_iso(card["act_by"])
    undone = answer is None or answer.answer in {"withdrawn", "ignored"}
    return Shown(
        id=state.id,
        short=shown(state.id),
        workflow=state.workflow,
        place=glance.title(state.unit),
        patient=state.patient,
        card=card,
        owner=spoken(card["owner"]),
        may_override=", ".join(spoken(role) for role in card["may_override"]),
        given_at=state.given_at,
        due=_due(glance, state, act_by),
        act_by_at=act_by,
        pressing=_pressing(card["indicator"], act_by - now),
        expires_in=words.left(state.expires_at - now),
        expires_at=state.expires_at,
        given=glance.clock(state.given_at),
        age=glance.ago(state.given_at),
        open=state.open_at(now),
        undo=not undone and answer is not None and now < answer.undo_until,
        held_back=held_back,
        defer_until=iso(min(defer_until(now), state.expires_at)),
        answer=answer,
    )


def _due(glance: Glance, state: AdviceState, act_by: datetime) -> str:
    """By when to act, or since when it is overdue; once somebody has answered, it is that no longer."""
    overdue = state.open_at(glance.now) and glance.now >= act_by
    due = say("advice.overdue" if overdue else "advice.act_by", at=glance.clock(act_by))
    return say("advice.info_due", due=due) if state.card["indicator"] == "info" else due


def _pressing(indicator: str, remaining: timedelta) -> str:
    if indicator == "critical" or remaining <= timedelta():
        return "escalate"
    if indicator == "info":
        return "info"
    return "escalate" if remaining <= SOON else "tight"
