"""Drifts that a steward took for the new normal, as far as that stands."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from wardwise.loop.derive.view import View

_KINDS = ("contract.breached", "drift.accepted")
_Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """One drift taken for the new normal: its finding, since when it was found, who said so and why."""

    id: str
    breach: str
    feed: str
    rule: str
    subject: str
    what: str
    since: datetime
    reason: str
    role: str
    actor: str
    at: datetime

    @property
    def signal(self) -> str:
        """The watched field and group: `lab.resulted value [lactate]`."""
        return self.subject.partition(": ")[0]

    @property
    def code(self) -> str:
        """The code it is about; empty where it is about the whole field."""
        return self.subject.partition(": ")[2]


def accepted(view: View) -> tuple[Acceptance, ...]:
    """What stands, in the order in which it was said.

    What was said of a finding that had ended by then counts for nothing: the log decides, not the clock of a screen.
    """
    return view.keep("accepted drifts", _read, kinds=_KINDS)


def _read(view: View) -> tuple[Acceptance, ...]:
    told = [(row["position"], row) for kind in _KINDS for row in view.events(kind).iter_rows(named=True)]
    broken: dict[_Key, dict[str, Any]] = {}
    standing: dict[str, Acceptance] = {}
    for _, row in sorted(told, key=lambda each: each[0]):
        key = row["feed"], row["rule"], row["subject"] or ""
        if "breach" not in row:
            broken[key] = row
        elif row["state"] == "withdrawn":
            standing.pop(row["breach"], None)
        elif (last := broken.get(key)) and last["id"] == row["breach"]:
            standing[row["breach"]] = _acceptance(row, last)
    return tuple(standing.values())


def _acceptance(row: dict[str, Any], finding: dict[str, Any]) -> Acceptance:
    return Acceptance(
        id=row["id"],
        breach=row["breach"],
        feed=row["feed"],
        rule=row["rule"],
        subject=row["subject"] or "",
        what=finding["what"],
        since=finding["occurred_at"],
        reason=row["reason"] or "",
        role=row["role"],
        actor=row["actor"],
        at=row["occurred_at"],
    )
