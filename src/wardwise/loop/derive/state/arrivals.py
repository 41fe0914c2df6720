"""Arrivals per hour of a unit: counted history first, then the stays that came through the door."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt
import polars as pl

from wardwise.hospital.moment import micros
from wardwise.loop.capture.event import Status
from wardwise.loop.derive.fold.cancels import WHOLE, Told, cancelled_ids
from wardwise.loop.derive.view import View

ARRIVED = "stay.arrived"
HOUR = timedelta(hours=1)
LOOKBACK = timedelta(days=100)
Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class HourlyArrivals:
    """Counts of whole UTC hours: `counts[i]` arrived in the hour that starts at `start` + i hours.

    None stands for an hour nobody can tell of. `sources` are the last events counted; `running` is the
    count of the hour still going on.
    """

    start: datetime
    counts: tuple[int | None, ...]
    running: int
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Told:
    """What the log tells of a unit's arrivals: counts by hour, arrivals by hour and by instant, and silences."""

    counted: Mapping[datetime, int]
    came: Mapping[datetime, int]
    instants: npt.NDArray[np.int64]
    sources: tuple[str, ...]
    live_from: datetime
    silences: tuple[Span, ...]

    def of(self, hour: datetime) -> int | None:
        """A counted hour wins over stays of the same hour: the source counted patients our feed may have missed."""
        return self.counted[hour] if hour in self.counted else self.live(hour)

    def live(self, hour: datetime) -> int | None:
        """Stays of an hour; none at all means 0 only while the feed that tells of them was there and spoke."""
        if hour in self.came:
            return self.came[hour]
        end = hour + HOUR
        silent = any(since < end and until > hour for since, until in self.silences)
        return None if hour < self.live_from or silent else 0

    def between(self, start: datetime, end: datetime) -> int:
        """Stays that began in `[start, end)`."""
        first, last = np.searchsorted(self.instants, [micros(start), micros(end)])
        return int(last - first)


