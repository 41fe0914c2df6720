"""A surge: more arrivals over the last hours than the season's range and a margin allow, at two refreshes running.

The contract's words: the lower 80% bound of the last 4 h excess over the seasonal expectation is above the declared
margin at two refreshes running.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from wardwise.learn.counts.excess import Excess, excess_over
from wardwise.loop.capture.event import Event
from wardwise.loop.declare.files import Files
from wardwise.loop.declare.rung import Tier
from wardwise.loop.derive.state.arrivals import arrivals_between
from wardwise.loop.derive.state.ed import departments
from wardwise.loop.derive.view import View
from wardwise.sites.policy import Policy
from wardwise.workflows.ed_demand.forecaster import by_model, hours_over
from wardwise.workflows.ed_demand.learnt import Learnt, model_in
from wardwise.workflows.ed_demand.outlook import ModelOutlook, stretch

NAME = "ed_demand"
HOURS = 4
WINDOW = timedelta(hours=HOURS)
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Refresh:
    """An earlier prediction of a department: its event, when it was made, and what it said of a surge."""

    id: str
    at: datetime
    surge: Mapping[str, Any]

    @property
    def above(self) -> bool:
        """Whether the excess was above the margin."""
        return self.surge.get("above") is True

    @property
    def is_surge(self) -> bool:
        """Whether it was the second refresh running."""
        return self.surge.get("is_surge") is True


@dataclass(frozen=True, slots=True)
class SurgeWatch:
    """Watches for surges by the site's policies."""

    files: Files

    def excess(self, view: View, unit: str, learnt: Learnt) -> Excess | None:
        """How many more came in the last 4 h than was to be expected before them; None when nobody can tell."""
        now = view.instant.at
        came = arrivals_between(view, unit, now - WINDOW, now)
        outlook = by_model(learnt)(view, unit, now - WINDOW, hours_over(now - WINDOW, now))
        if came is None or not isinstance(outlook, ModelOutlook):
            return None
        expected = outlook.cut(stretch(now - WINDOW, now))
        usual = max(float(expected.expected.sum()), 1.0)
        return excess_over(expected, came, hours=expected.expected.size, baseline=usual)

    def margin(self, view: View, unit: str) -> float:
        """Arrivals beyond the range that make it matter."""
        return float(self._policy(view, unit, "surge_margin").number)

    def level(self, view: View, unit: str, lower: float) -> int:
        """0 not above the margin, 1 above it, 2 so far above it that the house is told anew."""
        margin = self.margin(view, unit)
        again = margin * float(self._policy(view, unit, "surge_restated_at").number)
        return 0 if lower <= margin else 1 if lower <= again else 2

    def refresh_before(self, view: View, unit: str) -> Refresh | None:
        """The refresh this one follows on: old enough to be another one, young enough to be running."""
        least = int(self._policy(view, unit, "surge_refresh_least").number) * MINUTE
        longest = int(self._policy(view, unit, "surge_refresh_longest").number) * MINUTE
        made = [each for each in _refreshes(view, unit, longest) if each.at <= view.instant.at - least]
        return made[-1] if made else None

    def wakes(self, view: View, events: Sequence[Event]) -> bool:
        """Whether an arrival makes a surge that no refresh has told of yet, or one that has grown."""
        asked = {event.about.unit for event in events}
        return any(self._newly(view, unit) for unit in departments(view) if unit in asked)

    def _newly(self, view: View, unit: str) -> bool:
        before = self.refresh_before(view, unit)
        longest = int(self._policy(view, unit, "surge_refresh_longest").number) * MINUTE
        last = next(reversed(_refreshes(view, unit, longest)), None)
        if before is None or last is None or not before.above:
            return False
        told = self.level(view, unit, float(last.surge.get("lower80", "0"))) if last.is_surge else 0
        learnt = model_in(view, NAME) if told < 2 else None
        excess = self.excess(view, unit, learnt) if learnt else None
        return excess is not None and self.level(view, unit, excess.lower) > told

    def _policy(self, view: View, unit: str, name: str) -> Policy:
        return self.files.policies.value(name, at=view.instant.at, unit=unit)


def _refreshes(view: View, unit: str, back: timedelta) -> list[Refresh]:
    """Predictions of the last minutes from the full model, oldest first; others tell of no surge."""
    made = view.events("prediction.made", back).filter((pl.col("workflow") == NAME) & (pl.col("entity") == unit))
    rows = made.sort("position").select("id", "occurred_at", "output", "tier").iter_rows()
    return [
        Refresh(identifier, at, json.loads(output).get("surge", {}))
        for identifier, at, output, tier in rows
        if json.loads(tier)["tier"] == Tier.FULL.value
    ]
