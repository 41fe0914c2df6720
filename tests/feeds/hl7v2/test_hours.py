"""Times read by the hour are the times read one by one, most of all on the nights the clocks change."""

from collections.abc import Callable
from datetime import datetime, timedelta

from hypothesis import example, given, settings
from hypothesis import strategies as st

from wardwise.feeds.hl7v2.errors import BadTimestamp
from wardwise.feeds.hl7v2.hours import Hours
from wardwise.feeds.hl7v2.timestamps import Precision, read_timestamp
from wardwise.hospital.moment import Localised

ZONES = ("America/Chicago", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Monrovia", "UTC")
NIGHTS = [  # shortly before clocks are changed: by an hour, by half an hour, by 44 minutes and a half, not at all
    datetime(2026, 3, 8, 1), datetime(2026, 11, 1, 0), datetime(2026, 3, 29, 1), datetime(2026, 10, 25, 1),
    datetime(2026, 4, 5, 1), datetime(2026, 10, 4, 1), datetime(1972, 1, 6, 23), datetime(2026, 6, 1, 12),
]  # fmt: skip
FORMS = (
    "%Y%m%d%H%M%S",
    "%Y%m%d%H%M",
    "%Y%m%d%H%M%S.%f",
    "%Y%m%d%H",
    "%Y%m%d",
    "%Y%m%d24%M%S",
    "%Y%m%d%H%M60",
    "%Y%m%d%H99",
)
OFFSETS = ("", "", "+0000", "-0600", "+0545", "-9900", "+01", "-06000")
HEADERS = ("", "", "20260308013000-0600", "202603080130+1030", "20260308-0500", "nonsense-0600", "20260308013000^-0600")

times = st.builds(
    lambda night, seconds, form: (night + timedelta(seconds=seconds)).strftime(form),
    st.sampled_from(NIGHTS),
    st.integers(0, 4 * 3600),
    st.sampled_from(FORMS),
)
texts = st.builds(str.__add__, times, st.sampled_from(OFFSETS)) | st.text("0123456789+-.^", max_size=20)


def told_of(read: Callable[[], Localised | None]) -> object:
    try:
        return read()
    except BadTimestamp as bad:
        return bad.facts


def one_by_one(text: str, zone: str, header: str) -> Localised | None:
    found = read_timestamp(text, zone, header=header)
    return None if found.precision.value < Precision.MINUTE.value else Localised(found.at, found.flags)


@settings(max_examples=600, deadline=None)
@given(text=texts, zone=st.sampled_from(ZONES), header=st.sampled_from(HEADERS))
@example(text="20260405014500", zone="Australia/Lord_Howe", header="")
@example(text="20261004021500", zone="Australia/Lord_Howe", header="")
@example(text="٢٠٢٦٠٣٠١١٢٠٠", zone="UTC", header="")
def test_a_time_by_the_hour_is_the_time_itself(text: str, zone: str, header: str) -> None:
    hours = Hours(zone)
    expected = told_of(lambda: one_by_one(text, zone, header))
    assert [told_of(lambda: hours.instant(text, header)) for _ in range(2)] == [expected] * 2  # the second from memory
