"""Advice as it stands: open, answered, deferred, ended or expired."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import polars as pl

from wardwise.loop.derive.view import View

LOOKBACK = timedelta(days=3)
REPEAT = "repeat of "
KINDS = ("advice.given", "delivery.made", "response.given", "advice.ended")
SETTLED = ("accepted", "overridden", "ignored")


@dataclass(frozen=True, slots=True)
class AdviceState:
    """One piece of advice and what has become of it by the view's instant."""

    id: str
    workflow: str
    entity: str
    state: str
    unit: str | None
    bed: str | None
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
    ended: str | None = None
    ended_says: str | None = None
    ended_at: datetime | None = None

    def open_at(self, at: datetime) -> bool:
        """Whether somebody may still answer it: shown, not over, unanswered or deferred until before now."""
        if not self.shown or self.ended or at >= self.expires_at:
            return False
        if self.answer in (None, "withdrawn"):
            return True
        return self.answer == "deferred" and self.until is not None and at >= self.until

    def pending_at(self, at: datetime) -> bool:
        """Whether a repeat of the same state should be held back: not over, whatever was answered.

        Advice withheld by its mode counts, a repeat does not: only the first of a state stands.
        """
        first = self.shown or (self.withheld is not None and not self.withheld.startswith(REPEAT))
        return first and not self.ended and at < self.expires_at

    @property
    def settled(self) -> bool:
        """Whether somebody has decided: accepted or overridden, or ignored to its end; nothing later ends it."""
        return self.answer in SETTLED

    def unsettled_at(self, at: datetime) -> bool:
        """Whether it stands and nobody has decided on it, so that it ends when it no longer holds."""
        return self.pending_at(at) and not self.settled


def advice_states(view: View) -> list[AdviceState]:
    """Advice of the last three days with its last answer, in order of when it was given."""
    since = view.instant.at.replace(minute=0, second=0, microsecond=0) - LOOKBACK
    return view.keep(f"advice since {since}", lambda seen: _fold(seen, since), kinds=KINDS)


def _fold(view: View, since: datetime) -> list[AdviceState]:
    given, made, said, over = (view.events(kind).filter(pl.col("occurred_at") > since) for kind in KINDS)
    deliveries = dict(made.select("cause", "id").iter_rows())
    answers = dict(said.sort("position").select("cause", "id").iter_rows())
    ends = dict(over.select("advice", "id").iter_rows())
    known = view.history.memo("advice")
    keys = [(advice, deliveries.get(advice), answers.get(advice), ends.get(advice)) for advice in given["id"]]
    if any(key not in known for key in keys):
        rows = {row["id"]: row for part in (given, made, said, over) for row in part.iter_rows(named=True)}
        known.update({key: _state(rows[key[0]], *(rows.get(of) for of in key[1:])) for key in keys if key not in known})
    return [known[key] for key in keys]


def _state(
    row: dict[str, Any],
    delivery: dict[str, Any] | None,
    answer: dict[str, Any] | None,
    end: dict[str, Any] | None,
) -> AdviceState:
    withheld = delivery["reason"] if delivery and delivery["payload_status"] == "withheld" else None
    return AdviceState(
        id=row["id"],
        workflow=row["workflow"],
        entity=row["entity"],
        state=row["state"],
        unit=row["unit"],
        bed=row["bed"],
        encounter=row["encounter"],
        patient=row["patient"],
        given_at=row["occurred_at"],
        expires_at=row["expires_at"],
        card=_card(row["card"]),
        shown=delivery is not None and delivery["payload_status"] != "withheld",
        withheld=withheld,
        answer=answer["answer"] if answer else None,
        answered_by=answer["role"] if answer else None,
        until=answer["until"] if answer else None,
        ended=end["by"] if end else None,
        ended_says=end["says"] if end else None,
        ended_at=end["occurred_at"] if end else None,
    )


@lru_cache(maxsize=4096)
def _card(text: str) -> dict[str, Any]:
    # The same card is looked at again on every turn; nobody may change it.
    read: dict[str, Any] = json.loads(text)
    return read
