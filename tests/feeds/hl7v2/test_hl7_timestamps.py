"""Times and dates as HL7 writes them."""

import contextlib
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wardwise.feeds.hl7v2.errors import BadTimestamp
from wardwise.feeds.hl7v2.timestamps import Precision, read_day, read_timestamp

BERLIN = "Europe/Berlin"


@pytest.mark.parametrize(
    ("text", "header", "expected", "flags"),
    [
        ("20260301120000+0200", "", datetime(2026, 3, 1, 10, tzinfo=UTC), ()),
        ("20260301120000-0530", "20260301-0100", datetime(2026, 3, 1, 17, 30, tzinfo=UTC), ()),
        ("20260301120000", "20260301+0300", datetime(2026, 3, 1, 9, tzinfo=UTC), ("offset-from-header",)),
        ("20260301120000", "20260301", datetime(2026, 3, 1, 11, tzinfo=UTC), ()),
        ("20260701120000", "nonsense", datetime(2026, 7, 1, 10, tzinfo=UTC), ()),
        ("20261025023000", "", datetime(2026, 10, 25, 0, 30, tzinfo=UTC), ("ambiguous-local-time",)),
        ("20260329023000", "", datetime(2026, 3, 29, 1, 30, tzinfo=UTC), ("imaginary-local-time",)),
        ("20260301240000", "", datetime(2026, 3, 1, 23, tzinfo=UTC), ("hour-24",)),
        ("20261231235960+0000", "", datetime(2026, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC), ("leap-second",)),
        ("202603011200^M", "", datetime(2026, 3, 1, 11, tzinfo=UTC), ()),
    ],
)
def test_own_offset_then_the_headers_then_the_zone(
    text: str, header: str, expected: datetime, flags: tuple[str, ...]
) -> None:
    found = read_timestamp(text, BERLIN, header=header)
    assert (found.at, found.flags, found.raw) == (expected, flags, text)


@pytest.mark.parametrize(
    ("text", "precision"),
    [
        ("2026", Precision.YEAR),
        ("202603", Precision.MONTH),
        ("20260301", Precision.DAY),
        ("2026030112", Precision.HOUR),
        ("202603011201", Precision.MINUTE),
        ("20260301120102", Precision.SECOND),
        ("20260301120102.5", Precision.FRACTION),
    ],
)
def test_the_precision_is_as_far_as_the_text_goes(text: str, precision: Precision) -> None:
    assert read_timestamp(text, "UTC").precision is precision


@pytest.mark.parametrize(
    "text",
    [
        "",
        "26",
        "20261301",
        "20260230",
        "2026-03-01",
        "20260301250000",
        "20260301120000+9900",
        "٢٠٢٦",
        "00000000",
        "99991231240000",
        "00010101000000+0100",
        "20260301120000+0190",
    ],
)
def test_a_bad_time_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(BadTimestamp) as refused:
        read_timestamp(text, "UTC")
    assert not set("12345678") & set(str(refused.value.facts["shape"]))


def test_a_birth_date_is_a_date() -> None:
    assert read_day("19610329023000-0800") == date(1961, 3, 29)
    assert read_day("196103") is None
    for text in ("196", "19610230", '""', "19610329^" + "D" * 40):
        with pytest.raises(BadTimestamp):
            read_day(text)


@given(st.datetimes(timezones=st.just(UTC)).filter(lambda at: 1900 < at.year < 2200))
def test_a_time_in_utc_is_read_back(at: datetime) -> None:
    text = at.strftime("%Y%m%d%H%M%S.%f") + "+0000"
    assert read_timestamp(text, BERLIN).at == at


@given(st.text("0123456789+-.^SZ", max_size=26))
def test_nothing_but_the_declared_error_is_raised(text: str) -> None:
    for zone in ("UTC", "America/New_York"):
        with contextlib.suppress(BadTimestamp):
            assert read_timestamp(text, zone).at.tzinfo is UTC
