"""Facts as each row of a spine may see them: one Polars path for one entity now or for every past instant.

A fact counts for a row iff it was visible there (position and known_at), no visible event supersedes it, and it is
neither suspect nor cancelled. Facts come in order of (occurred_at, sequence, hash of the body, id), so the order of
delivery decides nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from wardwise.loop.capture.event import Status

if TYPE_CHECKING:
    from wardwise.loop.derive.view import View

# A bedside clock may run ahead of ours by this much; what claims to lie further ahead is left out.
CLOCK_AHEAD = timedelta(minutes=5)

_ROWS_AT_ONCE = 20_000
_DAY = timedelta(days=1)
_MOST_DAYS = 7  # a longer stretch is met by the entity alone
_UNSCORED = [Status.SUSPECT.value, Status.CANCELLED.value]
_ORDER = ["row", "occurred_at", "sequence", "tie", "id"]
_KEPT = ["id", "position", "occurred_at", "known_at", "sequence", "tie", "status"]


@dataclass(frozen=True, slots=True)
class Facts:
    """Facts of some kinds, one row each, with the column that names their entity and what replaces them."""

    told: pl.LazyFrame
    replaced: pl.LazyFrame

    def where(self, holds: pl.Expr) -> "Facts":
        """Those of them for which an expression holds; what replaces them may be any."""
        return Facts(self.told.filter(holds), self.replaced)


def facts(view: "View", kinds: tuple[str, ...], *columns: str | pl.Expr, key: str = "encounter") -> Facts:
    """All facts of the kinds up to the view's position, with these columns; `key` is the column of their entity."""
    tables = [view.table(kind) for kind in kinds]
    told = pl.concat([each.lazy().select(*_KEPT, pl.col(key).alias("whose"), *columns) for each in tables])
    replacing = [each for each in tables if each["supersedes"].null_count() < each.height] or tables[:1]
    parts = [each.lazy().filter(pl.col("supersedes").is_not_null()) for each in replacing]
    names = pl.col("supersedes").alias("id"), pl.col("position").alias("by"), pl.col("known_at").alias("since")
    return Facts(told, pl.concat([part.select(*names) for part in parts]))


def asked_of(spine: pl.LazyFrame) -> pl.LazyFrame:
    """The rows of a spine that has the column `row`, as facts are met by them."""
    return spine.select("row", "entity", "at", pl.col("position").alias("asked"))


def met(asked: pl.LazyFrame, among: Facts, *, within: timedelta | None = None) -> pl.LazyFrame:
    """The facts that stand for each row, in order: after `at` - `within` where that is given, up to a clock ahead.

    Columns: row, entity, at, asked, and those of the facts.
    """
    near = within is not None and within <= _MOST_DAYS * _DAY
    joined = _by_day(asked, among.told, within or _DAY) if near else _by_entity(asked, among.told)
    happened = pl.col("occurred_at")
    in_time = happened <= pl.col("at") + CLOCK_AHEAD
    if within is not None:
        in_time &= happened > pl.col("at") - within
    return _standing(joined.filter(in_time), among.replaced)


def in_parts(spine: pl.DataFrame, rows: Callable[[pl.LazyFrame], pl.LazyFrame]) -> pl.DataFrame:
    """What `rows` makes of a spine numbered by `row`, a part after the other so that a long one fits in memory."""
    parts = list(spine.iter_slices(_ROWS_AT_ONCE)) or [spine]
    return pl.concat([rows(part.lazy().with_row_index("row")).drop("row").collect() for part in parts])


def beside(spine: pl.LazyFrame, *found: pl.LazyFrame) -> pl.LazyFrame:
    """The spine in its order with the columns that were found for its rows; null where none was."""
    for each in found:
        spine = spine.join(each, on="row", how="left", maintain_order="left")
    return spine


def _by_entity(asked: pl.LazyFrame, told: pl.LazyFrame) -> pl.LazyFrame:
    return asked.join(told, left_on="entity", right_on="whose", how="inner")


def _by_day(asked: pl.LazyFrame, told: pl.LazyFrame, within: timedelta) -> pl.LazyFrame:
    # Equal days first, so that a row meets few days of its entity's facts and not all there ever were.
    back = -(-within // _DAY)
    days = [pl.col("at").dt.truncate("1d") + pl.duration(days=offset) for offset in range(-back, 2)]
    spread = asked.with_columns(pl.concat_list(days).alias("day")).explode("day")
    dated = told.with_columns(pl.col("occurred_at").dt.truncate("1d").alias("day"))
    return spread.join(dated, left_on=["entity", "day"], right_on=["whose", "day"], how="inner")


def _standing(joined: pl.LazyFrame, replaced: pl.LazyFrame) -> pl.LazyFrame:
    visible = joined.filter((pl.col("position") <= pl.col("asked")) & (pl.col("known_at") <= pl.col("at")))
    gone = visible.join(replaced, on="id", how="inner").filter(
        (pl.col("by") <= pl.col("asked")) & (pl.col("since") <= pl.col("at"))
    )
    standing = visible.join(gone, on=["row", "id"], how="anti")
    return standing.filter(~pl.col("status").is_in(_UNSCORED)).sort(_ORDER)
