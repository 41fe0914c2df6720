"""Features declared, not programmed: which facts, which stretch of time before the instant, which figure of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

import polars as pl

from wardwise.errors import ImpossibleValue
from wardwise.loop.capture.kinds import CATALOGUE
from wardwise.loop.declare.feature import Feature, FeatureSet
from wardwise.loop.derive.facts import CLOCK_AHEAD, asked_of, beside, facts, in_parts, met
from wardwise.loop.derive.frame import schema

if TYPE_CHECKING:
    from wardwise.loop.derive.view import View

_NOW = timedelta(0)
_HOUR = timedelta(hours=1)
_US_AN_HOUR = _HOUR // timedelta(microseconds=1)


class Figure(StrEnum):
    """What is said of the facts in a stretch; null where they do not say it."""

    LAST = "last"
    AGE = "age"  # whole minutes from the last to the end of the stretch
    EVENT = "event"  # the id of the last
    COUNT = "count"  # 0 where there is none
    MEAN = "mean"
    LOWEST = "lowest"
    HIGHEST = "highest"
    SLOPE = "slope"  # change per hour by least squares; needs two instants


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """One feature: a figure of a column of the facts with occurred_at in (t - `back`, t - `until`].

    Where `until` is zero a clock may run ahead (facts.CLOCK_AHEAD). `where` asks columns for texts. Facts that leave
    the column empty are passed over.
    """

    name: str
    says: str
    ucum: str
    kind: str
    column: str
    figure: Figure
    back: timedelta
    until: timedelta = _NOW
    where: Mapping[str, str] = field(default_factory=dict)

    @property
    def feature(self) -> Feature:
        """Its declaration; what it counts is part of the content hash."""
        asked = "".join(f" with {name} {text}" for name, text in sorted(self.where.items()))
        stretch = f"after {_hours(self.back)} h before" + (
            f" up to {_hours(self.until)} h before" if self.until else ""
        )
        how = f"{self.figure} of {self.column} in {self.kind}{asked}, {stretch}"
        return Feature(self.name, self.ucum, (self.kind,), self.says, self.back, how)

    @property
    def expression(self) -> pl.Expr:
        """The figure of a row's facts in order, as an aggregation."""
        end = pl.col("at") - self.until
        happened = pl.col("occurred_at")
        chosen = pl.col(self.column).is_not_null() & (happened > pl.col("at") - self.back)
        chosen &= happened <= (end if self.until else end + CLOCK_AHEAD)
        for name, text in self.where.items():
            chosen &= pl.col(name) == text
        return _figure(self.figure, self.column, end, chosen).alias(self.name)


def windowed(name: str, version: int, windows: Iterable[Window], *, key: str = "encounter") -> FeatureSet:
    """The feature set of windows about the entity in the column `key`; raises ImpossibleValue for a wrong one."""
    declared = tuple(windows)
    for window in declared:
        _check(window)

    def compute(view: "View", spine: pl.DataFrame) -> pl.DataFrame:
        def rows(spine: pl.LazyFrame) -> pl.LazyFrame:
            asked = asked_of(spine)
            found = [_found(view, kind, of_kind, asked=asked, key=key) for kind, of_kind in _by_kind(declared).items()]
            counts = [each.name for each in declared if each.figure is Figure.COUNT]
            columns = [*spine.collect_schema().names(), *(each.name for each in declared)]
            return beside(spine, *found).with_columns(pl.col(counts).fill_null(0)).select(columns)

        return in_parts(spine, rows)

    return FeatureSet(name, version, tuple(each.feature for each in declared), compute)


def _found(view: "View", kind: str, windows: list[Window], *, asked: pl.LazyFrame, key: str) -> pl.LazyFrame:
    columns = sorted({each.column for each in windows} | {name for each in windows for name in each.where})
    among = facts(view, (kind,), *columns, key=key)
    seen = met(asked, among, within=max(each.back for each in windows))
    return seen.group_by("row", maintain_order=True).agg(*(each.expression for each in windows))


def _by_kind(windows: tuple[Window, ...]) -> dict[str, list[Window]]:
    found: dict[str, list[Window]] = {}
    for each in windows:
        found.setdefault(each.kind, []).append(each)
    return found


def _figure(figure: Figure, column: str, end: pl.Expr, chosen: pl.Expr) -> pl.Expr:
    value, when = pl.col(column).filter(chosen), pl.col("occurred_at")
    if figure is Figure.AGE:
        return pl.max_horizontal((end - when).dt.total_minutes(), pl.lit(0)).filter(chosen).last()
    if figure is Figure.EVENT:
        return pl.col("id").filter(chosen).last()
    if figure is Figure.SLOPE:
        return _slope(value, ((when - end).dt.total_microseconds() / _US_AN_HOUR).filter(chosen))
    figures = {
        Figure.LAST: value.last(),
        Figure.COUNT: value.count().cast(pl.Int64),
        Figure.MEAN: value.mean(),
        Figure.LOWEST: value.min(),
        Figure.HIGHEST: value.max(),
    }
    return figures[figure]


def _slope(value: pl.Expr, hours: pl.Expr) -> pl.Expr:
    off = hours - hours.mean()
    square = (off * off).sum()
    return pl.when(square > 0).then((off * (value - value.mean())).sum() / square)


def _check(window: Window) -> None:
    kind = CATALOGUE.get(window.kind)
    columns = schema(kind) if kind else {}
    wrong = [name for name in (window.column, *window.where) if name not in columns]
    numbers = {Figure.MEAN, Figure.LOWEST, Figure.HIGHEST, Figure.SLOPE}
    if kind is None or wrong:
        what = f"no column {', '.join(wrong)}" if kind else f"no kind {window.kind}"
        raise ImpossibleValue(what=f"the feature {window.name} asks for {what}", remedy="Name one of the catalogue.")
    if window.figure in numbers and not columns[window.column].is_numeric():
        raise ImpossibleValue(
            what=f"the feature {window.name} asks the {window.figure} of {window.column}, which is no number",
            remedy="Ask for the last or the count.",
        )
    if not _NOW <= window.until < window.back:
        raise ImpossibleValue(
            what=f"the stretch of the feature {window.name} ends before it begins", remedy="Give `until` below `back`."
        )


def _hours(span: timedelta) -> str:
    return f"{span / _HOUR:g}"
