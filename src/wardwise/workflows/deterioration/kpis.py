"""What counts as better: advice that was right, answered and in time; and the burden that must not grow with it."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import polars as pl

from wardwise.hospital.moment import from_iso
from wardwise.loop.capture.canonical import decimal
from wardwise.loop.capture.event import Event
from wardwise.loop.declare.files import Files
from wardwise.loop.declare.promise import Kpi
from wardwise.loop.derive.state.advice import AdviceState, advice_states
from wardwise.loop.derive.state.stays import Stay, stays
from wardwise.loop.derive.view import View
from wardwise.loop.verify.outcome import Measured
from wardwise.sites.unit import UnitKind
from wardwise.workflows.deterioration.estimate import NAME

WINDOW = timedelta(hours=24)
_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)
_DIED = ["died", "expired"]
_PEOPLE = ["accepted", "overridden", "deferred"]

Measure = Callable[[View, Event], Measured | None]


def kpis(files: Files) -> tuple[Kpi, ...]:
    """The measures of this workflow; each is over 24 hours after the advice it judges, the burden over those before."""
    says = files.strings
    return (
        _kpi("critical_care_within_24h", says["kpi_critical_care"], critical_care),
        _kpi("acted_on", says["kpi_acted_on"], acted_on),
        _kpi("minutes_to_response", says["kpi_minutes_to_response"], minutes_to_response),
        Kpi(
            name="advice_per_100_patient_days",
            version=1,
            says=says["kpi_burden"],
            of="advice.given",
            due=lambda event: event.occurred_at,
            measure=_burden(files),
            longest=WINDOW,
            counter=True,
        ),
    )


def critical_care(view: View, event: Event) -> Measured | None:
    """1 when the patient came to an intensive care unit or died within 24 hours of the advice, else 0."""
    if _repeat(view, event) or event.about.encounter is None:
        return None
    critical = [unit.id for unit in view.folder.site.units if unit.kind is UnitKind.ICU]
    keys = [f"{view.site}/{unit}" for unit in critical]
    moved = _after(view.events("stay.transferred", 2 * WINDOW), event).filter(pl.col("unit").is_in(keys))
    died = _after(view.events("stay.discharged", 2 * WINDOW), event).filter(
        pl.col("disposition").str.to_lowercase().is_in(_DIED)
    )
    happened = "critical-care" if moved.height else "died" if died.height else "neither"
    value = "0" if happened == "neither" else "1"
    return _measured(event, value, None, happened=happened)


def acted_on(view: View, event: Event) -> Measured | None:
    """1 when somebody accepted the advice within 24 hours, else 0; no value when it ended before anybody answered."""
    if _repeat(view, event):
        return None
    answers = _answers(view, event)["answer"].to_list()
    if _ended_first(view, event, answers):
        return _measured(event, None, None, happened="ended")
    return _measured(event, "1" if "accepted" in answers else "0", None, happened=answers[-1] if answers else "nothing")


def minutes_to_response(view: View, event: Event) -> Measured | None:
    """Minutes to the first answer by a person; no value when there was none. Expected: the minutes to `act_by`."""
    if _repeat(view, event):
        return None
    answers = _answers(view, event).filter(pl.col("answer").is_in(_PEOPLE))
    first = answers["occurred_at"].min() if answers.height else None
    card = event.payload["card"]
    act_by = from_iso(str(card["act_by"])) if isinstance(card, dict) else event.occurred_at
    value = decimal((first - event.occurred_at) / _MINUTE) if isinstance(first, datetime) else None
    expected = decimal((act_by - event.occurred_at) / _MINUTE)
    happened = "answered" if value else "ended" if _ended_first(view, event, []) else "no-answer"
    return _measured(event, value, expected, happened=happened)


def _burden(files: Files) -> Measure:
    def measure(view: View, event: Event) -> Measured | None:
        start, end = event.occurred_at - WINDOW, event.occurred_at
        days = sum(_days_in(stay, start, end) for stay in stays(view).values())
        sent = sum(a.workflow == NAME and a.shown and start < a.given_at <= end for a in advice_states(view))
        ceiling = files.policies.value("advice_per_100_patient_days", at=end).number
        if days <= 0:
            return None
        rate = decimal(round(100 * sent / days, 3))
        return Measured(value=rate, expected=str(ceiling), start=start, end=end, detail={"sent": sent})

    return measure


def _days_in(stay: Stay, start: datetime, end: datetime) -> float:
    came = min((at for at in (stay.arrived_at, stay.admitted_at) if at is not None), default=end)
    inside = min(stay.ended_at or end, end) - max(came, start)
    return max(inside / _DAY, 0.0)


def _kpi(name: str, says: str, measure: Measure) -> Kpi:
    return Kpi(name, 1, says, "advice.given", _a_day_on, measure, WINDOW)


def _a_day_on(event: Event) -> datetime:
    return event.occurred_at + WINDOW


def _repeat(view: View, event: Event) -> bool:
    # A repeat that was held back reached nobody and is judged with the advice it repeats.
    state = _state(view, event)
    return state is not None and (state.withheld or "").startswith("repeat")


def _ended_first(view: View, event: Event, answers: Sequence[str]) -> bool:
    # Advice that no longer held was not there to be answered: that is neither acting on it nor passing it over.
    state = _state(view, event)
    return state is not None and state.ended is not None and not set(answers) & {"accepted", "overridden"}


def _state(view: View, event: Event) -> AdviceState | None:
    return next((state for state in advice_states(view) if state.id == event.id), None)


def _answers(view: View, event: Event) -> pl.DataFrame:
    given = view.events("response.given", 2 * WINDOW).filter(pl.col("cause") == event.id)
    return given.filter(pl.col("occurred_at") <= event.occurred_at + WINDOW).sort("position")


def _after(events: pl.DataFrame, event: Event) -> pl.DataFrame:
    start = event.occurred_at
    return events.filter(
        (pl.col("encounter") == event.about.encounter)
        & (pl.col("occurred_at") > start)
        & (pl.col("occurred_at") <= start + WINDOW)
    )


def _measured(event: Event, value: str | None, expected: str | None, *, happened: str) -> Measured:
    start = event.occurred_at
    return Measured(value=value, expected=expected, start=start, end=start + WINDOW, detail={"happened": happened})
