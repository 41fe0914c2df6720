from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from wardwise.loop.capture.event import About, Draft
from wardwise.loop.derive.by_row import by_row
from wardwise.loop.derive.view import View

EIGHT = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
Look = Callable[..., View]


def pulse(identifier: str, encounter: str, minute: int) -> Draft:
    return Draft(
        id=identifier,
        kind="sign.measured",
        occurred_at=EIGHT + timedelta(minutes=minute),
        source="oru",
        about=About(encounter=encounter),
        payload={"code": "pulse", "value": "80", "ucum": "/min"},
    )


def told(view: View, encounter: str) -> dict[str, Any]:
    signs = view.events("sign.measured").filter(pl.col("encounter") == encounter)
    return {"signs": signs.height, "last": signs["id"].to_list()[-1] if signs.height else None, "unused": 1}


def test_each_row_looks_from_its_own_instant_and_position_and_keeps_its_place(seen: Look) -> None:
    view = seen([pulse("v1", "ada", 0), pulse("v2", "bob", 10), pulse("v3", "ada", 30)])
    asked = [("ada", 40, 3), ("bob", 5, 3), ("ada", 20, 3), ("ada", 40, 2), ("bob", 40, 3)]
    spine = pl.concat(
        view.spine([who]).with_columns(at=pl.lit(EIGHT + timedelta(minutes=minute)), position=pl.lit(upto))
        for who, minute, upto in (asked)
    ).with_columns(pl.col("position").cast(pl.Int64))
    rows = by_row({"signs": pl.Int64, "last": pl.String}, told)(view, spine)
    assert rows.columns == ["entity", "at", "position", "signs", "last"]
    assert rows.select("entity", "signs", "last").rows() == [
        ("ada", 2, "v3"),
        ("bob", 0, None),
        ("ada", 1, "v1"),
        ("ada", 1, "v1"),
        ("bob", 1, "v2"),
    ]


def test_a_spine_of_nobody_has_the_columns_all_the_same(seen: Look) -> None:
    view = seen([])
    rows = by_row({"signs": pl.Int64, "last": pl.String}, told)(view, view.spine([]))
    assert (rows.height, rows.schema["signs"], rows.schema["last"]) == (0, pl.Int64, pl.String)
