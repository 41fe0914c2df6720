"""Facts of one day that two feeds tell, laid side by side: one to one, the nearest in time of the same subject."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from wardwise.govern.data.nearest import paired
from wardwise.loop.capture.event import Status
from wardwise.loop.derive.frame import KEYS
from wardwise.loop.derive.view import View
from wardwise.sites.repeats import NOT_SAID, PLACES, SUBJECTS, Repeats, kinds_of_fact

OTHER = "_live"  # the ending of the live feed's columns
_WHOLE = "stay"


@dataclass(frozen=True, slots=True)
class Laid:
    """`pairs` hold each fact that both tell, the live one's columns ending in `_live`, and a flag for each field that
    differs; `only_live` and `only_batch` the rest.
    """

    pairs: pl.DataFrame
    only_live: pl.DataFrame
    only_batch: pl.DataFrame
    fields: tuple[str, ...]

    @property
    def differing(self) -> pl.DataFrame:
        """The pairs in which any field differs."""
        if not self.fields:
            return self.pairs.clear()
        return self.pairs.filter(pl.any_horizontal(differs(name) for name in self.fields))


def differs(field: str) -> pl.Expr:
    """The flag of a field."""
    return pl.col(f"{field}_differs")


def laid_side_by_side(view: View, repeat: Repeats, kind: str, day: tuple[datetime, datetime]) -> Laid:
    """What both feeds tell of a day, and what one of them tells alone.

    A fact just outside the day is one of the other feed's that lies within it, so that midnight parts no pair.
    """
    within = timedelta(minutes=repeat.agrees.within_minutes)
    live = _facts(view, kind, repeat.live, (day[0] - within, day[1] + within))
    batch = _facts(view, kind, repeat.batch, (day[0] - within, day[1] + within))
    pairs = _matched(live, batch, SUBJECTS[kind], within)
    of_day = pl.col(f"at{OTHER}").is_between(*day, closed="left")
    fields = _compared(repeat, live, SUBJECTS[kind])
    return Laid(
        pairs=pairs.filter(of_day).with_columns(_differ(repeat, live, name) for name in fields),
        only_live=_alone(live, pairs[f"id{OTHER}"], day),
        only_batch=_alone(batch, pairs["id"], day),
        fields=tuple(fields),
    )


def _facts(view: View, kind: str, feed: str, span: tuple[datetime, datetime]) -> pl.DataFrame:
    """A feed's own facts of a stretch of time as it last told them; `at` is when they are, or when they begin."""
    tables = [view.table(each).filter(pl.col("source") == feed) for each in kinds_of_fact(kind)]
    told = pl.concat(tables, how="diagonal")
    standing = told.filter(
        ~pl.col("id").is_in(told["supersedes"].drop_nulls().implode()) & (pl.col("status") != Status.CANCELLED.value)
    )
    subject = SUBJECTS[kind]
    begins = kind.startswith(("shift.", "case."))
    facts = standing.with_columns(at=pl.col("starts" if begins else "occurred_at")).drop_nulls(subject)
    if kind == "case.booked":  # a case is told anew when it changes
        facts = facts.sort("position").unique(subject, keep="last", maintain_order=True)
    facts = _happened(facts, view.table("stay.cancelled").filter(pl.col("source") == feed), kind)
    return facts.filter(pl.col("at").is_between(*span, closed="left")).sort("at", "id")


def _happened(facts: pl.DataFrame, cancels: pl.DataFrame, kind: str) -> pl.DataFrame:
    """Without the movements of stays that the feed itself took back, each by its time or the stay as a whole."""
    if not kind.startswith("stay.") or cancels.is_empty():
        return facts
    named = cancels.filter(pl.col("target") == kind).select("encounter", at="target_occurred_at")
    whole = cancels.filter(pl.col("target") == _WHOLE).group_by("encounter").agg(until=pl.col("occurred_at").max())
    left = facts.join(named, on=["encounter", "at"], how="anti").join(whole, on="encounter", how="left")
    return left.filter(pl.col("until").is_null() | (pl.col("at") > pl.col("until"))).drop("until")


def _matched(live: pl.DataFrame, batch: pl.DataFrame, subject: Sequence[str], within: timedelta) -> pl.DataFrame:
    """Never all of a subject with all of it: of a sign each minute that is two million rows."""
    sides = [side.select(*subject, "at", "id", live=pl.lit(value=side is live)) for side in (live, batch)]
    line = pl.concat(sides).sort(*subject, "at", "id")
    subjects = line.select(pl.struct(*subject).rle_id()).to_series()
    found = paired(subjects.to_list(), line["at"].dt.epoch("us").to_list(), line["live"].to_list(), within)
    ids, is_live = line["id"].to_list(), line["live"].to_list()
    couples = [(ids[other], ids[one]) if is_live[one] else (ids[one], ids[other]) for one, other in found]
    beside = live.drop(subject).rename({name: f"{name}{OTHER}" for name in live.columns if name not in subject})
    return (
        pl.DataFrame(couples, schema={"id": pl.String, f"id{OTHER}": pl.String}, orient="row")
        .join(batch, on="id", how="left", maintain_order="left")
        .join(beside, on=f"id{OTHER}", how="left", maintain_order="left")
    )


def _alone(facts: pl.DataFrame, paired: pl.Series, day: tuple[datetime, datetime]) -> pl.DataFrame:
    return facts.filter(pl.col("at").is_between(*day, closed="left") & ~pl.col("id").is_in(paired.implode()))


def _compared(repeat: Repeats, live: pl.DataFrame, subject: Sequence[str]) -> list[str]:
    told = [name for name in live.columns if name not in KEYS and name != "at"]
    every = [*PLACES, *(name for name in told if name not in NOT_SAID and name not in subject)]
    return [name for name in every if not repeat.fields or name in repeat.fields]


def _differ(repeat: Repeats, live: pl.DataFrame, name: str) -> pl.Expr:
    """Whether a field differs where both tell it: numbers by more than the tolerance, times than the minutes."""
    one, other, dtype = pl.col(name), pl.col(f"{name}{OTHER}"), live.schema[name]
    if dtype.is_float():  # a hair above the tolerance, for fractions are binary
        found = (one - other).abs() > float(repeat.agrees.tolerance) + 1e-9
    elif dtype == pl.Datetime:
        found = (one - other).abs() > timedelta(minutes=repeat.agrees.within_minutes)
    else:
        found = one != other
    return found.fill_null(value=False).alias(f"{name}_differs")
