"""Stays of a log as they would have been watched: what the score and the policy say at every instant of measuring."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from wardwise.hospital.place import name_of
from wardwise.loop.capture.canonical import Json
from wardwise.loop.capture.event import About
from wardwise.loop.capture.instant import Instant
from wardwise.loop.derive.history import History
from wardwise.loop.derive.view import View
from wardwise.loop.estimate.prediction import Prediction
from wardwise.rehearse.asked import Told
from wardwise.rehearse.burden.watched import Moment, Watched
from wardwise.workflows.deterioration.asked import Asked
from wardwise.workflows.deterioration.estimate import INCOMPLETE, OUTSIDE, SCORED, TARGET
from wardwise.workflows.deterioration.observed import MaxAge, Row, inputs_of, score_of
from wardwise.workflows.deterioration.population import age_in_years, outside

PLACES = ("stay.arrived", "stay.admitted", "stay.transferred")
AGES = ((16, "under 16"), (45, "16-44"), (65, "45-64"), (80, "65-79"))
OLDEST, NOT_TOLD = "80 and over", "not told"
DAY_HOURS = range(7, 19)

Where = Mapping[str, tuple[Sequence[datetime], Sequence[str]]]


@dataclass(frozen=True, slots=True)
class WatchedStay:
    """A stay by its encounter, and what was seen of it."""

    encounter: str
    watched: Watched


def watch(told: Told) -> list[WatchedStay]:
    """Every stay with a vital sign, in order of its encounter."""
    history = History(told.ground.log, told.ground.site)
    signs = history.table("sign.measured").filter(pl.col("encounter").is_not_null())
    if signs.is_empty():
        return []
    watching = _Watching(told, history)
    spine = signs.group_by("encounter", "known_at", maintain_order=True).agg(pl.col("position").max())
    spine = spine.select(pl.col("encounter").alias("entity"), pl.col("known_at").alias("at"), "position")
    rows = told.workflow.stages.features.compute(watching.view(_last(spine)), spine.sort("entity", "at", "position"))
    patients = dict(signs.select("encounter", pl.col("patient").fill_null(pl.col("encounter"))).iter_rows())
    return [
        WatchedStay(key[0], Watched(patients[key[0]], tuple(watching.moments(part.to_dicts()))))
        for key, part in rows.group_by("entity", maintain_order=True)
    ]


class _Watching:
    """Goes through the rows of stays by the workflow's own policies."""

    def __init__(self, told: Told, history: History) -> None:
        self.ground = told.ground
        self.files = told.workflow.files
        self.history = history
        self.zone = ZoneInfo(told.ground.folder.site.zone)
        self.where = _where(history)

    def view(self, instant: Instant) -> View:
        """The site at an instant."""
        return self.ground.view(instant, self.history)

    def moments(self, rows: Sequence[Row]) -> Iterator[Moment]:
        """The moments of one stay; a set that is not followed up counts as watched while it may be scored."""
        for row, following in zip(rows, [*rows[1:], None], strict=True):
            view = self.view(Instant(row["at"], row["position"]))
            unit = self._unit(row["entity"], row["at"])
            max_age = self._max_age(view, unit)
            longest = max(max_age.values())
            until = row["at"] + longest if following is None else min(following["at"], row["at"] + longest)
            found = self._found(view, row, unit, max_age)
            yield Moment(row["at"], (until - row["at"]) / timedelta(hours=1), self._groups(row, unit), found)

    def _found(self, view: View, row: Row, unit: str | None, max_age: MaxAge) -> dict[str, Any]:
        if outside(row, view, unit, policies=self.files.policies, strings=self.files.strings):
            return {"state": OUTSIDE, "components": {}, "response": None}
        score = score_of(inputs_of(row), row, then=row["at"], max_age=max_age)
        state = INCOMPLETE if score.score is None else SCORED
        output: dict[str, Json] = {"state": state, "components": dict(score.components), "partial": score.partial}
        asked = Prediction(entity=row["entity"], target=TARGET, output=output, about=About(unit=unit))
        return {"state": state, "components": score.components, "response": Asked(self.files).of(view, asked)}

    def _groups(self, row: Row, unit: str | None) -> dict[str, str]:
        place = self.ground.folder.site.unit(unit) if unit else None
        local = row["at"].astimezone(self.zone)
        return {
            "age": _age_band(age_in_years(row["born"], row["at"], self.zone.key)),
            "unit": name_of(unit) if unit else NOT_TOLD,
            "kind_of_unit": place.kind.value if place else NOT_TOLD,
            "time_of_day": "day" if local.hour in DAY_HOURS else "night",
        }

    def _unit(self, encounter: str, at: datetime) -> str | None:
        times, units = self.where.get(encounter, ((), ()))
        place = bisect_right(times, at)
        return units[place - 1] if place else None

    def _max_age(self, view: View, unit: str | None) -> MaxAge:
        rows = self.files.policies.value("input_max_age", at=view.instant.at, unit=unit).rows
        return {str(row["input"]): timedelta(minutes=int(row["minutes"])) for row in rows}


def _where(history: History) -> Where:
    parts = [history.table(kind).select("encounter", "occurred_at", "unit") for kind in PLACES]
    told = pl.concat(parts).drop_nulls().sort("encounter", "occurred_at")
    return {
        str(key[0]): (part["occurred_at"].to_list(), part["unit"].to_list())
        for key, part in told.group_by("encounter", maintain_order=True)
    }


def _last(spine: pl.DataFrame) -> Instant:
    return Instant(spine.select(pl.col("at").max()).item(), spine.select(pl.col("position").max()).item())


def _age_band(age: int | None) -> str:
    if age is None:
        return NOT_TOLD
    return next((name for below, name in AGES if age < below), OLDEST)
