"""What counts as better: shifts that had the nurses their arrivals needed, without calling people for nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from wardwise.hospital.moment import from_iso
from wardwise.hospital.shift import Shift
from wardwise.loop.capture.canonical import Json, decimal
from wardwise.loop.capture.event import Event
from wardwise.loop.declare.files import Files
from wardwise.loop.declare.promise import Kpi
from wardwise.loop.derive.state.arrivals import arrivals_between
from wardwise.loop.derive.state.roster import on_shift
from wardwise.loop.derive.view import View
from wardwise.loop.verify.outcome import Measured
from wardwise.workflows.staffing.calls import accepted_calls
from wardwise.workflows.staffing.grid import grid_of, nurses_for

REFRESH = timedelta(minutes=15)
LONGEST = timedelta(days=3)
JUDGED_AFTER = timedelta(hours=28)
"""Later than the end of any shift advised on: half a day ahead at most, and a shift."""

_CALL = ":call-"
_HOUR = timedelta(hours=1)
_INTERVAL = timedelta(hours=4)

Row = Mapping[str, Any]


def kpis(files: Files) -> tuple[Kpi, ...]:
    """The measures of this workflow; the last is the counter-measure."""
    judge, says = Judge(files), files.strings
    return (
        Kpi("coverage", 1, says["kpi_coverage"], "prediction.made", _shift_over, judge.coverage, LONGEST),
        Kpi("short_intervals", 1, says["kpi_short"], "prediction.made", _shift_over, judge.short_intervals, LONGEST),
        Kpi(
            "overcalled_hours",
            2,
            says["kpi_overcalled"],
            "advice.given",
            _advised_over,
            judge.overcalled_hours,
            LONGEST,
            counter=True,
        ),
    )


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges a shift once it is over, by the grid in force when it began."""

    files: Files

    def coverage(self, view: View, event: Event) -> Measured | None:
        """Nurses rostered, call-outs left out, against the nurses needed by the arrivals that came."""
        shift, unit = _starting(event), str(event.payload["entity"])
        came = arrivals_between(view, unit, shift.start, shift.end) if shift else None
        if shift is None or came is None:
            return None
        needed, rostered = self._needed(unit, shift, came), len(on_shift(view, unit, shift.start))
        detail: dict[str, Json] = {"shift": shift.key, "came": came, "short": max(needed - rostered, 0)}
        return _measured(shift, str(rostered), str(needed), detail=detail)

    def short_intervals(self, view: View, event: Event) -> Measured | None:
        """Intervals of 4 h of the shift whose arrivals, had they come at that pace all shift, needed more nurses."""
        shift, unit = _starting(event), str(event.payload["entity"])
        if shift is None:
            return None
        rostered, short, start = len(on_shift(view, unit, shift.start)), 0, shift.start
        while start < shift.end:
            end = min(start + _INTERVAL, shift.end)
            came = arrivals_between(view, unit, start, end)
            if came is None:
                return None
            pace = came * ((shift.end - shift.start) / (end - start))
            short += self._needed(unit, shift, pace) > rostered
            start = end
        return _measured(shift, str(short), "0", detail={"shift": shift.key, "rostered": rostered})

    def overcalled_hours(self, view: View, event: Event) -> Measured | None:
        """Hours of float nurses called on accepted advice beyond what the arrivals needed, net of who was short.

        A call counts those before it in; each is judged by the nurses it added, the last ones called as the first
        too many, so that the hours of all calls to a shift add up to those of the nurses called for nothing.
        """
        shift, unit = _advised(view, event), str(event.payload["entity"])
        calls = accepted_calls(view, unit, shift) if shift else []
        number = next((each for each, call in enumerate(calls) if call.advice.id == event.id), None)
        if shift is None or number is None:
            return None
        counts = [call.action.count for call in calls]
        before, so_far = max(counts[:number], default=0), max(counts[: number + 1])
        called, later = so_far - before, max(counts) - so_far
        came = arrivals_between(view, unit, shift.start, shift.end)
        if came is None:
            return None
        spare = max(len(on_shift(view, unit, shift.start)) - self._needed(unit, shift, came), 0)
        hours = min(max(spare - later, 0), called) * ((shift.end - max(shift.start, event.occurred_at)) / _HOUR)
        return _measured(shift, decimal(round(hours, 2)), "0", detail={"shift": shift.key, "called": called})

    def _needed(self, unit: str, shift: Shift, came: float) -> int:
        return nurses_for(came, shift, grid_of(self.files.policies, shift, unit))


def _shift_over(event: Event) -> datetime | None:
    shift = _starting(event)
    return shift.end if shift else None


def _advised_over(event: Event) -> datetime | None:
    return event.occurred_at + JUDGED_AFTER if _CALL in str(event.payload["state"]) else None


def _starting(event: Event) -> Shift | None:
    """The shift that begins within a quarter of an hour: the last refresh before it stands for it."""
    output = event.payload.get("output")
    rows = output.get("shifts", ()) if isinstance(output, Mapping) else ()
    for row in rows if isinstance(rows, list | tuple) else ():
        shift = _shift(row) if isinstance(row, Mapping) else None
        if shift and timedelta() < shift.start - event.occurred_at <= REFRESH:
            return shift
    return None


def _shift(row: Row) -> Shift:
    return Shift(row["name"], date.fromisoformat(row["shift"][:10]), from_iso(row["starts"]), from_iso(row["ends"]))


def _advised(view: View, event: Event) -> Shift | None:
    """The shift of advice to call nurses, from its state `2026-03-01/night:call-1`."""
    key = str(event.payload["state"]).partition(_CALL)[0]
    day, _, name = key.partition("/")
    site = view.folder.site
    pattern = next((each for each in site.patterns if each.name == name), None)
    return pattern.on(date.fromisoformat(day), site.zone) if pattern else None


def _measured(shift: Shift, value: str, expected: str, *, detail: Mapping[str, Json]) -> Measured:
    return Measured(value=value, expected=expected, start=shift.start, end=shift.end, detail=detail)
