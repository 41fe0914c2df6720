"""What every raw inbox does, whatever it is made of."""

from datetime import timedelta

import pytest

from wardwise.errors import NotFound
from wardwise.loop.capture.canonical import digest
from wardwise.loop.capture.ids import raw_id
from wardwise.loop.capture.inbox import Counts, Receipt

EVERYTHING = 10_000


def receipts(raws):
    return [raw.receipt.value for raw in raws]


def sequences(raws):
    return [raw.sequence for raw in raws]


def test_an_empty_inbox_has_nothing(inbox):
    assert inbox.pending("st", after=0) == []
    assert inbox.refused("st") == []
    assert inbox.counts("st") == Counts(0, 0, 0, 0, 0)
    assert inbox.last_received("st") == {}
    assert inbox.receive([]) == []


def test_bytes_are_stored_as_received(inbox, arrival):
    sent = arrival("42", b"MSH|\x00\xff\r\n")
    [raw] = inbox.receive([sent])
    assert (raw.arrival, raw.sequence, raw.receipt) == (sent, 1, Receipt.STORED)
    assert raw.id == raw_id("adt", "42", digest(b"MSH|\x00\xff\r\n"))
    assert inbox.find(raw.id) == raw
    assert inbox.pending("st", after=0) == [raw]


def test_an_empty_body_is_bytes_too(inbox, arrival):
    [raw] = inbox.receive([arrival("1", b"")])
    assert inbox.find(raw.id).arrival.body == b""


def test_the_same_bytes_under_the_same_control_id_are_a_duplicate(inbox, arrival):
    [first] = inbox.receive([arrival("1", b"a")])
    [again] = inbox.receive([arrival("1", b"a", minute=5)])
    assert (again.receipt, again.id, again.sequence) == (Receipt.DUPLICATE, first.id, 2)
    assert inbox.pending("st", after=0) == [first]
    assert inbox.find(first.id) == first


def test_other_bytes_under_the_same_control_id_are_a_conflict_and_both_are_read(inbox, arrival):
    raws = inbox.receive([arrival("1", b"a"), arrival("1", b"b"), arrival("1", b"b"), arrival("1", b"a")])
    assert receipts(raws) == ["stored", "conflict", "duplicate", "duplicate"]
    assert sequences(inbox.pending("st", after=0)) == [1, 2]


def test_the_same_bytes_under_another_control_id_are_another_message(inbox, arrival):
    assert receipts(inbox.receive([arrival("1", b"a"), arrival("2", b"a")])) == ["stored", "stored"]


def test_without_a_control_id_equal_bytes_are_a_duplicate_and_others_never_a_conflict(inbox, arrival):
    raws = inbox.receive([arrival("", b"a"), arrival("", b"b"), arrival("", b"a")])
    assert receipts(raws) == ["stored", "stored", "duplicate"]


def test_sources_and_sites_do_not_mix(inbox, arrival):
    raws = inbox.receive(
        [
            arrival("1", b"a"),
            arrival("1", b"a", source="lab"),
            arrival("1", b"a", site="north"),
            arrival("1", b"b", site="south"),
        ]
    )
    assert receipts(raws) == ["stored", "stored", "stored", "stored"]
    assert sequences(inbox.pending("north", after=0)) == [3]
    assert inbox.counts("north").received == 1


def test_sequences_rise_over_all_sites_and_pending_reads_on(inbox, arrival):
    inbox.receive([arrival(str(n), b"a", site=("st", "north")[n % 2], source=f"s{n % 3}") for n in range(12)])
    assert sequences(inbox.pending("st", after=0)) == [1, 3, 5, 7, 9, 11]
    assert sequences(inbox.pending("st", after=3, limit=2)) == [5, 7]
    assert inbox.pending("st", after=11) == []
    assert inbox.pending("st", after=0, limit=0) == []


def test_a_refused_arrival_is_kept_for_people_and_never_read(inbox, arrival):
    [raw] = inbox.receive([arrival("1", b"a", refusal="frame-too-big")])
    assert raw.receipt is Receipt.REFUSED
    assert inbox.pending("st", after=0) == []
    assert inbox.refused("st") == [raw]
    assert inbox.find(raw.id) == raw
    assert inbox.last_received("st") == {}


