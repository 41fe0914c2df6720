"""Every inbox gives the same receipts as the one in memory, and keeps its books balanced."""

from datetime import timedelta

import apsw
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wardwise.errors import NotFound, StoreUnavailable
from wardwise.stores.envelope import load_envelope, make_inbox_key
from wardwise.stores.memory.inbox import MemoryInbox
from wardwise.stores.sqlite.inbox import SqliteInbox

facts = st.fixed_dictionaries(
    {
        "control_id": st.sampled_from(["", "1", "2"]),
        "body": st.sampled_from([b"", b"a", b"b"]),
        "minute": st.integers(0, 5),
        "site": st.sampled_from(["st", "north"]),
        "source": st.sampled_from(["adt", "lab"]),
        "refusal": st.sampled_from(["", "", "no"]),
    }
)
steps = st.lists(facts, max_size=6) | st.tuples(st.integers(0, 6), st.integers(0, 20))


def apply(inbox, step, arrival, morning):
    if isinstance(step, tuple):
        return inbox.prune(morning + timedelta(minutes=step[0]), upto=step[1])
    return inbox.receive([arrival(**each) for each in step])


def found(inbox, identifier):
    try:
        return inbox.find(identifier)
    except NotFound:
        return None


@settings(max_examples=120, deadline=None)
@given(run=st.lists(steps, max_size=6), key_after=st.none() | st.integers(0, 5))
def test_every_inbox_receives_as_memory_does_and_a_key_at_any_time_changes_nothing(
    fresh_inbox, tmp_path_factory, arrival, morning, run, key_after
):
    reference = MemoryInbox()
    opened = fresh_inbox()
    store = opened(None)
    seen = set()
    for done, step in enumerate(run):
        if done == key_after:
            store.close()
            keys = tmp_path_factory.mktemp("keys")
            make_inbox_key(keys)
            store = opened(load_envelope(keys))
        told = apply(store, step, arrival, morning)
        assert told == apply(reference, step, arrival, morning)
        seen |= {raw.id for raw in told} if isinstance(told, list) else set()
    for identifier in seen:
        assert found(store, identifier) == found(reference, identifier)
    for site in ("st", "north"):
        for after, limit in ((0, 100), (3, 2)):
            assert store.pending(site, after=after, limit=limit) == reference.pending(site, after=after, limit=limit)
        assert store.refused(site, limit=3) == reference.refused(site, limit=3)
        assert store.counts(site) == reference.counts(site)
        assert store.last_received(site) == reference.last_received(site)
    store.close()


def test_a_duplicate_and_a_repeated_refusal_cost_no_second_body(tmp_path, arrival):
    inbox = SqliteInbox(tmp_path / "inbox.db")
    inbox.receive([arrival("1", b"a"), arrival("1", b"a")])
    inbox.receive([arrival("2", b"b", refusal="no"), arrival("2", b"b", refusal="no")])
    inbox.close()
    other = apsw.Connection(str(tmp_path / "inbox.db"))
    assert other.execute("SELECT bytes FROM body ORDER BY sequence").fetchall() == [(b"a",), (b"b",)]
    other.close()


def test_a_pruned_body_is_gone_from_every_file_at_once(tmp_path, arrival, morning):
    inbox = SqliteInbox(tmp_path / "inbox.db")
    inbox.receive([arrival(str(n), b"%d MSH|the-name-of-somebody" % n) for n in range(2_500)])
    inbox.prune(morning + timedelta(days=1), upto=2_499)
    held = b"".join(path.read_bytes() for path in tmp_path.glob("inbox.db*"))
    assert held.count(b"the-name-of-somebody") == 1
    assert [raw.sequence for raw in inbox.pending("st", after=0)] == [2_500]
    inbox.close()


def test_pruning_does_not_wait_for_a_reader_and_a_later_one_cleans_up(tmp_path, arrival, morning):
    inbox = SqliteInbox(tmp_path / "inbox.db")
    inbox.receive([arrival("1", b"the-name-of-somebody")])
    reader = apsw.Connection(str(tmp_path / "inbox.db"))
    reader.execute("BEGIN; SELECT count(*) FROM body").fetchall()
    assert inbox.prune(morning + timedelta(days=1), upto=1) == 1
    assert b"the-name-of-somebody" in (tmp_path / "inbox.db-wal").read_bytes()
    reader.close()
    assert inbox.prune(morning + timedelta(days=1), upto=1) == 0
    assert (tmp_path / "inbox.db-wal").stat().st_size == 0
    inbox.close()


def test_changed_bytes_are_never_handed_out(tmp_path, arrival):
    inbox = SqliteInbox(tmp_path / "inbox.db")
    [raw] = inbox.receive([arrival("1", b"a")])
    other = apsw.Connection(str(tmp_path / "inbox.db"))
    other.execute("UPDATE body SET bytes = x'00'")
    other.close()
    with pytest.raises(StoreUnavailable, match="fingerprint"):
        inbox.find(raw.id)
    with pytest.raises(StoreUnavailable):
        inbox.pending("st", after=0)
    inbox.close()
