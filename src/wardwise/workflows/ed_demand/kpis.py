"""What counts as better: forecasts that held; and the false alarms and their number, which must not grow with it."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from wardwise.hospital.moment import from_iso
from wardwise.loop.capture.canonical import Json
from wardwise.loop.capture.event import Event
from wardwise.loop.declare.files import Files
from wardwise.loop.declare.promise import Kpi
from wardwise.loop.derive.state.advice import advice_states
from wardwise.loop.derive.state.arrivals import arrivals_between
from wardwise.loop.derive.view import View
from wardwise.loop.verify.outcome import Measured
from wardwise.workflows.ed_demand.said import NEXT, text
from wardwise.workflows.ed_demand.surge import NAME

WEEK = timedelta(days=7)
LEAD = timedelta(hours=2)
REFRESH = timedelta(minutes=15)

Measure = Callable[[View, Event], Measured | None]


def kpis(files: Files) -> tuple[Kpi, ...]:
    """The measures of this workflow; the last two are the counter-measures."""
    says = files.strings
    return (
        Kpi("next_4h", 1, says["kpi_next_4h"], "prediction.made", _after_next, next_4h, timedelta(days=1)),
        Kpi("shift_total", 1, says["kpi_shift_total"], "prediction.made", _after_shift, shift_total, timedelta(days=2)),
        _counter("false_surge", says, due=_after_advice, measure=false_surge),
        _counter("surges_a_week", says, due=_at_once, measure=surges_a_week(files)),
    )


def _counter(name: str, says: Mapping[str, str], *, due: Callable[[Event], datetime], measure: Measure) -> Kpi:
    return Kpi(name, 1, says[f"kpi_{name}"], "advice.given", due, measure, WEEK, counter=True)


def next_4h(view: View, event: Event) -> Measured | None:
    """Arrivals in the 4 h after a forecast, against its median; `inside` its 80% range."""
    said = _output(event).get("sums", {}).get("next4h", {})
    return _judged(view, event, said, start=event.occurred_at, end=event.occurred_at + NEXT)


def shift_total(view: View, event: Event) -> Measured | None:
    """Arrivals of a shift against the median said two hours before it began; `inside` its 80% range."""
    said = _shift_soon(event)
    return _judged(view, event, said, start=from_iso(said["from"]), end=from_iso(said["to"])) if said else None


def false_surge(view: View, event: Event) -> Measured | None:
    """1 when the 4 h after advice on a surge brought no more than the upper end of their 80% range, else 0.

    That range is the season's: a surge that goes on breaks it. Repeats that were held back are judged with the first.
    """
    cause = view.events("prediction.made", 2 * NEXT).filter(pl.col("id") == event.caused_by[0])
    if cause.is_empty() or _is_repeat(view, event):
        return None
    said = json.loads(cause["output"][0])["sums"]["next4h"]
    start, end = event.occurred_at, event.occurred_at + NEXT
    came = arrivals_between(view, str(event.payload["entity"]), start, end)
    if came is None:
        return None
    value = "0" if came > float(said["0.9"]) else "1"
    return Measured(value=value, expected="0", start=start, end=end, detail={"came": came, "upper": said["0.9"]})


def surges_a_week(files: Files) -> Measure:
    """Advice on surges sent over the seven days up to each, against the ceiling of the policy."""

    def measure(view: View, event: Event) -> Measured | None:
        end = event.occurred_at
        if _is_repeat(view, event):
            return None
        within = (pl.col("occurred_at") > end - WEEK) & (pl.col("occurred_at") <= end)
        ours = (pl.col("workflow") == NAME) & (pl.col("entity") == event.payload["entity"])
        given = view.events("advice.given").filter(within & ours)
        sent = view.events("delivery.made").filter(within & (pl.col("payload_status") == "sent"))
        count = given.filter(pl.col("id").is_in(sent["cause"].to_list())).height
        ceiling = files.policies.value("surges_a_week", at=end).number
        return Measured(value=str(count), expected=str(ceiling), start=end - WEEK, end=end)

    return measure


def _judged(view: View, event: Event, said: Mapping[str, str], *, start: datetime, end: datetime) -> Measured | None:
    came = arrivals_between(view, str(event.payload["entity"]), start, end)
    if came is None or not said:
        return None
    low, middle, high = (float(said[level]) for level in ("0.1", "0.5", "0.9"))
    detail: dict[str, Json] = {
        "low": said["0.1"],
        "high": said["0.9"],
        "inside": low <= came <= high,
        "error": text(abs(came - middle)),
        "tier": _tier(event),
    }
    return Measured(value=str(came), expected=said["0.5"], start=start, end=end, detail=detail)


def _after_next(event: Event) -> datetime | None:
    return event.occurred_at + NEXT if "next4h" in _output(event).get("sums", {}) else None


def _after_shift(event: Event) -> datetime | None:
    said = _shift_soon(event)
    return from_iso(said["to"]) if said else None


def _after_advice(event: Event) -> datetime:
    return event.occurred_at + NEXT


def _at_once(event: Event) -> datetime:
    return event.occurred_at


def _shift_soon(event: Event) -> Mapping[str, str]:
    """The shift that begins two hours from now: one forecast in each quarter of an hour is held to it."""
    for name, said in _output(event).get("sums", {}).items():
        if name.startswith("shift:") and LEAD - REFRESH < from_iso(said["from"]) - event.occurred_at <= LEAD:
            found: Mapping[str, str] = said
            return found
    return {}


def _output(event: Event) -> Mapping[str, Any]:
    output = event.payload.get("output")
    return output if isinstance(output, Mapping) else {}


def _tier(event: Event) -> str:
    tier = event.payload.get("tier")
    return str(tier["tier"]) if isinstance(tier, Mapping) else ""


def _is_repeat(view: View, event: Event) -> bool:
    # A repeat that was held back reached nobody and is judged with the advice it repeats.
    state = next((state for state in advice_states(view) if state.id == event.id), None)
    return state is not None and (state.withheld or "").startswith("repeat")
