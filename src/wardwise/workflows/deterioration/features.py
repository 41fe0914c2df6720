"""What the score looks at: the last of each input seen, the same four hours earlier, and what the patient is.

One Polars path for one patient or for every past instant. A fact counts for a row of the spine iff it was visible there
(position and known_at), no visible event supersedes it, and it is neither suspect nor cancelled. Of several, the last
in (occurred_at, sequence, hash of the body, id) counts, so the order of delivery decides nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from wardwise.hospital.vital import VITALS
from wardwise.loop.capture.event import Status
from wardwise.loop.declare.feature import Feature, FeatureSet
from wardwise.workflows.deterioration.news2 import CONSCIOUSNESS, INPUTS, OXYGEN

if TYPE_CHECKING:
    from wardwise.loop.derive.view import View

LOOKBACK = timedelta(hours=24)
EARLIER = timedelta(hours=4)
# A bedside clock may run ahead of ours by this much; what claims to lie further ahead is left out.
CLOCK_AHEAD = timedelta(minutes=5)
SCALE_2_ORDER = "news2-spo2-scale-2"
SCALE_1_ORDER = "news2-spo2-scale-1"
_STAY = ("stay.arrived", "stay.registered", "stay.admitted", "stay.updated")  # they may tell of birth and service
_ORDERED = ("order.placed",)
WORDS = frozenset({OXYGEN, CONSCIOUSNESS})

_ROWS_AT_ONCE = 20_000
_UNSCORED = [Status.SUSPECT.value, Status.CANCELLED.value]
_ORDER = ["row", "occurred_at", "sequence", "tie", "id"]
_KEPT = ["id", "position", "occurred_at", "known_at", "sequence", "tie", "encounter", "status"]
_WHEN = {"": timedelta(0), "earlier_": EARLIER}


def column(code: str) -> str:
    """The column of an input: `respiratory_rate`."""
    return code.replace("-", "_")


def feature_set(strings: Mapping[str, str]) -> FeatureSet:
    """NEWS2's seven inputs now and four hours before with age (min) and event, and the patient's birth and orders."""
    return FeatureSet("news2-inputs", 2, tuple(_declared(strings)), compute)


def compute(view: "View", spine: pl.DataFrame) -> pl.DataFrame:
    """The spine with a column per feature, in the spine's order."""
    facts = _Facts(_signs(view), _stays(view), _scale_orders(view), _replacements(view))
    parts = list(spine.iter_slices(_ROWS_AT_ONCE)) or [spine]
    return pl.concat([_rows(part.lazy(), facts).collect() for part in parts])


@dataclass(frozen=True, slots=True)
class _Facts:
    """The log's facts of the kinds that matter, and which fact each supersession replaces."""

    signs: pl.LazyFrame
    stays: pl.LazyFrame
    orders: pl.LazyFrame
    replaced: pl.LazyFrame


def _rows(spine: pl.LazyFrame, facts: _Facts) -> pl.LazyFrame:
    rows = spine.with_row_index("row")
    asked = rows.select("row", "entity", "at", pl.col("position").alias("asked"))
    stays = _seen(_about(asked, facts.stays), facts.replaced)
    orders = _seen(_about(asked, facts.orders), facts.replaced)
    inputs = _seen(_near(asked, facts.signs), facts.replaced).group_by("row", maintain_order=True).agg(*_INPUTS)
    for each in (inputs, _last(stays, "born", "service"), _last(orders, "spo2_scale")):
        rows = rows.join(each, on="row", how="left", maintain_order="left")
    return rows.drop("row").select(pl.exclude("service", "service_event"), "service", "service_event")  # as declared


def _signs(view: "View") -> pl.LazyFrame:
    # A value counts for the day it was measured on and the one after: the join below meets it on either.
    events = view.table("sign.measured").lazy().filter(pl.col("code").is_in(INPUTS))
    return events.select(*_KEPT, "code", "value", "word").with_columns(_day("occurred_at").alias("day"))


def _stays(view: "View") -> pl.LazyFrame:
    parts = [view.table(kind).lazy().select(*_KEPT, "born", "service") for kind in _STAY]
    return pl.concat(parts)


def _scale_orders(view: "View") -> pl.LazyFrame:
    chosen = {SCALE_1_ORDER: 1, SCALE_2_ORDER: 2}
    scale = pl.col("code").replace_strict(chosen, default=None, return_dtype=pl.Int64)
    orders = view.table("order.placed").lazy().filter(pl.col("code").is_in(list(chosen)))
    return orders.select(*_KEPT, scale.alias("spo2_scale"))


