from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import polars as pl

from wardwise.loop.capture.event import About, Draft, Status
from wardwise.loop.derive.facts import asked_of, facts, met
from wardwise.loop.derive.view import View

EIGHT = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
Look = Callable[..., View]


def pulse(identifier: str, value: str, minute: int, **more: object) -> Draft:
    return Draft(
        id=identifier,
        kind="sign.measured",
        occurred_at=EIGHT + timedelta(minutes=minute),
        source="oru",
        about=About(encounter="ada"),
        payload={"code": "pulse", "value": value, "ucum": "/min"},
        **more,  # type: ignore[arg-type]
    )


def values(view: View, *minutes: int) -> list[list[float]]:
    """The pulse values that a spine row at each minute may see."""
    spine = pl.concat([view.spine(["ada"]).with_columns(at=pl.lit(EIGHT + timedelta(minutes=m))) for m in minutes])
    asked = asked_of(spine.lazy().with_row_index("row"))
    joined = met(asked, facts(view, ("sign.measured",), "value")).collect()
    return [joined.filter(pl.col("row") == row)["value"].to_list() for row in range(len(minutes))]


def test_each_row_of_a_spine_sees_what_was_known_at_its_own_instant(seen: Look) -> None:
    view = seen([pulse("v1", "80", 0), pulse("v2", "120", 30)])
    assert values(view, 10, 40) == [[80.0], [80.0, 120.0]]


def test_a_corrected_value_is_seen_until_its_correction_is_known(seen: Look) -> None:
    view = seen([pulse("v1", "800", 0), pulse("v2", "80", 5, supersedes="v1", status=Status.CORRECTED)])
    assert values(view, 3, 6) == [[800.0], [80.0]]
    assert view.events("sign.measured")["value"].to_list() == [80.0]


def test_a_suspect_value_is_kept_and_never_scored(seen: Look) -> None:
    view = seen([pulse("v1", "80", 0, status=Status.SUSPECT)])
    assert values(view, 10) == [[]]
    assert view.events("sign.measured").height == 1


def test_a_late_fact_is_seen_from_when_it_was_known(seen: Look) -> None:
    view = seen([pulse("v1", "80", 0, known_at=EIGHT + timedelta(minutes=20))])
    assert values(view, 10, 20) == [[], [80.0]]
