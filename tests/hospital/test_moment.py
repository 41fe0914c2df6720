from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wardwise.hospital.moment import AMBIGUOUS, IMAGINARY, from_iso, iso, localise, micros, moment

CHICAGO = "America/Chicago"


def test_an_ordinary_local_time_is_resolved_without_a_flag() -> None:
    found = localise(datetime(2026, 1, 15, 7, 0), CHICAGO)
    assert (found.at, found.flags) == (datetime(2026, 1, 15, 13, 0, tzinfo=UTC), ())


def test_a_time_the_clock_shows_twice_takes_the_first_and_is_flagged() -> None:
    found = localise(datetime(2026, 11, 1, 1, 30), CHICAGO)
    assert (found.at, found.flags) == (datetime(2026, 11, 1, 6, 30, tzinfo=UTC), (AMBIGUOUS,))


def test_a_time_the_clock_never_shows_is_carried_over_the_gap_and_flagged() -> None:
    found = localise(datetime(2026, 3, 8, 2, 30), CHICAGO)
    assert (found.at, found.flags) == (datetime(2026, 3, 8, 8, 30, tzinfo=UTC), (IMAGINARY,))


def test_a_midnight_that_did_not_exist_is_flagged() -> None:
    # Regina moved its clocks at midnight on 13 April 1941; a laboratory system once stopped on it.
    assert localise(datetime(1941, 4, 13, 0, 0), "America/Regina").flags == (IMAGINARY,)


@given(st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1)))
def test_microseconds_and_text_both_bring_an_instant_back(naive: datetime) -> None:
    at = naive.replace(tzinfo=UTC)
    assert moment(micros(at)) == at == from_iso(iso(at))


def test_a_text_without_an_offset_is_no_instant() -> None:
    with pytest.raises(ValueError, match="no offset"):
        from_iso("2026-03-01T02:10:00")
