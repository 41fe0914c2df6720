"""Which rules of which contracts are broken at an instant, and since when."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from wardwise.loop.derive.state.acceptances import accepted
from wardwise.loop.derive.view import View
from wardwise.sites.watch import Drift

STATELESS_LASTS = timedelta(hours=1)  # a breach that was told without a state
_DRIFTS = frozenset(drift.value for drift in Drift)
_KEY = ("feed", "rule", "subject")


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """One rule that is broken. Without `event` it touches every kind of the feed; without `field` every field."""

    id: str
    feed: str
    rule: str
    subject: str
    drift: str
    event: str | None
    field: str | None
    what: str
    steps_down: bool
    since: datetime

    @property
    def key(self) -> tuple[str, str, str]:
        """Feed, rule and subject: one of each stands at a time."""
        return self.feed, self.rule, self.subject

    @property
    def says(self) -> str:
        """`feed oru breaks its contract (range of sign.measured value)`."""
        return f"feed {self.feed} breaks its contract ({self.rule}{f' of {self.subject}' if self.subject else ''})"

    @property
    def is_drift(self) -> bool:
        """Whether it is a drift of a watched field, which may become the new normal."""
        return self.event is not None and self.rule in _DRIFTS

    def touches(self, kind: str, fields: tuple[str, ...]) -> bool:
        """Whether a reader of these fields of a kind (of all of them when none is named) is touched."""
        of_kind = self.event is None or self.event == kind
        return of_kind and (self.field is None or not fields or self.field in fields)


def breaches(view: View) -> tuple[Breach, ...]:
    """Every broken rule at the view's instant, in the order they broke; an accepted drift is none."""
    told = view.keep("breaches told", _last_told, kinds=("contract.breached", "drift.accepted"))
    stateless = view.instant.at - STATELESS_LASTS
    return tuple(breach for breach, lasting in told if lasting or breach.since > stateless)


def _last_told(view: View) -> list[tuple[Breach, bool]]:
    told = view.events("contract.breached").sort("position").with_columns(pl.col("subject").fill_null(""))
    last = told.group_by(_KEY, maintain_order=True).last().sort("position")
    rows = last.filter(pl.col("state").is_null() | (pl.col("state") == "broken"))
    normal = {each.breach for each in accepted(view)}
    return [(_breach(row), row["state"] is not None) for row in rows.iter_rows(named=True) if row["id"] not in normal]


def _breach(row: dict[str, Any]) -> Breach:
    return Breach(
        id=row["id"],
        feed=row["feed"],
        rule=row["rule"],
        subject=row["subject"],
        drift=row["drift"] or "schema",
        event=row["event"],
        field=row["field"],
        what=row["what"],
        steps_down=row["steps_down"] is not False,
        since=row["occurred_at"],
    )