def hourly_arrivals(view: View, unit: str, *, back: timedelta) -> HourlyArrivals:
    """The hours before the view's instant, newest last, from the first that anybody told of."""
    this_hour = _hour_of(view.instant.at)
    told = _told(view, unit, back)
    start = min([*told.counted, *told.came], default=this_hour)
    every = [start + index * HOUR for index in range(int((this_hour - start) // HOUR))]
    counts = tuple(told.of(hour) for hour in every)
    return HourlyArrivals(start, counts, told.came.get(this_hour, 0), told.sources)


def arrivals_between(view: View, unit: str, start: datetime, end: datetime) -> int | None:
    """How many came in `[start, end)`; None when an hour of it is not told of or lies further back than LOOKBACK.

    Stays count by their instant. Of an hour known by its count alone, a part counts by its share.
    """
    told = _told(view, unit, LOOKBACK)
    total, shares = 0, 0.0
    hour = _hour_of(start)
    while hour < end:
        first, last = max(hour, start), min(hour + HOUR, end)
        whole = last - first == HOUR
        count = told.of(hour) if whole else told.live(hour)
        if count is None and hour in told.counted:
            shares += told.counted[hour] * ((last - first) / HOUR)
        elif count is None:
            return None
        else:
            total += count if whole else told.between(first, last)
        hour += HOUR
    return total + round(shares)


def _told(view: View, unit: str, back: timedelta) -> _Told:
    start = _hour_of(view.instant.at) - int(back // HOUR) * HOUR
    found = view.keep(f"arrivals of {unit} from {start}", lambda view: _read(view, unit, start))
    assert isinstance(found, _Told)  # noqa: S101 - the view keeps Any
    return found


def _read(view: View, unit: str, start: datetime) -> _Told:
    counted = view.keep(
        f"counted of {unit} from {start}", lambda seen: _counted(seen, unit, start), kinds=("arrivals.counted",)
    )
    arrived = _arrived(view, unit).filter(pl.col("occurred_at") >= start)
    by_hour = arrived.group_by(pl.col("occurred_at").dt.truncate("1h").alias("hour")).agg(pl.len().alias("n"))
    came = {hour: int(n) for hour, n in by_hour.iter_rows()}
    return _Told(
        counted=counted,
        came=came,
        instants=arrived["occurred_at"].to_physical().to_numpy(),
        sources=tuple(arrived.tail(3)["id"].to_list() or _last_counted(view, unit)),
        live_from=min(came, default=view.instant.at),
        silences=_silences(view),
    )


def _counted(view: View, unit: str, start: datetime) -> dict[datetime, int]:
    events = view.events("arrivals.counted").filter((pl.col("unit") == unit) & (pl.col("hour") >= start))
    return dict(events.select("hour", "count").iter_rows())


def _silences(view: View) -> tuple[Span, ...]:
    """When a feed that tells of arrivals was silent; of two that tell of the same, when both were."""
    telling = [name for name, contract in view.folder.contracts.items() if contract.provided(ARRIVED)]
    silent = {name: _silent(view, name) for name in telling}
    for pair in view.folder.site.two_sources:
        if pair.tells(ARRIVED) and silent.keys() >= set(pair.feeds):
            first, second = (silent.pop(name) for name in pair.feeds)
            both = [(max(one[0], other[0]), min(one[1], other[1])) for one in first for other in second]
            silent[pair.second] = [(since, until) for since, until in both if since < until]
    return tuple(span for spans in silent.values() for span in spans)


def _silent(view: View, feed: str) -> list[Span]:
    """When a feed was silent; one that is still silent is so until the view's instant."""
    found: list[Span] = []
    since: datetime | None = None
    for row in view.events("feed.silent").filter(pl.col("feed") == feed).iter_rows(named=True):
        if row["state"] == "silent":
            since = row["last_at"]
        elif since is not None:
            found.append((since, row["occurred_at"]))
            since = None
    return [*found, (since, view.instant.at)] if since is not None else found


def _told_of(view: View, kind: str) -> pl.DataFrame:
    """The events of a kind, without those of a second source that only stands by."""
    seconds = [pair.second for pair in view.folder.site.two_sources if pair.tells(kind)]
    return view.events(kind).filter(~(pl.col("source").is_in(seconds) & (pl.col("status") == Status.SUSPECT.value)))


def _arrived(view: View, unit: str) -> pl.DataFrame:
    came = _told_of(view, ARRIVED).filter(pl.col("unit") == unit)
    standing = came.filter(~pl.col("id").is_in(_cancelled(view)))
    return standing.unique("encounter", keep="first", maintain_order=True)


def _cancelled(view: View) -> list[str]:
    """Ids of arrivals, at whatever unit, that a cancel undid."""
    cancels = _told_of(view, "stay.cancelled").filter(pl.col("target").is_in([ARRIVED, WHOLE]))
    if cancels.is_empty():
        return []
    arrivals = _told_of(view, ARRIVED).join(cancels, on="encounter", how="semi", maintain_order="left")
    came: dict[str, list[Told]] = {}
    for stay, event, at in arrivals.select("encounter", "id", "occurred_at").iter_rows():
        came.setdefault(stay, []).append(Told(event, ARRIVED, at))
    undone: dict[str, list[Told]] = {}
    rows = cancels.select("encounter", "id", "occurred_at", "target", "target_occurred_at")
    for stay, event, at, target, named in rows.iter_rows():
        undone.setdefault(stay, []).append(Told(event, "stay.cancelled", at, target=target, named=named))
    return [gone for stay, told in undone.items() for gone in sorted(cancelled_ids(came.get(stay, []), told)[0])]


def _last_counted(view: View, unit: str) -> list[str]:
    counted = view.events("arrivals.counted").filter(pl.col("unit") == unit)
    return counted.tail(1)["id"].to_list()


def _hour_of(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)
