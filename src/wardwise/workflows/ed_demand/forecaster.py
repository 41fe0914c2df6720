"""Who forecasts: the model or the rule, from any hour the log tells of up to a week ahead."""

from collections.abc import Callable
from datetime import datetime, timedelta

from wardwise.loop.derive.view import View
from wardwise.workflows.ed_demand.learnt import Learnt, forecast_from, state_at
from wardwise.workflows.ed_demand.local_hours import number_of
from wardwise.workflows.ed_demand.mean_of_eight import mean_outlook
from wardwise.workflows.ed_demand.observed import observed
from wardwise.workflows.ed_demand.outlook import ModelOutlook, Outlook
from wardwise.workflows.ed_demand.place import place_of

WEEK = 168

Forecaster = Callable[[View, str, datetime, int], Outlook | None]
"""(view, unit, instant, hours): what was to be expected of the hours from then on, from the hours before alone."""


def by_model(learnt: Learnt) -> Forecaster:
    """The count model; None for hours before the end of its training."""

    def outlook(view: View, unit: str, at: datetime, hours: int) -> ModelOutlook | None:
        first = number_of(at)
        if first < learnt.stood_at(unit):
            return None
        place = place_of(view.folder)
        state = state_at(learnt, unit, observed(view, unit).series, place=place, hour=first)
        return ModelOutlook(forecast_from(learnt, unit, state, place=place, hours=hours))

    return outlook


def by_rule(view: View, unit: str, at: datetime, hours: int) -> Outlook | None:
    """The mean of the last eight same hours of the week; None where too little was told."""
    series = observed(view, unit).series
    return mean_outlook(series, place_of(view.folder), first=number_of(at), hours=hours)


def hours_over(start: datetime, end: datetime) -> int:
    """How many whole hours `[start, end)` touches."""
    return number_of(end - timedelta(microseconds=1)) - number_of(start) + 1
