"""When the worker counts as not reading, and when the counts of the doors count as broken."""

from wardwise.loop.capture.log import Batch
from wardwise.surfaces.web.watch import DoorWatch


def test_a_message_that_waits_over_five_seconds_is_unread(hands) -> None:
    ward = hands.make_ward()
    watch = DoorWatch(ward.house)
    hands.leave(ward, "adt", "adt")
    assert watch.look().unread is None
    ward.clock.lapse(4.5)
    assert watch.look().unread is None
    ward.clock.lapse(1)
    found = watch.look().unread
    assert found
    assert (found.waiting, found.since) == (2, hands.NOW)


def test_a_worker_that_reads_within_a_few_seconds_is_never_said_to_lag(hands) -> None:
    ward = hands.make_ward()
    watch = DoorWatch(ward.house)
    waiting = []
    for _ in range(20):
        waiting += hands.leave(ward, "adt")
        hands.read(ward, waiting[:-3])
        waiting = waiting[-3:]
        assert watch.look().unread is None
        ward.clock.lapse(1)


def test_a_worker_that_reads_but_always_seven_seconds_late_is_said_to_lag(hands) -> None:
    ward = hands.make_ward()
    watch = DoorWatch(ward.house)
    waiting, told = [], []
    for _ in range(20):
        waiting += hands.leave(ward, "adt")
        hands.read(ward, waiting[:-7])
        waiting = waiting[-7:]
        told.append(watch.look().unread is not None)
        ward.clock.lapse(1)
    assert told[:5] == [False] * 5
    assert told[7:] == [True] * 13


def test_what_was_refused_or_sent_twice_never_waits(hands) -> None:
    ward = hands.make_ward()
    watch = DoorWatch(ward.house)
    (raw,) = hands.leave(ward, "adt")
    hands.read(ward, [raw])
    ward.inbox.receive([raw.arrival])
    watch.look()
    ward.clock.lapse(60)
    assert watch.look().unread is None
    assert watch.look().balance.holds


def test_a_message_passed_over_breaks_the_law(hands) -> None:
    ward = hands.make_ward()
    (raw,) = hands.leave(ward, "adt")
    ward.log.append(ward.log.lease(ward.site, "w"), Batch([], [], {"intake": raw.sequence}), hands.NOW)
    found = DoorWatch(ward.house).look().balance
    assert (found.pending, found.holds) == (0, False)


def test_a_message_that_comes_between_two_counts_is_no_broken_law(hands) -> None:
    ward = hands.make_ward()
    count, late = ward.inbox.counts, ["adt", "adt"]

    def counts(site: str):
        found = count(site)
        if late:
            hands.leave(ward, late.pop())
        return found

    ward.inbox.counts = counts
    found = DoorWatch(ward.house).look().balance
    assert (found.received, found.pending, found.holds) == (2, 2, True)
