"""The demand that staffing plans for: the last forecast of arrivals, read from the log as any other event."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from wardwise.hospital.shift import Shift
from wardwise.loop.derive.view import View

FORECASTER = "ed_demand"
FORECAST = "ed-arrivals-hourly"
SCENARIOS = {"base": "0.5", "high": "0.9", "surge": "0.975"}


@dataclass(frozen=True, slots=True)
class Demand:
    """One department's forecast: its event, when it was made, what it rests on, and its totals."""

    id: str
    made_at: datetime
    tier: str
    output: Mapping[str, Any]

    @property
    def surging(self) -> bool:
        """Whether a surge is on."""
        return self.output.get("surge", {}).get("is_surge") is True

    def scenario(self, starts: datetime, now: datetime) -> str:
        """The scenario to act on: the middle, and while a surge is on the surge for the shift it is in."""
        return "surge" if self.surging and starts <= now else "base"

    def arrivals(self, shift: Shift, scenario: str) -> float | None:
        """Arrivals of a shift in a scenario; None when the forecast does not tell of it.

        While a surge is on, the surge of the shift it falls in is at least the middle and what has come beyond it.
        """
        said = self.output.get("sums", {}).get(f"shift:{shift.key}")
        if said is None:
            return None
        arrivals = float(said[SCENARIOS[scenario]])
        if scenario == "surge" and self.surging and shift.start <= self.made_at:
            return max(arrivals, float(said["0.5"]) + float(self.output["surge"]["excess"]))
        return arrivals

    def range80(self, shift: Shift) -> tuple[float, float]:
        """The 80% range of a shift's arrivals."""
        said = self.output["sums"][f"shift:{shift.key}"]
        return float(said["0.1"]), float(said["0.9"])


def demand(view: View, unit: str, *, longest: timedelta) -> Demand | None:
    """The last forecast of a unit, at most so old; None when there is none or the last one said nothing."""
    made = view.events("prediction.made", longest).filter(
        (pl.col("workflow") == FORECASTER) & (pl.col("entity") == unit) & (pl.col("target") == FORECAST)
    )
    if made.is_empty():
        return None
    row = made.sort("position").row(-1, named=True)
    output = json.loads(row["output"])
    return Demand(row["id"], row["occurred_at"], json.loads(row["tier"])["tier"], output) if output else None
