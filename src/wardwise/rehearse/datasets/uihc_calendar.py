"""The calendar of the Iowa arrivals: public holidays, the days round them, and home matches."""

from collections.abc import Iterable
from datetime import date

import holidays
import numpy as np
import numpy.typing as npt

from wardwise.errors import BrokenFile
from wardwise.learn.counts.series import Calendar, HourlySeries
from wardwise.rehearse.datasets.uihc import EVENT_FLAG, HOLIDAY_FLAGS, UihcHours

Booleans = npt.NDArray[np.bool_]

REST_MARK = "holiday"
MATCH_MARK = "match"

_NAMED_BY_FLAG = {
    "xmas": "Christmas Day",
    "xmas2": "Christmas Day, day after",
    "nye": "New Year's Day, day before",
    "nyd": "New Year's Day",
    "thx": "Thanksgiving Day",
    "thx1": "Thanksgiving Day, day after",
    "ind": "Independence Day",
}
CLINIC_HOLIDAYS = frozenset(
    {
        "New Year's Day",
        "Memorial Day",
        "Independence Day",
        "Labor Day",
        "Thanksgiving Day",
        "Christmas Day",
    }
)
"""The six on which American hospitals close their clinics; on the other public holidays they work."""

_ROUND_A_HOLIDAY = (("", 0), (", day before", 1), (", day after", -1))


def joined_series(train: UihcHours, test: UihcHours) -> HourlySeries:
    """Train and test on one line of hours; hours between the two are unreported."""
    if test.first_hour < train.end_hour:
        raise BrokenFile(
            file=test.path,
            line=2,
            field="Date",
            what=f"the test begins {test.first_day}, before the training file ends",
            remedy="Give a test file that begins after the last day of --train",
        )
    between = np.full(test.first_hour - train.end_hour, np.nan)
    return HourlySeries(train.first_hour, np.concatenate([train.arrivals, between, test.arrivals]))


def joined_calendar(train: UihcHours, test: UihcHours) -> Calendar:
    """The calendar of every hour from the first of train to the last of test; all of it is known years ahead."""
    first = train.first_day.toordinal()
    days = [date.fromordinal(number) for number in range(first, test.end_hour // 24)]
    marks = _holiday_marks(days)
    for file in (train, test):
        start = file.first_day.toordinal() - first
        part = slice(start, start + file.arrivals.size // 24)
        for flag in HOLIDAY_FLAGS:
            _mark(marks, _NAMED_BY_FLAG[flag], len(days))[part] |= file.flags[flag]
        _mark(marks, MATCH_MARK, len(days))[part] |= file.flags[EVENT_FLAG]
    after_match = np.concatenate([[False], marks[MATCH_MARK][:-1]])
    marks[f"{MATCH_MARK}, day after"] = after_match
    hour = np.tile(np.arange(24), len(days))
    return Calendar(
        first=train.first_hour,
        hour_of_week=np.repeat([day.weekday() for day in days], 24) * 24 + hour,
        day_of_year=np.repeat([day.timetuple().tm_yday for day in days], 24),
        day=np.repeat(np.arange(first, first + len(days)), 24),
        marks={name: np.repeat(flags, 24) for name, flags in marks.items()},
    )


def _holiday_marks(days: list[date]) -> dict[str, Booleans]:
    """One mark per clinic holiday, for its day before and its day after, and one for all of them."""
    years = range(days[0].year - 1, days[-1].year + 2)
    found = holidays.country_holidays("US", subdiv="IA", years=years, observed=False)
    marks: dict[str, Booleans] = {}
    numbers = [day.toordinal() for day in days]
    for suffix, ahead in _ROUND_A_HOLIDAY:
        for place, number in enumerate(numbers):
            for name in _names(found.get_list(date.fromordinal(number + ahead))):
                _mark(marks, name + suffix, len(days))[place] = True
                _mark(marks, REST_MARK + suffix, len(days))[place] = True
    return marks


def _names(found: Iterable[str]) -> list[str]:
    """Those of a day's holidays that empty the clinics; none on most days."""
    return [name for name in found if name in CLINIC_HOLIDAYS]


def _mark(marks: dict[str, Booleans], name: str, days: int) -> Booleans:
    """The flags of a mark, begun where it is new."""
    return marks.setdefault(name, np.zeros(days, dtype=np.bool_))
