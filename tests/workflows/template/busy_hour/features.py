"""The last hour counted of each department, as it was known."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import polars as pl

from wardwise.loop.declare.feature import Feature, FeatureSet
from wardwise.loop.derive.facts import asked_of, beside, facts, in_parts, met

if TYPE_CHECKING:
    from wardwise.loop.derive.view import View

KINDS = ("arrivals.counted",)


def feature_set(strings: Mapping[str, str]) -> FeatureSet:
    """Two columns: the count and its event."""
    count = Feature("count", "1", KINDS, strings["feature_count"])
    event = Feature("count_event", "1", KINDS, strings["feature_event"])
    return FeatureSet("busy-hour", 1, (count, event), compute)


def compute(view: "View", spine: pl.DataFrame) -> pl.DataFrame:
    """The spine with the count last told at or before each row."""
    counts = facts(view, KINDS, "hour", "count", key="unit")

    def rows(spine: pl.LazyFrame) -> pl.LazyFrame:
        seen = met(asked_of(spine), counts).sort("row", "hour", "tie", "id")
        last = seen.group_by("row", maintain_order=True).agg(
            pl.col("count").last(), pl.col("id").last().alias("count_event")
        )
        return beside(spine, last)

    return in_parts(spine, rows)
