"""Labels counted: once a local day, how the cases of the newest day that can be judged came out, by unit; of nobody."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from wardwise.govern.data.profile import last_midnight
from wardwise.govern.data.spans import Span, of_span
from wardwise.loop.capture.canonical import Json
from wardwise.loop.capture.event import Draft, Status
from wardwise.loop.derive.frame import column
from wardwise.loop.derive.view import View
from wardwise.sites.contract import Contract
from wardwise.sites.label import Happens, Label

NOWHERE = "-"
_UNSCORED = [Status.SUSPECT.value, Status.CANCELLED.value]
_COUNTS = ("cases", "yes", "missing", "late", "compared", "differ")
Answers = Mapping[str, list[tuple[datetime, datetime]]]  # by visit: when it happened, when it was told


@dataclass(frozen=True, slots=True)
class _Judge:
    """What a case of a label is held against."""

    label: Label
    yes: Answers
    no: Answers
    second: Answers

    def counts(self, visit: str, at: datetime) -> dict[str, int]:
        """One case: 1 for each count it adds to."""
        found = self._within(self.yes, visit, at)
        settled = bool(found) or self.label.settled_by is None or any(when >= at for when, _ in self.no.get(visit, ()))
        late = any(told - when > timedelta(hours=self.label.late_hours) for when, told in found[:1])
        compared = settled and self.label.second is not None
        differs = compared and bool(found) != bool(self._within(self.second, visit, at))
        told = (True, bool(found), not settled, late, compared, differs)
        return dict(zip(_COUNTS, map(int, told), strict=True))

    def _within(self, answers: Answers, visit: str, at: datetime) -> list[tuple[datetime, datetime]]:
        end = at + timedelta(hours=self.label.within_hours)
        return [pair for pair in answers.get(visit, ()) if at <= pair[0] <= end]


def label_drafts(view: View) -> Iterator[Draft]:
    """A `label.counted` for each label whose newest day to be judged was not counted yet; none for a day of no case."""
    for contract in view.folder.contracts.values():
        for label in contract.labels:
            day = _day(view, label)
            if day[0] < _counted_upto(view, contract, label):
                continue
            units = _count(view, contract, label, day)
            if units:
                yield _draft(contract, label, units, day)


def _day(view: View, label: Label) -> Span:
    """The last local day all of whose cases have had their time."""
    zone = ZoneInfo(view.folder.site.zone)
    over = (last_midnight(view) - timedelta(hours=label.within_hours)).astimezone(zone)
    end = over.replace(hour=0, minute=0, second=0, microsecond=0)
    return (end - timedelta(days=1)).astimezone(UTC), end.astimezone(UTC)


def _counted_upto(view: View, contract: Contract, label: Label) -> datetime:
    told = view.events("label.counted").filter((pl.col("feed") == contract.feed) & (pl.col("label") == label.name))
    return told["to"][-1] if told.height else datetime.min.replace(tzinfo=UTC)


def _count(view: View, contract: Contract, label: Label, times: Span) -> dict[str, dict[str, int]]:
    judge = _Judge(
        label,
        _answers(view, label.happens),
        _answers(view, Happens(kind=label.settled_by)) if label.settled_by else {},
        _answers(view, label.second) if label.second else {},
    )
    start, end = times
    cases = _scored(view, label.of).filter(
        (pl.col("source") == contract.feed) & (pl.col("occurred_at") >= start) & (pl.col("occurred_at") < end)
    )
    units: dict[str, dict[str, int]] = {}
    for unit, visit, at in cases.select("unit", "encounter", "occurred_at").iter_rows():
        whole = units.setdefault(unit or NOWHERE, dict.fromkeys(_COUNTS, 0))
        for name, one in judge.counts(visit, at).items():
            whole[name] += one
    return units


def _answers(view: View, happens: Happens) -> dict[str, list[tuple[datetime, datetime]]]:
    events = _scored(view, happens.kind)
    for name, value in happens.where.items():
        events = events.filter((pl.col(column(name)) == value).fill_null(value=False))
    found: dict[str, list[tuple[datetime, datetime]]] = {}
    for visit, when, told in events.select("encounter", "occurred_at", "recorded_at").iter_rows():
        found.setdefault(visit, []).append((when, told))
    return found


def _scored(view: View, kind: str) -> pl.DataFrame:
    return view.events(kind).filter(~pl.col("status").is_in(_UNSCORED) & pl.col("encounter").is_not_null())


def _draft(contract: Contract, label: Label, units: Mapping[str, Mapping[str, int]], span: Span) -> Draft:
    told: dict[str, Json] = {unit: dict(counts) for unit, counts in sorted(units.items())}
    counted: dict[str, Json] = {"feed": contract.feed, "label": label.name, "units": told}
    return of_span("label.counted", span, counted, by="labels", entity=f"{contract.feed} {label.name}")
