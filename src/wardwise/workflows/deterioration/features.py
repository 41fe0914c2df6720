"""What the score looks at: the last of each input seen, the same four hours earlier, and what the patient is.

Of several facts that stand for a row (loop/derive/facts.py) the last counts.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from wardwise.hospital.vital import VITALS
from wardwise.loop.declare.feature import Feature, FeatureSet
from wardwise.loop.derive.facts import CLOCK_AHEAD, asked_of, beside, facts, in_parts, met
from wardwise.workflows.deterioration.news2 import CONSCIOUSNESS, INPUTS, OXYGEN

if TYPE_CHECKING:
    from wardwise.loop.derive.view import View

LOOKBACK = timedelta(hours=24)
EARLIER = timedelta(hours=4)
SCALE_2_ORDER = "news2-spo2-scale-2"
SCALE_1_ORDER = "news2-spo2-scale-1"
_STAY = ("stay.arrived", "stay.registered", "stay.admitted", "stay.updated")  # they may tell of birth and service
_ORDERED = ("order.placed",)
WORDS = frozenset({OXYGEN, CONSCIOUSNESS})

_WHEN = {"": timedelta(0), "earlier_": EARLIER}


def column(code: str) -> str:
    """The column of an input: `respiratory_rate`."""
    return code.replace("-", "_")


def feature_set(strings: Mapping[str, str]) -> FeatureSet:
    """NEWS2's seven inputs now and four hours before with age (min) and event, and the patient's birth and orders."""
    return FeatureSet("news2-inputs", 2, tuple(_declared(strings)), compute)


def compute(view: "View", spine: pl.DataFrame) -> pl.DataFrame:
    """The spine with a column per feature, in the spine's order."""
    signs = facts(view, ("sign.measured",), "code", "value", "word").where(pl.col("code").is_in(INPUTS))
    stays = facts(view, _STAY, "born", "service")
    orders = facts(view, _ORDERED, _scale().alias("spo2_scale")).where(pl.col("spo2_scale").is_not_null())

    def rows(spine: pl.LazyFrame) -> pl.LazyFrame:
        asked = asked_of(spine)
        inputs = met(asked, signs, within=LOOKBACK).group_by("row", maintain_order=True).agg(*_INPUTS)
        about = _last(met(asked, stays), "born", "service"), _last(met(asked, orders), "spo2_scale")
        found = beside(spine, inputs, *about)
        return found.select(pl.exclude("service", "service_event"), "service", "service_event")  # as declared

    return in_parts(spine, rows)


def _scale() -> pl.Expr:
    chosen = {SCALE_1_ORDER: 1, SCALE_2_ORDER: 2}
    return pl.col("code").replace_strict(chosen, default=None, return_dtype=pl.Int64)


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
