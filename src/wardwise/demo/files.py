"""The CSV files the workforce system and the data warehouse drop, as text with a header and CRLF (RFC 4180)."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from wardwise.demo.arrivals import arrivals
from wardwise.demo.roster import CallOut, Duty, call_outs, roster, staff
from wardwise.demo.setting import Setting

HISTORY = timedelta(days=730)
ROSTER_HEADER = (
    "Employee ID", "Name", "Unit", "Date", "Shift", "Start", "End", "Skill", "Contract", "Status", "Reason", "Updated",
)  # fmt: skip
STAFF_HEADER = ("Employee ID", "Name", "Home unit", "Skills", "Contract", "Hours per week", "Updated")
HISTORY_HEADER = ("Hour", "Arrivals")
BEFORE = timedelta(minutes=10)  # the first exports were written this long before the start
DAY = timedelta(days=1)
Row = Sequence[object]


@dataclass(frozen=True, slots=True)
class Drop:
    """A file that is to lie in a feed's drop folder from an instant on."""

    at: datetime
    feed: str
    name: str
    body: bytes


def drops(setting: Setting) -> list[Drop]:
    """Every file of the demo, in the order they fall due."""
    found = [*_opening(setting), *_hourly(setting), *_daily(setting)]
    return sorted(found, key=lambda drop: (drop.at, drop.feed, drop.name))


def _opening(setting: Setting) -> Iterator[Drop]:
    written = _stamp(setting, setting.start - BEFORE)
    start = setting.start
    nurses = (
        (one.id, one.name, one.unit.id.upper(), ";".join(one.skills), one.contract, one.hours, written)
        for one in staff(setting)
    )
    yield Drop(start, "staff", f"staff_{_day(setting, start)}.csv", _csv(STAFF_HEADER, nurses))
    planned = (_row(setting, duty, status="scheduled", updated=written) for duty in roster(setting))
    yield Drop(start, "roster", f"roster_{_day(setting, start)}.csv", _csv(ROSTER_HEADER, planned))
    past = _counted(setting, start - HISTORY, start.replace(minute=0))
    yield Drop(start, "ed-history", "ed_history_two_years.csv", _csv(HISTORY_HEADER, past))


def _hourly(setting: Setting) -> Iterator[Drop]:
    """The workforce system exports every hour what it touched: call-outs, and one unit's next shift confirmed."""
    duties = roster(setting)
    outs = call_outs(setting, duties)
    gone = {out.duty: out.at for out in outs}
    at, unit = setting.start + timedelta(minutes=50), 0
    while at < setting.end:
        recent = [out for out in outs if at - timedelta(hours=1) < out.at <= at]
        place = setting.places[unit % len(setting.places)]
        unit += 1
        ahead = [duty for duty in duties if duty.nurse.unit is place and duty.shift.start > at]
        soon = min((duty.shift.start for duty in ahead), default=at)
        sure = [duty for duty in ahead if duty.shift.start == soon and gone.get(duty, at) >= at]
        name = f"roster_{_stamp(setting, at, form='%Y%m%d_%H%M')}_changes.csv"
        yield Drop(at, "roster", name, _csv(ROSTER_HEADER, _changes(setting, at, recent, sure)))
        at += timedelta(hours=1)


def _changes(setting: Setting, at: datetime, outs: list[CallOut], sure: list[Duty]) -> Iterator[Row]:
    for out in outs:
        yield _row(setting, out.duty, status="called out", updated=_stamp(setting, out.at), reason=out.reason)
    for duty in sure:
        yield _row(setting, duty, status="confirmed", updated=_stamp(setting, at))


def _daily(setting: Setting) -> Iterator[Drop]:
    """The data warehouse counts yesterday's arrivals at ten past one in the morning."""
    at = setting.local(setting.start).replace(hour=1, minute=10) + DAY
    while at < setting.end:
        began = (at - DAY).replace(hour=0, minute=0)
        rows = _counted(setting, max(began, setting.start), began + DAY)
        yield Drop(at, "ed-history", f"ed_history_{began:%Y-%m-%d}.csv", _csv(HISTORY_HEADER, rows))
        at += DAY


def _counted(setting: Setting, start: datetime, end: datetime) -> list[Row]:
    # The warehouse counts by the clock on the wall: the hour an autumn night has twice is one row.
    by_hour: dict[str, int] = {}
    for hour, count in arrivals(setting, start, end):
        key = _stamp(setting, hour)
        by_hour[key] = by_hour.get(key, 0) + count
    return list(by_hour.items())


def _row(setting: Setting, duty: Duty, *, status: str, updated: str, reason: str = "") -> Row:
    nurse, shift = duty.nurse, duty.shift
    return (
        nurse.id,
        nurse.name,
        nurse.unit.id.upper(),
        shift.day.isoformat(),
        shift.name.upper(),
        _stamp(setting, shift.start, form="%H:%M"),
        _stamp(setting, shift.end, form="%H:%M"),
        nurse.unit.skill,
        nurse.contract,
        status,
        reason,
        updated,
    )


def _stamp(setting: Setting, at: datetime, *, form: str = "%Y-%m-%d %H:%M") -> str:
    return setting.local(at).strftime(form)


def _day(setting: Setting, at: datetime) -> date:
    return setting.local(at).date()


def _csv(header: Row, rows: Iterable[Row]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode()
