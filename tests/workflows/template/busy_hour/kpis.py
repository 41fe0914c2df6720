"""What counts as better, and what must not worsen with it."""

from datetime import timedelta

import polars as pl

from wardwise.loop.capture.event import Event
from wardwise.loop.declare.files import Files
from wardwise.loop.declare.promise import Kpi
from wardwise.loop.derive.view import View
from wardwise.loop.verify.outcome import Measured

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def kpis(files: Files) -> tuple[Kpi, ...]:
    """Accepted within the hour; and how often it spoke in the day before."""
    says = files.strings
    return (
        Kpi(
            "accepted", 1, says["kpi_accepted"], "advice.given", lambda event: event.occurred_at + HOUR, accepted, HOUR
        ),
        Kpi(
            name="advice_per_day",
            version=1,
            says=says["kpi_burden"],
            of="advice.given",
            due=lambda event: event.occurred_at,
            measure=per_day,
            longest=DAY,
            counter=True,
        ),
    )


def accepted(view: View, event: Event) -> Measured:
    """1 when somebody accepted it, else 0."""
    answers = view.events("response.given", DAY).filter(pl.col("cause") == event.id)["answer"].to_list()
    value = "1" if "accepted" in answers else "0"
    return Measured(value=value, expected=None, start=event.occurred_at, end=event.occurred_at + HOUR)


def per_day(view: View, event: Event) -> Measured:
    """Pieces of advice of this workflow in the 24 hours before."""
    given = view.events("advice.given", DAY).filter(pl.col("workflow") == event.payload["workflow"])
    return Measured(value=str(given.height), expected="6", start=event.occurred_at - DAY, end=event.occurred_at)
