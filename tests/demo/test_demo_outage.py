from datetime import UTC, datetime, timedelta
from itertools import pairwise

from wardwise.demo.habits import Due
from wardwise.demo.outage import Outage, held_back, outage_of
from wardwise.demo.setting import Setting
from wardwise.demo.timeline import Timeline

NOON = datetime(2026, 3, 2, 18, tzinfo=UTC)  # 12:00 in Chicago
MINUTE = timedelta(minutes=1)


def due(minute: int, feed: str, control: str) -> Due:
    return Due(NOON + minute * MINUTE, feed, control, b"")


def test_what_a_silent_feed_holds_goes_out_in_its_order_when_it_is_back() -> None:
    sent = [due(-1, "oru", "1"), due(0, "oru", "2"), due(1, "adt", "3"), due(9, "oru", "4"), due(10, "oru", "5")]
    found = held_back(Outage("oru", NOON, NOON + 10 * MINUTE), sent)
    assert [(one.control, (one.at - NOON) // MINUTE) for one in found] == [
        ("1", -1), ("3", 1), ("2", 10), ("4", 10), ("5", 10),
    ]  # fmt: skip


def test_results_are_silent_at_noon_for_longer_than_their_contract_allows(
    setting: Setting, first_day: Timeline, site_silences: dict[str, int]
) -> None:
    outage = outage_of(setting)
    assert outage.begins == NOON
    assert outage.ends - outage.begins > timedelta(minutes=site_silences[outage.feed])
    told = [one for one in first_day.messages if one.feed == outage.feed]
    assert not any(outage.stops(one) for one in told)
    assert max(later.at - one.at for one, later in pairwise(told)) >= outage.ends - outage.begins
    assert any(outage.begins <= one.at < outage.ends for one in first_day.messages if one.feed != outage.feed)
