import gzip
import os
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from wardwise.errors import ImpossibleValue, NotAllowed
from wardwise.learn.counts.series import HourlySeries
from wardwise.rehearse.backtest.arrival_floors import judge_floors, leak_suspected
from wardwise.rehearse.backtest.ed_arrivals import evaluate_ed_arrivals
from wardwise.rehearse.backtest.foresight import refuse_foresight
from wardwise.rehearse.backtest.origins import WeekAhead

HEADER = "Date,Hour,Arrivals,temp,xmas,xmas2,nye,nyd,thx,thx1,ind,game_day"
DATA = Path(os.environ.get("WARDWISE_DATA", Path(__file__).parents[2].parent / "shared" / "data"))
IOWA = DATA / "uihc_ed_arrivals_2013-07_2017-09.csv.gz"


def invented_file(path: Path, *, first: date, days: int, seed: int) -> Path:
    """Poisson arrivals, five times as many by day as by night, a fifth more on Mondays."""
    generator = np.random.default_rng(seed)
    lines = [HEADER]
    for number in range(days):
        day = first + timedelta(number)
        mean = np.where(np.arange(24) >= 8, 5.0, 1.0) * (1.2 if day.weekday() == 0 else 1.0)
        lines += [f"{day},{h},{n},50,0,0,0,0,0,0,0,0" for h, n in enumerate(generator.poisson(mean))]
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture(scope="module")
def invented(tmp_path_factory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("invented")
    train = invented_file(folder / "train.csv", first=date(2015, 1, 1), days=400, seed=1)
    return train, invented_file(folder / "test.csv", first=date(2016, 2, 5), days=60, seed=2)


def test_an_invented_hospital_gives_the_figures_its_noise_allows(invented):
    steps: list[tuple[int, int]] = []
    found = evaluate_ed_arrivals("uihc", *invented, seed=7, progress=lambda done, total: steps.append((done, total)))
    daily = found["metrics"]["daily"]
    assert found["n"] == daily["n"] == 60 * 7 - 21
    assert found["metrics"]["hourly"]["n"] == daily["n"] * 24
    assert daily["mae"] == pytest.approx(np.sqrt(2 / np.pi * 90), rel=0.15)
    assert daily["crps"] == pytest.approx(daily["mae"] * 0.707, rel=0.06)
    assert 0.70 < daily["coverage80"] < 0.90
    assert daily["mae"] < 0.8 * found["baselines"]["seasonal_naive"]["daily"]["mae"]
    assert not found["leak_suspected"]
    assert steps[0] == (1, 60)
    assert steps[-1] == (60, 60)
    assert {"workflow", "dataset", "train", "test", "n", "seconds", "seed", "model", "metrics"} < found.keys()


def test_the_same_files_and_seed_give_the_same_report_but_for_seconds(invented):
    one, two = (evaluate_ed_arrivals("uihc", *invented, seed=7, progress=None) for _ in range(2))
    one.pop("seconds")
    two.pop("seconds")
    assert one == two


def test_what_comes_in_the_test_file_does_not_change_the_model(invented, tmp_path):
    train, test = invented
    other = invented_file(tmp_path / "other.csv", first=date(2016, 2, 5), days=60, seed=9)
    one = evaluate_ed_arrivals("uihc", train, test, seed=7, progress=None)
    two = evaluate_ed_arrivals("uihc", train, other, seed=7, progress=None)
    assert one["model"] == two["model"]
    assert one["metrics"] != two["metrics"]


def test_another_dataset_is_refused(invented):
    with pytest.raises(ImpossibleValue, match="knows no dataset 'else'"):
        evaluate_ed_arrivals("else", *invented, seed=7, progress=None)


class Clairvoyant:
    """Keeps the whole series it once saw, so its forecast is what will come."""

    def __init__(self, whole: HourlySeries) -> None:
        self.whole = whole

    def week_ahead(self, past: HourlySeries, *, days: int) -> WeekAhead:
        coming = self.whole.between(past.end, past.end + days * 24)
        return WeekAhead(coming[:, None], coming[:, None], coming)


def test_a_forecaster_that_sees_the_future_is_refused():
    counts = np.arange(240.0)
    series = HourlySeries(0, counts)
    refuse_foresight(Clairvoyant(series), series, origin=72)

    class Peeking(Clairvoyant):
        def week_ahead(self, past: HourlySeries, *, days: int) -> WeekAhead:
            whole = past.counts.base if past.counts.base is not None else past.counts
            coming = whole[past.end : past.end + days * 24]
            return WeekAhead(coming[:, None], coming[:, None], coming)

    with pytest.raises(NotAllowed, match="counts after its origin"):
        refuse_foresight(Peeking(series), series, origin=72)


def scores(daily_mae: float, coverage: float) -> dict[str, dict[str, float | int]]:
    ends = {"coverage80_low": coverage - 0.03, "coverage80_high": coverage + 0.03}
    daily = {"mae": daily_mae, "crps": 0.7 * daily_mae, "coverage80": coverage, **ends}
    return {"daily": daily, "hourly": {"mae": 2.0}, "sum10h": {"mae": 7.0}}


def test_a_floor_is_met_by_the_figure_or_by_the_ratio_and_missed_by_neither():
    hard_winter = {"mean8": scores(16.0, 0.8)}
    by_ratio = {one["measure"]: one["met"] for one in judge_floors(scores(14.0, 0.8), hard_winter)}
    assert by_ratio["daily.mae"]
    missed = {one["measure"]: one["met"] for one in judge_floors(scores(15.5, 0.9), hard_winter)}
    assert not missed["daily.mae"]
    assert not missed["daily.coverage80"]


def test_an_error_far_below_the_noise_is_suspected():
    assert leak_suspected(scores(8.0, 0.8), {"mean8": scores(12.0, 0.8)})


@pytest.mark.skipif(not IOWA.exists(), reason="no ../shared")
@pytest.mark.parametrize("split", ["2015-10-01", "2016-04-01", "2016-10-01", "2017-04-01"])
def test_iowa_arrivals_meet_their_floors_on_every_split(split, tmp_path):
    header, *rows = gzip.decompress(IOWA.read_bytes()).decode().splitlines()
    place = header.split(",").index("Date")
    end = (date.fromisoformat(split) + timedelta(183)).isoformat()
    parts = {"train": ("", split), "test": (split, end)}
    for name, (start, stop) in parts.items():
        kept = [row for row in rows if start <= row.split(",")[place] < stop]
        (tmp_path / name).write_text("\n".join([header, *kept]))
    found = evaluate_ed_arrivals("uihc", tmp_path / "train", tmp_path / "test", seed=7, progress=None)
    daily, naive = found["metrics"]["daily"], found["baselines"]["seasonal_naive"]["daily"]
    ratios = {one["measure"]: one["ratio"] / one["ratio_must"] for one in found["floors"] if "ratio" in one}
    assert all(one["met"] for one in found["floors"]), found["floors"]
    assert max(ratios.values()) <= 1.0, ratios
    assert daily["mae"] <= 0.82 * naive["mae"]
    assert not found["leak_suspected"]
    if split == "2017-04-01":
        assert all(one["stretch_met"] for one in found["floors"] if "ratio" in one)
