"""Advice as it stands: open, answered, deferred or expired."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from wardwise.loop.derive.view import View

LOOKBACK = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class AdviceState:
    """One piece of advice and what has become of it by the view's instant."""

    id: str
    workflow: str
    entity: str
    state: str
    unit: str | None
    encounter: str | None
    patient: str | None
    given_at: datetime
    expires_at: datetime
    card: dict[str, Any]
    shown: bool
    withheld: str | None
    answer: str | None = None
    answered_by: str | None = None
    until: datetime | None = None

    def open_at(self, at: datetime) -> bool:
        """Whether somebody may still answer it: shown, not expired, not answered; a deferral that has run out counts."""
        if not self.shown or at >= self.expires_at:
            return False
        if self.answer in (None, "withdrawn"):
            return True
        return self.answer == "deferred" and self.until is not None and at >= self.until

    def pending_at(self, at: datetime) -> bool:
        """Whether a repeat of the same state should be held back: not expired, whatever was answered."""
        return self.shown and at < self.expires_at


def advice_states(view: View) -> list[AdviceState]:
    """Advice of the last three days with its last answer, in order of when it was given."""
    found = view.keep("advice", _fold)
    assert isinstance(found, list)  # noqa: S101 - the view keeps Any
    return found


def _fold(view: View) -> list[AdviceState]:
    given = view.events("advice.given", LOOKBACK)
    delivered = {row["cause"]: row for row in view.events("delivery.made", LOOKBACK).iter_rows(named=True)}
    answers = {row["cause"]: row for row in _answers(view).iter_rows(named=True)}
    return [_state(row, delivered.get(row["id"]), answers.get(row["id"])) for row in given.iter_rows(named=True)]


def _answers(view: View) -> pl.DataFrame:
    return view.events("response.given", LOOKBACK).sort("position")


def _state(row: dict[str, Any], delivery: dict[str, Any] | None, answer: dict[str, Any] | None) -> AdviceState:
    withheld = delivery["reason"] if delivery and delivery["status"] == "withheld" else None
    return AdviceState(
        id=row["id"],
        workflow=row["workflow"],
        entity=row["entity"],
        state=row["state"],
        unit=row["unit"],
        encounter=row["encounter"],
        patient=row["patient"],
        given_at=row["occurred_at"],
        expires_at=row["expires_at"],
        card=json.loads(row["card"]),
        shown=delivery is not None and delivery["status"] != "withheld",
        withheld=withheld,
        answer=answer["answer"] if answer else None,
        answered_by=answer["role"] if answer else None,
        until=answer["until"] if answer else None,
    )
