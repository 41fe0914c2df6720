from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wardwise.errors import BrokenArtefact, ImpossibleValue
from wardwise.learn.counts.fit import fit
from wardwise.learn.counts.model import CountModel, state_from_json, state_to_json
from wardwise.learn.counts.series import Calendar, HourlySeries
from wardwise.learn.counts.settings import CountSettings

FIRST = 1000
DAYS = 420
LEVELS = np.array([0.1, 0.5, 0.9])


def calendar_of(days: int) -> Calendar:
    """Day 0 is a Monday; every fiftieth day is a match, every sixtieth a holiday."""
    number = np.repeat(np.arange(days), 24)
    return Calendar(
        first=FIRST,
        hour_of_week=np.arange(days * 24) % 168,
        day_of_year=number % 365 + 1,
        day=number,
        marks={"match": number % 50 == 49, "holiday": number % 60 == 59},
    )


CALENDAR = calendar_of(DAYS + 14)


def true_mean() -> np.ndarray:
    part = CALENDAR.between(FIRST, FIRST + DAYS * 24)
    hour = 2.0 + 8.0 * (part.hour_of_week % 24 >= 8)
    weekday = np.where(part.hour_of_week // 24 == 0, 1.2, 1.0)
    return hour * weekday * np.where(part.mark("match"), 1.3, 1.0)


COUNTS = np.random.default_rng(5).poisson(true_mean()).astype(np.float64)
SERIES = HourlySeries(FIRST, COUNTS)
MODEL = fit(SERIES, CALENDAR, CountSettings())


def test_the_model_finds_the_busy_monday_and_the_quiet_night():
    week = MODEL.forecast(MODEL.start, CALENDAR, hours=168).expected.reshape(7, 24)
    assert week[0].sum() / week[1:].sum(axis=1).mean() == pytest.approx(1.2, abs=0.04)
    assert week[2, 2:6].mean() == pytest.approx(2.0, abs=0.2)
    assert week[2, 10:22].mean() == pytest.approx(10.0, abs=0.4)


def test_the_model_learns_what_a_match_does():
    effects = dict(MODEL.pattern.effects.marks)
    assert 0.1 < effects["match"] < np.log(1.3)


def test_the_state_stands_before_the_first_hour_after_training():
    assert MODEL.start.hour == SERIES.end


@given(st.lists(st.integers(1, 167), min_size=1, max_size=6, unique=True))
def test_sums_of_windows_are_the_sums_of_their_hours_and_ranges_are_ordered(cuts):
    forecast = MODEL.forecast(MODEL.start, CALENDAR, hours=168)
    starts, stops = np.zeros(len(cuts), dtype=np.int64), np.array(sorted(cuts))
    found = forecast.over(starts, stops, LEVELS)
    means = [forecast.expected[:stop].sum() for stop in sorted(cuts)]
    assert (np.diff(found, axis=1) > 0).all()
    assert (found >= 0).all()
    assert found[:, 1] == pytest.approx(means, abs=1.0)
    assert (np.diff(found, axis=0) >= 0).all()


def test_a_day_asked_as_a_window_has_the_ranges_of_the_day():
    forecast = MODEL.forecast(MODEL.start, CALENDAR, hours=168)
    one = forecast.over(np.array([24]), np.array([48]), LEVELS)
    assert one[0] == pytest.approx(forecast.daily(LEVELS)[1])


def test_a_window_outside_the_forecast_is_refused():
    forecast = MODEL.forecast(MODEL.start, CALENDAR, hours=24)
    with pytest.raises(ImpossibleValue, match="outside the 24 hours"):
        forecast.over(np.array([20]), np.array([25]), LEVELS)


@settings(max_examples=20)
@given(st.lists(st.integers(1, 14 * 24 - 1), max_size=4, unique=True))
def test_hours_handed_in_parts_end_in_the_same_state(cuts):
    fresh = HourlySeries(SERIES.end, np.random.default_rng(8).poisson(7.0, 14 * 24).astype(np.float64))
    whole = MODEL.advance(MODEL.start, fresh, CALENDAR)
    state = MODEL.start
    for cut in [*sorted(cuts), 14 * 24]:
        state = MODEL.advance(state, HourlySeries(SERIES.end, fresh.counts[:cut]), CALENDAR)
    assert state.hour == whole.hour
    assert state.level == pytest.approx(whole.level, rel=1e-12)
    assert state.stretch.day == pytest.approx(whole.stretch.day, rel=1e-12)
    assert state.stretch.hour == pytest.approx(whole.stretch.hour, rel=1e-12)


def test_training_reads_nothing_after_its_end():
    end = FIRST + 300 * 24
    early = HourlySeries(FIRST, SERIES.between(FIRST, end))
    shorter = fit(early, calendar_of(300), CountSettings())
    longer = fit(early, CALENDAR, CountSettings())
    assert shorter.to_json() == longer.to_json()


def test_busier_weeks_lift_the_level_and_two_thirds_of_the_rise_is_there_in_four_weeks():
    busy = HourlySeries(SERIES.end, 1.5 * true_mean()[: 14 * 24])
    state = MODEL.advance(MODEL.start, busy, CALENDAR)
    assert 1.15 < state.level / MODEL.start.level < 1.35


def test_hours_not_reported_teach_nothing():
    silent = HourlySeries(SERIES.end, np.full(72, np.nan))
    state = MODEL.advance(MODEL.start, silent, CALENDAR)
    assert state.level == pytest.approx(MODEL.start.level)
    assert state.stretch.hour == pytest.approx(MODEL.start.stretch.hour, rel=0.02)


def test_ranges_widen_when_days_keep_missing_them():
    wild = HourlySeries(SERIES.end, true_mean()[: 14 * 24] * np.repeat([0.4, 1.6] * 7, 24))
    state = MODEL.advance(MODEL.start, wild, CALENDAR)
    assert state.stretch.day > 1.2 * MODEL.start.stretch.day
    narrow = MODEL.forecast(MODEL.start, CALENDAR, hours=24).daily(LEVELS)[0]
    wide = replace(MODEL.forecast(MODEL.start, CALENDAR, hours=24), stretch=state.stretch).daily(LEVELS)[0]
    assert wide[2] - wide[0] > narrow[2] - narrow[0]


def test_a_model_and_a_state_come_back_from_their_text_unchanged():
    assert CountModel.from_json(MODEL.to_json()) == MODEL
    assert state_from_json(state_to_json(MODEL.start)) == MODEL.start


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format":"other"}', '{"format":"wardwise-counts-1"}'])
def test_a_text_that_is_no_model_is_refused(text):
    with pytest.raises(BrokenArtefact):
        CountModel.from_json(text)


def test_training_twice_gives_the_same_artefact():
    assert fit(SERIES, CALENDAR, CountSettings()).to_json() == MODEL.to_json()


def test_a_month_of_counts_is_too_little():
    with pytest.raises(ImpossibleValue, match="30 whole days"):
        fit(HourlySeries(FIRST, COUNTS[: 30 * 24]), CALENDAR, CountSettings())


def test_a_negative_count_is_refused():
    with pytest.raises(ImpossibleValue, match="below zero"):
        HourlySeries(0, np.array([1.0, -1.0]))


def test_a_day_of_23_hours_when_the_clocks_change_is_learnt_like_any_other():
    kept = np.arange(DAYS * 24) != 200 * 24 + 2
    part = CALENDAR.between(FIRST, FIRST + DAYS * 24)
    shorter = Calendar(FIRST, part.hour_of_week[kept], part.day_of_year[kept], part.day[kept])
    model = fit(HourlySeries(FIRST, COUNTS[kept]), shorter, CountSettings())
    assert model.start.hour == SERIES.end - 1
