from datetime import UTC, date, datetime

from wardwise.workflows.ed_demand.local_hours import local_hours, marks_of, number_of, start_of
from wardwise.workflows.ed_demand.place import Place

CHICAGO = Place("America/Chicago", "US", "IA", (("Fair", date(2026, 8, 6).toordinal(), date(2026, 8, 7).toordinal()),))


def hours(place: Place, first: datetime, end: datetime):
    return local_hours(place, number_of(first), number_of(end))


def test_an_hour_is_numbered_from_1970_and_back() -> None:
    at = datetime(1970, 1, 2, 3, 59, tzinfo=UTC)
    assert number_of(at) == 27
    assert start_of(27) == datetime(1970, 1, 2, 3, tzinfo=UTC)


def test_the_day_the_clocks_go_forward_has_23_hours_and_no_two_o_clock() -> None:
    day = hours(CHICAGO, datetime(2026, 3, 8, 6, tzinfo=UTC), datetime(2026, 3, 9, 5, tzinfo=UTC))
    assert len(day.day) == 23
    assert set(day.day) == {date(2026, 3, 8).toordinal()}
    assert day.hour_of_week.tolist() == [6 * 24 + hour for hour in range(24) if hour != 2]


def test_the_day_the_clocks_go_back_has_25_hours_and_one_o_clock_twice() -> None:
    day = hours(CHICAGO, datetime(2026, 11, 1, 5, tzinfo=UTC), datetime(2026, 11, 2, 6, tzinfo=UTC))
    assert len(day.day) == 25
    assert day.hour_of_week.tolist()[:4] == [144, 145, 145, 146]


def test_where_the_zone_is_half_an_hour_off_an_hour_belongs_to_the_local_hour_it_starts_in() -> None:
    found = hours(
        Place("Asia/Kolkata", "IN"), datetime(2026, 3, 2, 18, tzinfo=UTC), datetime(2026, 3, 2, 20, tzinfo=UTC)
    )
    assert found.hour_of_week.tolist() == [23, 24]
    assert found.day.tolist() == [date(2026, 3, 2).toordinal(), date(2026, 3, 3).toordinal()]


def test_a_holiday_marks_its_day_and_the_days_round_it() -> None:
    assert set(marks_of(CHICAGO, date(2026, 7, 4).toordinal())) == {"Independence Day", "holiday"}
    assert set(marks_of(CHICAGO, date(2026, 7, 3).toordinal())) == {
        "Independence Day, day before",
        "holiday, day before",
    }
    assert "holiday, day after" in marks_of(CHICAGO, date(2026, 7, 5).toordinal())


def test_a_local_event_marks_its_days_and_the_day_after() -> None:
    assert [marks_of(CHICAGO, date(2026, 8, day).toordinal()) for day in (5, 6, 7, 8, 9)] == [
        (),
        ("event: Fair",),
        ("event: Fair",),
        ("event: Fair, day after",),
        (),
    ]


def test_a_country_nobody_knows_has_no_holidays() -> None:
    assert marks_of(Place("UTC", "XX"), date(2026, 12, 25).toordinal()) == ()


def test_marks_stand_on_every_hour_of_their_local_day_and_on_no_other() -> None:
    found = hours(CHICAGO, datetime(2026, 7, 4, 4, tzinfo=UTC), datetime(2026, 7, 5, 6, tzinfo=UTC))
    assert found.mark("holiday").tolist() == [False] + [True] * 24 + [False]
