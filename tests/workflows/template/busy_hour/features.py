"""The last hour counted of each department, as it was known."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import polars as pl

from wardwise.loop.declare.feature import Feature, FeatureSet
from wardwise.loop.derive.visible import seen_by

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
    seen = seen_by(spine, view.table("arrivals.counted"), key="unit").sort("row", "hour", "tie", "id")
    last = seen.group_by("row", maintain_order=True).agg(
        pl.col("count").last(), pl.col("id").last().alias("count_event")
    )
    return spine.with_row_index("row").join(last, on="row", how="left", maintain_order="left").drop("row")
