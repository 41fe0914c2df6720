from dataclasses import replace
from datetime import UTC, datetime, timedelta
from statistics import mean

from wardwise.demo.arrivals import SURGE_HOURS, arrivals, mean_of, surge_of
from wardwise.demo.flow import stays
from wardwise.demo.setting import Setting
from wardwise.demo.stay import Act

HOUR = timedelta(hours=1)


def test_a_year_brings_about_105_a_day_quiet_nights_and_quieter_weekends(setting: Setting) -> None:
    counts = arrivals(setting, setting.start - timedelta(days=365), setting.start)
    assert 100 <= sum(count for _, count in counts) / 365 <= 110
    by_clock = [mean(count for hour, count in counts if setting.local(hour).hour == clock) for clock in range(24)]
    assert by_clock[4] < 2.2
    assert by_clock[11] > 5.5
    by_day = [mean(count for hour, count in counts if setting.local(hour).weekday() == day) for day in range(7)]
    assert by_day[0] == max(by_day)
    assert by_day[6] < by_day[0]


def test_a_holiday_expects_fewer_than_the_same_weekday_a_week_later(setting: Setting) -> None:
    christmas = datetime(2026, 12, 25, 18, tzinfo=UTC)
    assert mean_of(setting, christmas) < 0.95 * mean_of(setting, christmas + timedelta(days=7, hours=24))


def test_hours_scatter_more_than_a_poisson(setting: Setting) -> None:
    counts = arrivals(setting, setting.start - timedelta(days=400), setting.start)
    excess = mean(((count - mean_of(setting, hour)) ** 2 - count) for hour, count in counts)
    assert excess > 0.3


def test_the_count_of_an_hour_does_not_depend_on_the_range_asked_for(setting: Setting) -> None:
    wide = dict(arrivals(setting, setting.start - timedelta(days=3), setting.end))
    narrow = arrivals(setting, setting.start + 5 * HOUR, setting.start + 8 * HOUR)
    assert len(narrow) == 3
    assert all(wide[hour] == count for hour, count in narrow)


def test_one_surge_on_the_first_afternoon_brings_three_to_four_fifths_more(setting: Setting) -> None:
    extra = []
    for seed in range(40):
        one = replace(setting, seed=seed)
        surge = surge_of(one)
        assert 1.6 <= surge.factor <= 1.8
        assert setting.local(surge.start).hour in {14, 15, 16}
        assert setting.start < surge.start < setting.end
        during = arrivals(one, surge.start, surge.start + SURGE_HOURS * HOUR)
        extra.append(sum(count for _, count in during) / sum(mean_of(one, hour) for hour, _ in during))
    assert 1.55 < mean(extra) < 1.85


def test_patients_at_the_door_are_those_that_were_counted(setting: Setting) -> None:
    came = [move.at for stay in stays(setting) for move in stay.moves if move.act is Act.ARRIVED]
    for hour, count in arrivals(setting, setting.start, setting.end):
        assert sum(hour <= at < hour + HOUR for at in came) == count


def test_about_a_fifth_of_those_who_come_are_admitted(setting: Setting) -> None:
    plans = [stay.plan for stay in stays(replace(setting, days=30)) if stay.moves[0].act is Act.ARRIVED]
    assert 0.19 <= sum(bool(plan.first) for plan in plans) / len(plans) <= 0.25
