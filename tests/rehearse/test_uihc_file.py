import gzip
from pathlib import Path

import numpy as np
import pytest

from wardwise.errors import BrokenFile
from wardwise.rehearse.datasets.uihc import read_uihc
from wardwise.rehearse.datasets.uihc_calendar import joined_calendar, joined_series

HEADER = "Date,Hour,Arrivals,temp,xmas,xmas2,nye,nyd,thx,thx1,ind,game_day"


def day(date: str, *, game: int = 0) -> list[str]:
    return [f"{date},{hour}.0,{hour % 5}.0,50.0,0,0,0,0,0,0,0,{game}.0" for hour in range(24)]


def written(folder: Path, lines: list[str], *, name: str = "arrivals.csv") -> Path:
    path = folder / name
    path.write_text("\n".join([HEADER, *lines]) + "\n")
    return path


def test_a_file_becomes_hours_and_flags(tmp_path):
    found = read_uihc(written(tmp_path, [*day("2016-09-02"), *day("2016-09-03", game=1)]))
    assert found.arrivals[:6].tolist() == [0, 1, 2, 3, 4, 0]
    assert found.flags["game_day"].tolist() == [False, True]
    assert found.first_day.isoformat() == "2016-09-02"


def test_a_compressed_file_reads_the_same(tmp_path):
    plain = written(tmp_path, day("2016-09-02"))
    packed = tmp_path / "arrivals.csv.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert np.array_equal(read_uihc(packed).arrivals, read_uihc(plain).arrivals)


GOOD = day("2016-09-02")
BROKEN = [
    ("non-numeric", [GOOD[0].replace(",0.0,50", ",many,50"), *GOOD[1:]], 2, "Arrivals", "not a number"),
    ("not finite", [GOOD[0].replace(",0.0,50", ",nan,50"), *GOOD[1:]], 2, "Arrivals", "not a finite"),
    ("negative", [*GOOD[:3], GOOD[3].replace(",3.0,50", ",-3.0,50"), *GOOD[4:]], 5, "Arrivals", "from zero up"),
    ("fraction", [*GOOD[:3], GOOD[3].replace(",3.0,50", ",3.5,50"), *GOOD[4:]], 5, "Arrivals", "whole number"),
    ("doubled hour", [*GOOD[:5], *GOOD[4:]], 7, "Hour", "stands twice"),
    ("gap", [*GOOD[:5], *GOOD[7:]], 7, "Hour", "2 hours are missing"),
    ("backwards", [*GOOD[:5], GOOD[1], *GOOD[6:]], 7, "Hour", "earlier than the line before"),
    ("hour 24", [*GOOD[:5], GOOD[5].replace(",5.0,0.0", ",24.0,0.0"), *GOOD[6:]], 7, "Hour", "0 to 23"),
    ("bad date", [GOOD[0].replace("2016-09-02", "02/09/2016"), *GOOD[1:]], 2, "Date", "not a day"),
    ("cut day", GOOD[:20], 21, "Hour", "within a day"),
    ("flag", [GOOD[0][:-5] + "?,0.0", *GOOD[1:]], 2, "ind", "not a number"),
    ("empty", [], 1, "Hour", "no hours"),
]


@pytest.mark.parametrize(
    ("lines", "line", "column", "what"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN]
)
def test_broken_input_is_named_with_line_and_column(tmp_path, lines, line, column, what):
    with pytest.raises(BrokenFile, match=what) as found:
        read_uihc(written(tmp_path, lines))
    assert (found.value.facts["line"], found.value.facts["field"]) == (line, column)
    assert found.value.facts["file"] == "arrivals.csv"
    assert found.value.facts["remedy"]


def test_a_missing_column_is_named(tmp_path):
    path = tmp_path / "arrivals.csv"
    path.write_text(HEADER.replace(",game_day", "") + "\n")
    with pytest.raises(BrokenFile, match="game_day: the column is missing"):
        read_uihc(path)


@pytest.mark.parametrize(
    ("content", "what"),
    [(gzip.compress(b"Date,Hour\n" * 99)[:30], "cut short"), (b"Date\n\xe9\n", "not UTF-8")],
    ids=["cut short", "not UTF-8"],
)
def test_a_damaged_file_is_refused(tmp_path, content, what):
    path = tmp_path / "arrivals.csv"
    path.write_bytes(content)
    with pytest.raises(BrokenFile, match=what):
        read_uihc(path)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(BrokenFile, match="cannot be opened"):
        read_uihc(tmp_path / "none.csv")


def test_days_between_train_and_test_are_unreported(tmp_path):
    train = read_uihc(written(tmp_path, day("2016-11-22"), name="a.csv"))
    test = read_uihc(written(tmp_path, day("2016-11-24"), name="b.csv"))
    series = joined_series(train, test)
    assert series.counts.size == 72
    assert np.isnan(series.counts[24:48]).all()


def test_a_test_file_that_overlaps_the_training_file_is_refused(tmp_path):
    both = read_uihc(written(tmp_path, day("2016-11-22")))
    with pytest.raises(BrokenFile, match="before the training file ends"):
        joined_series(both, both)


def test_holidays_cast_marks_on_the_days_round_them(tmp_path):
    train = read_uihc(written(tmp_path, day("2016-11-23", game=1), name="a.csv"))
    test = read_uihc(written(tmp_path, [*day("2016-11-24"), *day("2016-11-25")], name="b.csv"))
    marks = {name: flags.reshape(-1, 24)[:, 0].tolist() for name, flags in joined_calendar(train, test).marks.items()}
    assert marks["Thanksgiving Day"] == [False, True, False]
    assert marks["Thanksgiving Day, day before"] == [True, False, False]
    assert marks["Thanksgiving Day, day after"] == [False, False, True]
    assert marks["holiday"] == [False, True, False]
    assert marks["match, day after"] == [False, True, False]
