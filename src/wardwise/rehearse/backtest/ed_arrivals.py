"""The honest backtest of emergency arrivals: every day an origin, a week ahead, beside two dull forecasts."""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from wardwise.errors import ImpossibleValue
from wardwise.learn.counts.fit import fit
from wardwise.learn.counts.model import CountModel
from wardwise.learn.counts.series import Calendar, HourlySeries
from wardwise.learn.counts.settings import CountSettings
from wardwise.rehearse.backtest.arrival_floors import judge_floors, leak_suspected
from wardwise.rehearse.backtest.arrival_forecasters import ModelForecaster, mean_forecaster
from wardwise.rehearse.backtest.arrival_scores import Scores, scores
from wardwise.rehearse.backtest.foresight import refuse_foresight
from wardwise.rehearse.backtest.origins import WEEK_DAYS, Forecaster, Judged, judge_at
from wardwise.rehearse.datasets.uihc import UihcHours, read_uihc
from wardwise.rehearse.datasets.uihc_calendar import REST_MARK, joined_calendar, joined_series

Progress = Callable[[int, int], None]

DATASET = "uihc"
MODEL_ID = "ed-arrivals-counts-1"
BASELINES = {"seasonal_naive": 1, "mean8": 8}

KNOWN_BASIS = "assumed"
"""The file has no record times: an hour's count is taken as known when the hour is over."""


@dataclass(frozen=True, slots=True)
class Split:
    """Both files on one line of hours."""

    train: HourlySeries
    whole: HourlySeries
    calendar: Calendar
    test_start: int


def evaluate_ed_arrivals(
    dataset: str, train: Path, test: Path, *, seed: int, progress: Progress | None
) -> dict[str, object]:
    """Train on one file, forecast every week of the other, and return what `wardwise evaluate` prints.

    The same files and seed give the same object except `seconds`.
    """
    started = time.perf_counter()
    if dataset != DATASET:
        raise ImpossibleValue(what=f"ed_arrivals knows no dataset '{dataset}'", remedy=f"Give --dataset {DATASET}")
    files = (read_uihc(train), read_uihc(test))
    split = _split(*files)
    model = fit(split.train, split.calendar, CountSettings(rest_mark=REST_MARK))
    refuse_foresight(ModelForecaster(model, split.calendar), split.whole, origin=split.test_start)
    metrics, baselines = _compete(model, split, seed=seed, progress=progress)
    return {
        "workflow": "ed_demand",
        "task": "ed_arrivals",
        "dataset": dataset,
        "train": _facts(files[0]),
        "test": _facts(files[1]),
        "n": metrics["daily"]["n"],
        "seconds": round(time.perf_counter() - started, 3),
        "seed": seed,
        "known_basis": KNOWN_BASIS,
        "model": {"id": MODEL_ID, "artefact_hash": artefact_hash(model)},
        "metrics": metrics,
        "baselines": baselines,
        "floors": judge_floors(metrics, baselines),
        "leak_suspected": leak_suspected(metrics, baselines),
    }


def artefact_hash(model: CountModel) -> str:
    """SHA-256 of the artefact's text."""
    return hashlib.sha256(model.to_json().encode()).hexdigest()


def _split(train: UihcHours, test: UihcHours) -> Split:
    """Join the two files; parameters will see the first alone."""
    return Split(
        train=HourlySeries(train.first_hour, train.arrivals),
        whole=joined_series(train, test),
        calendar=joined_calendar(train, test),
        test_start=test.first_hour,
    )


def _compete(
    model: CountModel, split: Split, *, seed: int, progress: Progress | None
) -> tuple[Scores, dict[str, Scores]]:
    """Scores of the model and of each baseline over the same origins."""
    entrants: dict[str, Forecaster] = {"model": ModelForecaster(model, split.calendar)}
    for name, repeats in BASELINES.items():
        entrants[name] = mean_forecaster(split.train, repeats=repeats)
    judged: dict[str, list[Judged]] = {name: [] for name in entrants}
    origins = range(split.test_start, split.whole.end, 24)
    for done, origin in enumerate(origins, start=1):
        days = min(WEEK_DAYS, (split.whole.end - origin) // 24)
        for name, forecaster in entrants.items():
            judged[name].append(judge_at(forecaster, split.whole, origin=origin, days=days))
        if progress is not None:
            progress(done, len(origins))
    found = {name: scores(of_one, seed=seed) for name, of_one in judged.items()}
    return found.pop("model"), found


def _facts(file: UihcHours) -> dict[str, object]:
    """What identifies a file."""
    return {"path": file.path, "rows": int(file.arrivals.size), "sha256": file.sha256}
