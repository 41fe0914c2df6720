"""What a page is made from: one view, the site, what the inbox counts, and which workflows may be seen."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from wardwise.govern.data.balance import Balance
from wardwise.govern.release.mode import mode_of
from wardwise.govern.runtime.lag import Lag
from wardwise.loop.capture.absence import WORKER, Absence, Unreached
from wardwise.loop.declare.workflow import Workflow
from wardwise.loop.derive.view import View
from wardwise.sites.site import Mode, Site
from wardwise.surfaces.web import words
from wardwise.surfaces.web.board.severity import Thresholds, thresholds_of
from wardwise.surfaces.wording import span

PREDICTIONS_BACK = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Unread:
    """Messages that the worker has left lying too long: how many wait, and when the oldest of them came."""

    waiting: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A stream that is published to: how far it is, why it is off if so, its broker where that takes nothing."""

    lag: Lag
    off: str
    broker: Unreached | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """What the inbox and the log say of receipts; `unread` when the worker does not read them; who is away now.

    `trouble` is why nothing is taken in now, if so; `nearly_full` when little room is left on the disk.
    """

    balance: Balance
    last_received: Mapping[str, datetime]
    unread: Unread | None
    absent: Mapping[str, Absence]
    unreached: Mapping[str, Unreached]
    trouble: str
    nearly_full: bool
    outgoing: tuple[Outgoing, ...] = ()


@dataclass(frozen=True, slots=True)
class Said:
    """The last prediction about an entity: its output, when it was made, and the tier it came from."""

    id: str
    entity: str
    at: datetime
    output: Mapping[str, Any]
    tier: Mapping[str, Any]

    @property
    def maker(self) -> str:
        """What the tier says of itself, and why not a better one answered."""
        says, why = str(self.tier.get("says", "")), str(self.tier.get("why", ""))
        return f"{says} ({why})" if why else says


@dataclass(frozen=True, slots=True)
class Glance:
    """One look at the site; everything on a page is read from the same one."""

    view: View
    workflows: Mapping[str, Workflow]
    doors: Doors

    @property
    def now(self) -> datetime:
        """The instant of the view."""
        return self.view.instant.at

    @property
    def site(self) -> Site:
        """The site as written."""
        return self.view.folder.site

    @property
    def thresholds(self) -> Thresholds:
        """The thresholds of the tiles."""
        return thresholds_of(self.site)

    @property
    def behind(self) -> bool:
        """Whether the worker has left something unread, is not there to read, or nothing is taken in."""
        return self.doors.unread is not None or WORKER in self.doors.absent or bool(self.doors.trouble)

    @property
    def known_at(self) -> datetime:
        """What the numbers are as of: now, or, while messages lie unread, the last that is sure to be in them."""
        unread = self.doors.unread
        if unread is None:
            return self.now
        history = self.view.history
        return min(history.recorded_at, unread.since) if history.position else unread.since

    def clock(self, at: datetime) -> str:
        """An instant in the site's local time, with the date where it is not today."""
        return words.clock(at, now=self.now, zone=self.site.zone)

    def ago(self, at: datetime) -> str:
        """How long ago an instant was."""
        return span(self.now - at)

    def title(self, unit: str | None) -> str:
        """What people call a unit; the whole hospital for None."""
        found = self.site.unit(unit) if unit else None
        return found.title if found else (unit or self.site.title)

    def shown(self, workflow: str, unit: str | None) -> bool:
        """Whether what a workflow says may stand on ward pages: not when it is off or in shadow."""
        declared = self.workflows.get(workflow)
        if declared is None:
            return False
        return mode_of(declared, self.view, unit) in {Mode.ASSISTIVE, Mode.DECISION_SUPPORT}

    def said(self, workflow: str, target: str) -> dict[str, Said]:
        """The last prediction by entity, of those that may be shown."""
        made = self.view.events("prediction.made", PREDICTIONS_BACK)
        ours = made.filter((pl.col("workflow") == workflow) & (pl.col("target") == target))
        last = ours.group_by("entity", maintain_order=True).last()
        every = (_said(row) for row in last.iter_rows(named=True) if self.shown(workflow, row["unit"] or row["entity"]))
        return {each.entity: each for each in every}


def _said(row: dict[str, Any]) -> Said:
    return Said(row["id"], row["entity"], row["occurred_at"], json.loads(row["output"]), json.loads(row["tier"]))
