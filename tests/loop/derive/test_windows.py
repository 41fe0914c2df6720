"""Figures over stretches of time equal a dull second implementation, in one batch and event by event."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import isclose
from statistics import fmean
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wardwise.errors import ImpossibleValue
from wardwise.loop.capture.event import About, Draft, Event, Status
from wardwise.loop.capture.fold import fold_key
from wardwise.loop.capture.instant import Instant
from wardwise.loop.capture.log import Batch
from wardwise.loop.declare.feature import FeatureSet
from wardwise.loop.derive.frame import INSTANT
from wardwise.loop.derive.history import History
from wardwise.loop.derive.view import View
from wardwise.loop.derive.windows import Figure, Window, windowed
from wardwise.rehearse.replay.parity import Ground, parity
from wardwise.rehearse.story.play import Shelf
from wardwise.sites.load import SiteFolder
from wardwise.stores.memory.log import MemoryLog

DAY = datetime(2026, 3, 2, tzinfo=UTC)
LATEST = DAY + timedelta(days=40)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
SHORT = [(timedelta(hours=6), timedelta(0)), (timedelta(hours=24), timedelta(hours=6))]
LONG = [(timedelta(days=30), timedelta(days=1))]


def window(figure: Figure, back: timedelta, until: timedelta, code: str = "lactate") -> Window:
    column = "value"
    hours = f"{back // HOUR}_{until // HOUR}"
    return Window(
        name=f"{code}_{figure}_{hours}", says="", ucum="mmol/L", kind="lab.resulted", column=column,
        figure=figure, back=back, until=until, where={"code": code},
    )  # fmt: skip


def every(stretches: Sequence[tuple[timedelta, timedelta]]) -> list[Window]:
    return [
        window(figure, *stretch, code=code) for figure in Figure for stretch in stretches for code in ("lactate", "wbc")
    ]


SETS = [windowed("short", 1, every(SHORT)), windowed("long", 1, every(LONG))]
WINDOWS = [every(SHORT), every(LONG)]


@dataclass(frozen=True)
class Result:
    """A result: of whom, what, how much, when it happened, how much later it was known, what it replaces."""

    stay: str
    code: str
    tenths: int | None
    hour: int
    lag: int
    status: Status
    replaces: int | None

    def draft(self, number: int) -> Draft:
        happened = DAY + self.hour * HOUR
        payload: dict[str, Any] = {"code": self.code, "ucum": "mmol/L"}
        payload |= {"word": "haemolysed"} if self.tenths is None else {"value": f"{self.tenths / 10}"}
        return Draft(
            id=f"l{number}",
            kind="lab.resulted",
            occurred_at=happened,
            source="oru",
            about=About(encounter=self.stay),
            status=self.status,
            supersedes=None if self.replaces is None else f"l{self.replaces % max(number, 1)}",
            known_at=happened + self.lag * MINUTE,
            payload=payload,
        )


RESULTS = st.lists(
    st.builds(
        Result,
        stay=st.sampled_from(["ann", "bob"]),
        code=st.sampled_from(["lactate", "wbc"]),
        tenths=st.one_of(st.none(), st.integers(1, 99), st.integers(1, 99)),
        hour=st.one_of(st.integers(0, 30), st.integers(0, 900)),
        lag=st.sampled_from([-3, 0, 0, 1, 90, 3000]),
        status=st.sampled_from([Status.FINAL] * 4 + [Status.CORRECTED, Status.SUSPECT, Status.CANCELLED]),
        replaces=st.one_of(st.none(), st.none(), st.integers(0, 30)),
    ),
    min_size=1,
    max_size=20,
)


def logged(results: Sequence[Result]) -> MemoryLog:
    log = MemoryLog()
    log.append(log.lease("demo", "test"), Batch([each.draft(number) for number, each in enumerate(results)]), LATEST)
    return log


def rows(
    log: MemoryLog, folder: SiteFolder, features: FeatureSet, spine: Sequence[tuple[str, datetime, int]]
) -> list[dict[str, Any]]:
    view = View(folder, Instant(LATEST, log.head("demo").position), History(log, "demo"), Shelf())
    asked = pl.DataFrame(spine, schema={"entity": pl.String, "at": INSTANT, "position": pl.Int64}, orient="row")
    return features.compute(view, asked).to_dicts()


def dull(events: Sequence[Event], row: dict[str, Any], asked: Window) -> Any:
    """One figure of one row in plain Python."""
    seen = [event for event in events if event.position <= row["position"] and event.known_at <= row["at"]]
    replaced = {event.supersedes for event in seen}
    end = row["at"] - asked.until
    found = sorted(
        (
            event
            for event in seen
            if event.about.encounter == row["entity"]
            and event.payload["code"] == asked.where["code"]
            and "value" in event.payload
            and event.id not in replaced
            and event.status not in {Status.SUSPECT, Status.CANCELLED}
            and row["at"] - asked.back < event.occurred_at <= (end if asked.until else end + 5 * MINUTE)
        ),
        key=lambda event: (*fold_key(event), event.id),
    )
    values = [float(str(event.payload["value"])) for event in found]
    if asked.figure is Figure.COUNT or not found:
        return len(found) if asked.figure is Figure.COUNT else None
    figures = {
        Figure.LAST: values[-1],
        Figure.AGE: max((end - found[-1].occurred_at) // MINUTE, 0),
        Figure.EVENT: found[-1].id,
        Figure.MEAN: fmean(values),
        Figure.LOWEST: min(values),
        Figure.HIGHEST: max(values),
        Figure.SLOPE: slope([(event.occurred_at - end) / HOUR for event in found], values),
    }
    return figures[asked.figure]


def slope(hours: list[float], values: list[float]) -> float | None:
    off = [hour - fmean(hours) for hour in hours]
    square = sum(each * each for each in off)
    return sum(each * value for each, value in zip(off, values, strict=True)) / square if square else None


def same(found: Any, wanted: Any) -> bool:
    if isinstance(found, float) and isinstance(wanted, float):
        return isclose(found, wanted, rel_tol=1e-9, abs_tol=1e-9)
    return bool(found == wanted)


@settings(max_examples=40, deadline=None)
@given(RESULTS)
def test_each_figure_is_what_a_dull_reading_of_the_log_gives(folder: SiteFolder, results: list[Result]) -> None:
    log = logged(results)
    events = log.read("demo")
    spine = [(stay, event.known_at, event.position) for event in events for stay in ("ann", "bob")]
    spine += [("ann", LATEST - timedelta(days=days), len(results)) for days in (0, 10, 20)]
    for features, windows in zip(SETS, WINDOWS, strict=True):
        for row in rows(log, folder, features, spine):
            for asked in windows:
                assert same(row[asked.name], dull(events, row, asked)), asked.name


@settings(max_examples=30, deadline=None)
@given(RESULTS)
def test_batch_and_event_by_event_give_the_same_rows(folder: SiteFolder, results: list[Result]) -> None:
    for features in SETS:
        assert parity(features, Ground(logged(results), folder, Shelf()), kind="lab.resulted").first == ()


def test_nothing_told_gives_no_number_but_a_count_of_none(folder: SiteFolder) -> None:
    row = rows(logged([Result("bob", "wbc", 50, 0, 0, Status.FINAL, None)]), folder, SETS[0], [("ann", LATEST, 1)])[0]
    told = {name: value for name, value in row.items() if name.startswith(("lactate", "wbc"))}
    assert {name: value for name, value in told.items() if value is not None} == dict.fromkeys(
        (name for name in told if "_count_" in name), 0
    )
    assert list(row)[3:] == [each.name for each in SETS[0].features]


def test_what_a_feature_counts_is_part_of_its_hash() -> None:
    first = windowed("s", 1, [window(Figure.MEAN, *SHORT[0])])
    assert first.features[0].how == "mean of value in lab.resulted with code lactate, after 6 h before"
    others = [window(Figure.MEAN, 2 * SHORT[0][0], SHORT[0][1]), window(Figure.MEAN, *SHORT[0], code="wbc")]
    assert len({first.digest, *(windowed("s", 1, [each]).digest for each in others)}) == 3


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"kind": "lab.imagined"}, "no kind lab.imagined"),
        ({"column": "vaule"}, "no column vaule"),
        ({"where": {"cod": "lactate"}}, "no column cod"),
        ({"column": "word"}, "word, which is no number"),
        ({"until": timedelta(hours=6)}, "ends before it begins"),
    ],
)
def test_a_wrong_declaration_is_refused(changes: dict[str, Any], why: str) -> None:
    asked = {
        "name": "x", "says": "", "ucum": "1", "kind": "lab.resulted", "column": "value", "figure": Figure.MEAN,
        "back": timedelta(hours=6),
    }  # fmt: skip
    with pytest.raises(ImpossibleValue, match=why):
        windowed("s", 1, [Window(**(asked | changes))])  # type: ignore[arg-type]


def test_a_stretch_begins_after_its_beginning_and_holds_its_end(folder: SiteFolder) -> None:
    log = logged([Result("ann", "lactate", 50, 0, 0, Status.FINAL, None)])
    counts = windowed("c", 1, [window(Figure.COUNT, back, until) for back, until in SHORT])

    def at(**hours: float) -> tuple[int, int]:
        row = rows(log, folder, counts, [("ann", DAY + timedelta(**hours), 1)])[0]
        return row["lactate_count_6_0"], row["lactate_count_24_6"]

    assert [at(hours=0), at(hours=5.99), at(hours=6), at(hours=23.99), at(hours=24)] == [
        (1, 0), (1, 0), (0, 1), (0, 1), (0, 0)
    ]  # fmt: skip