def test_the_newest_refusals_come_first(inbox, arrival):
    inbox.receive([arrival(str(n), b"a", refusal="no", source=f"s{n % 2}") for n in range(5)])
    assert sequences(inbox.refused("st", limit=3)) == [5, 4, 3]


def test_what_was_refused_may_be_accepted_later(inbox, arrival):
    inbox.receive([arrival("1", b"a", refusal="frame-too-big")])
    [accepted] = inbox.receive([arrival("1", b"a")])
    [other] = inbox.receive([arrival("2", b"x", refusal="no"), arrival("2", b"y")])[1:]
    assert (accepted.receipt, other.receipt) == (Receipt.STORED, Receipt.STORED)
    assert inbox.find(accepted.id) == accepted


def test_a_refusal_repeated_is_a_receipt_again(inbox, arrival):
    sent = arrival("1", b"a", refusal="no")
    assert receipts(inbox.receive([sent, sent, sent])) == ["refused"] * 3
    assert sequences(inbox.refused("st")) == [3, 2, 1]
    assert inbox.counts("st") == Counts(received=3, stored=0, duplicate=0, conflict=0, refused=3)


def test_received_is_the_sum_of_all_receipts(inbox, arrival):
    inbox.receive([arrival("1", b"a"), arrival("1", b"a"), arrival("1", b"b")])
    inbox.receive([arrival("1", b"c", refusal="no"), arrival("2", b"d"), arrival("9", b"e", site="north")])
    counts = inbox.counts("st")
    assert counts == Counts(received=5, stored=2, duplicate=1, conflict=1, refused=1)
    assert counts.acknowledged == 4


def test_the_last_receipt_of_each_source_is_told(inbox, arrival, morning):
    inbox.receive([arrival("1", minute=1), arrival("2", minute=9), arrival("3", source="lab", minute=2)])
    inbox.receive([arrival("1", minute=4), arrival("4", source="lab", minute=7, refusal="no")])
    assert inbox.last_received("st") == {
        "adt": morning + timedelta(minutes=4),
        "lab": morning + timedelta(minutes=2),
    }


def test_an_unknown_id_is_not_found(inbox, arrival):
    [raw] = inbox.receive([arrival()])
    for unknown in ("w", "", raw.id[:-1]):
        with pytest.raises(NotFound):
            inbox.find(unknown)


def test_pruning_takes_old_bodies_and_leaves_fingerprints_and_receipts(inbox, arrival, morning):
    old, young = inbox.receive([arrival("1", b"a", minute=0), arrival("2", b"b", minute=10)])
    assert inbox.prune(morning + timedelta(minutes=10), upto=EVERYTHING) == 1
    with pytest.raises(NotFound):
        inbox.find(old.id)
    assert inbox.pending("st", after=0) == [young]
    assert inbox.counts("st").stored == 2
    again = inbox.receive([arrival("1", b"a", minute=20), arrival("1", b"z", minute=20)])
    assert receipts(again) == ["duplicate", "conflict"]
    assert inbox.prune(morning + timedelta(minutes=10), upto=EVERYTHING) == 0


def test_what_no_worker_has_read_yet_is_never_pruned(inbox, arrival, morning):
    inbox.receive([arrival(str(n), minute=n) for n in range(4)])
    assert inbox.prune(morning + timedelta(days=1), upto=2) == 2
    assert sequences(inbox.pending("st", after=0)) == [3, 4]
    assert sequences(inbox.pending("st", after=0, limit=1)) == [3]


def test_a_refusal_repeated_after_pruning_is_kept_anew(inbox, arrival, morning):
    sent = arrival("1", b"a", refusal="no")
    inbox.receive([sent, sent])
    assert inbox.prune(morning + timedelta(days=1), upto=EVERYTHING) == 1
    assert inbox.refused("st") == []
    inbox.receive([sent])
    assert sequences(inbox.refused("st")) == [3]