def _replacements(view: "View") -> pl.LazyFrame:
    kinds = ("sign.measured", *_STAY, *_ORDERED)
    tables = (view.table(kind) for kind in kinds)
    replacing = [events for events in tables if events["supersedes"].null_count() < events.height]
    parts = [each.lazy().filter(pl.col("supersedes").is_not_null()) for each in replacing or [view.table(kinds[0])]]
    columns = [pl.col("supersedes").alias("id"), pl.col("position").alias("by"), pl.col("known_at").alias("since")]
    return pl.concat([part.select(columns) for part in parts])


def _near(asked: pl.LazyFrame, events: pl.LazyFrame) -> pl.LazyFrame:
    # Equal days first, so that a row meets three days of its patient's facts and not the whole stay.
    days = [_day("at") + pl.duration(days=offset) for offset in (-1, 0, 1)]
    spread = asked.with_columns(pl.concat_list(days).alias("day")).explode("day")
    met = spread.join(events, left_on=["entity", "day"], right_on=["encounter", "day"], how="inner")
    since, until = pl.col("at") - LOOKBACK, pl.col("at") + CLOCK_AHEAD
    return met.filter((pl.col("occurred_at") > since) & (pl.col("occurred_at") <= until))


def _about(asked: pl.LazyFrame, events: pl.LazyFrame) -> pl.LazyFrame:
    met = asked.join(events, left_on="entity", right_on="encounter", how="inner")
    return met.filter(pl.col("occurred_at") <= pl.col("at") + CLOCK_AHEAD)


def _seen(met: pl.LazyFrame, replaced: pl.LazyFrame) -> pl.LazyFrame:
    visible = met.filter((pl.col("position") <= pl.col("asked")) & (pl.col("known_at") <= pl.col("at")))
    gone = visible.join(replaced, on="id", how="inner").filter(
        (pl.col("by") <= pl.col("asked")) & (pl.col("since") <= pl.col("at"))
    )
    standing = visible.join(gone, on=["row", "id"], how="anti")
    return standing.filter(~pl.col("status").is_in(_UNSCORED)).sort(_ORDER)


def _input(code: str, prefix: str, before: timedelta) -> Iterator[pl.Expr]:
    told = pl.col("word" if code in WORDS else "value")
    then = pl.col("at") - before
    in_time = pl.col("occurred_at") <= (then if before else then + CLOCK_AHEAD)
    usable = (pl.col("code") == code) & told.is_not_null() & in_time
    age = pl.max_horizontal((then - pl.col("occurred_at")).dt.total_minutes(), pl.lit(0))
    name = prefix + column(code)
    yield told.filter(usable).last().alias(name)
    yield pl.col("occurred_at").filter(usable).last().alias(f"{name}_at")
    yield age.filter(usable).last().alias(f"{name}_age_min")
    yield pl.col("id").filter(usable).last().alias(f"{name}_event")


def _last(seen: pl.LazyFrame, *names: str) -> pl.LazyFrame:
    last = [
        each.filter(pl.col(name).is_not_null()).last()
        for name in names
        for each in (pl.col(name), pl.col("id").alias(f"{name}_event"))
    ]
    return seen.group_by("row", maintain_order=True).agg(*last)


def _day(name: str) -> pl.Expr:
    return pl.col(name).dt.truncate("1d")


def _declared(strings: Mapping[str, str]) -> Iterator[Feature]:
    kinds = ("sign.measured",)
    for prefix in _WHEN:
        for code in INPUTS:
            name = prefix + column(code)
            ucum = VITALS[code].ucum if code in VITALS else "1"
            says = {"input": strings[f"input_{column(code)}"], "hours": EARLIER // timedelta(hours=1)}
            what = "earlier" if prefix else "now"
            yield Feature(name, ucum, kinds, strings[f"feature_{what}"].format(**says), LOOKBACK)
            yield Feature(f"{name}_at", "1", kinds, strings["feature_at"].format(**says), LOOKBACK)
            yield Feature(f"{name}_age_min", "min", kinds, strings["feature_age"].format(**says), LOOKBACK)
            yield Feature(f"{name}_event", "1", kinds, strings["feature_event"].format(**says), LOOKBACK)
    for name, of in (("born", _STAY), ("spo2_scale", _ORDERED), ("service", _STAY)):
        yield Feature(name, "1", of, strings[f"feature_{name}"])
        yield Feature(f"{name}_event", "1", of, strings["feature_event"].format(input=name))


_INPUTS = tuple(
    expression for prefix, before in _WHEN.items() for code in INPUTS for expression in _input(code, prefix, before)
)
