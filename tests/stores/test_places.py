"""Places of readers that write nothing: the same on every log."""

from contextlib import closing

from wardwise.loop.capture.log import Batch
from wardwise.stores.sql.access import Access
from wardwise.stores.sqlite.log import SqliteLog

READER = "publish/engine"


def test_a_place_is_kept_from_the_first_and_moved_on_from_where_it_was(log, draft, morning):
    assert log.place("st", READER) is None
    lease = log.lease("st", "worker")
    log.append(lease, Batch([draft("v1")]), morning)
    assert log.move("st", READER, was=None, to=0)
    assert log.place("st", READER) == 0  # kept at the beginning is not the same as not kept
    assert log.move("st", READER, was=0, to=1)
    assert log.place("st", READER) == log.offset("st", READER) == 1
    assert log.place("st", "publish/other") is None


def test_the_second_of_two_that_read_under_one_name_is_told_so(log):
    log.lease("st", "worker")
    assert log.move("st", READER, was=None, to=5)
    assert not log.move("st", READER, was=None, to=9)
    assert not log.move("st", READER, was=4, to=9)
    assert log.place("st", READER) == 5


def test_a_site_the_log_does_not_have_keeps_no_place(log):
    assert not log.move("st", READER, was=None, to=5)
    assert log.sites() == []
    assert log.place("st", READER) is None


def test_moving_a_place_takes_no_lease_and_disturbs_none(log, draft, morning):
    lease = log.lease("st", "worker")
    assert log.move("st", READER, was=None, to=0)
    log.append(lease, Batch([draft("v1")], offsets={"intake": 3}), morning)
    assert (log.place("st", READER), log.offset("st", "intake")) == (0, 3)
    assert log.verify("st").position == 1


def test_a_place_outlives_the_process_that_kept_it(tmp_path):
    with closing(SqliteLog(tmp_path / "events.db")) as log:
        log.lease("st", "worker")
        assert log.move("st", READER, was=None, to=7)
    with closing(SqliteLog(tmp_path / "events.db", access=Access.READ)) as log:
        assert log.place("st", READER) == 7
