"""Arrivals per hour of a unit: counted history first, then the stays that came through the door."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from wardwise.loop.derive.view import View


@dataclass(frozen=True, slots=True)
class HourlyArrivals:
    """Counts of whole UTC hours: `counts[i]` arrived in the hour that starts at `start` + i hours.

    `sources` are the last events counted; `running` is the count of the hour still going on.
    """

    start: datetime
    counts: tuple[int, ...]
    running: int
    sources: tuple[str, ...]


def hourly_arrivals(view: View, unit: str, *, back: timedelta) -> HourlyArrivals:
    """The hours before the view's instant, newest last; hours nobody counted and nobody arrived in are 0.

    A counted hour wins over stays of the same hour: the source counted patients our feed may have missed.
    """
    now = view.instant.at
    this_hour = now.replace(minute=0, second=0, microsecond=0)
    start = this_hour - timedelta(hours=int(back.total_seconds() // 3600))
    counted = _counted(view, unit, start)
    came = _came(view, unit, start)
    hours = int((this_hour - start).total_seconds() // 3600)
    first = min(counted | came, default=this_hour)
    start = max(start, first)
    hours = int((this_hour - start).total_seconds() // 3600)
    every = [start + timedelta(hours=i) for i in range(hours)]
    counts = tuple(counted.get(hour, came.get(hour, 0)) for hour in every)
    return HourlyArrivals(start, counts, came.get(this_hour, 0), _last_sources(view, unit))


def _counted(view: View, unit: str, start: datetime) -> dict[datetime, int]:
    events = view.events("arrivals.counted").filter((pl.col("unit") == unit) & (pl.col("hour") >= start))
    return dict(events.select("hour", "count").iter_rows())


def _came(view: View, unit: str, start: datetime) -> dict[datetime, int]:
    events = _arrived(view, unit).filter(pl.col("occurred_at") >= start)
    by_hour = events.group_by(pl.col("occurred_at").dt.truncate("1h").alias("hour")).agg(pl.len().alias("n"))
    return {hour: int(n) for hour, n in by_hour.iter_rows()}


def _arrived(view: View, unit: str) -> pl.DataFrame:
    gone = view.events("stay.cancelled").filter(pl.col("target") == "stay.arrived")
    came = view.events("stay.arrived").filter(pl.col("unit") == unit)
    return came.join(gone, on="encounter", how="anti").unique("encounter", keep="first", maintain_order=True)


def _last_sources(view: View, unit: str) -> tuple[str, ...]:
    stays = _arrived(view, unit).tail(3)["id"].to_list()
    if stays:
        return tuple(stays)
    counted = view.events("arrivals.counted").filter(pl.col("unit") == unit)
    return tuple(counted.tail(1)["id"].to_list())
