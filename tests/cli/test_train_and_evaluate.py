"""`train` says what it lacks; `evaluate` prints one object with the baselines beside the model."""

import csv
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from random import Random

COLUMNS = (
    "Year", "Quarter", "Month", "Day", "Hour", "Arrivals", "Date", "Weekday", "temp",
    "xmas", "xmas2", "nye", "nyd", "thx", "thx1", "ind", "game_day",
)  # fmt: skip
FIRST = date(2015, 1, 5)


def written(file: Path, first: date, days: int) -> Path:
    """Invented hourly arrivals: quiet nights, busy Mondays."""
    rng = Random(days)  # noqa: S311 - invented numbers
    with file.open("w", newline="") as opened:
        table = csv.writer(opened)
        table.writerow(COLUMNS)
        for day in (first + timedelta(days=n) for n in range(days)):
            for hour in range(24):
                busy = (6 if 9 <= hour < 22 else 2) + 2 * (day.weekday() == 0)
                arrivals = rng.randint(busy - 2, busy + 2)
                table.writerow(
                    [day.year, "Q1", day.month, day.day, hour, arrivals, day, f"{day:%a}", 50, *(0,) * 8]
                )  # fmt: skip
    return file


def test_training_without_history_says_how_much_is_needed(wardwise: Callable, demo_site: Path, tmp_path: Path) -> None:
    wardwise("init", "--data", tmp_path / "data")
    said = wardwise("train", "ed_demand", "--site", demo_site, "--data", tmp_path / "data")
    assert said.code == 12
    assert "84 whole days" in said.err
    assert said.out == ""


def test_training_what_has_no_model_names_those_that_have(wardwise: Callable, demo_site: Path, tmp_path: Path) -> None:
    said = wardwise("train", "deterioration", "--site", demo_site, "--data", tmp_path / "data")
    assert said.code == 22
    assert "ed_demand" in said.err
    assert not (tmp_path / "data").exists()


def test_evaluation_prints_one_object(wardwise: Callable, tmp_path: Path) -> None:
    train = written(tmp_path / "train.csv", FIRST, 200)
    test = written(tmp_path / "test.csv", FIRST + timedelta(days=200), 21)
    said = wardwise("evaluate", "ed_arrivals", "--dataset", "uihc", "--train", train, "--test", test, "--json")
    floors_met = all(floor["met"] for floor in said.told["floors"])
    assert said.code == (0 if floors_met else 1), said.err
    assert said.told["train"]["rows"] == 200 * 24
    assert {"metrics", "baselines", "floors", "known_basis", "model", "seconds", "seed", "n"} <= said.told.keys()
    assert set(said.told["baselines"]) == {"seasonal_naive", "mean8"}


def test_evaluation_names_line_and_column_of_a_broken_file(wardwise: Callable, tmp_path: Path) -> None:
    train = written(tmp_path / "train.csv", FIRST, 100)
    test = written(tmp_path / "test.csv", FIRST + timedelta(days=100), 8)
    lines = test.read_text().splitlines()
    lines[30] = lines[30].replace("2015-04-16", "soon")
    test.write_text("\n".join(lines))
    said = wardwise("evaluate", "ed_arrivals", "--dataset", "uihc", "--train", train, "--test", test, "--json")
    assert said.code == 11
    assert "test.csv:31: Date" in said.err
    assert said.out == ""


def test_a_task_nobody_names_is_told(wardwise: Callable, tmp_path: Path) -> None:
    file = written(tmp_path / "x.csv", FIRST, 1)
    said = wardwise("evaluate", "weather", "--dataset", "uihc", "--train", file, "--test", file)
    assert said.code == 22
    assert "ed_arrivals" in said.err
