"""With a key the bodies are sealed on the disk, and nothing that was sealed is ever read wrongly or kept unsealed."""

import os
import stat
import time
from pathlib import Path

import apsw
import pytest

from wardwise.errors import StoreUnavailable
from wardwise.stores.envelope import load_envelope, make_inbox_key
from wardwise.stores.sql.access import Access
from wardwise.stores.sql.inbox import Sealing
from wardwise.stores.sqlite.inbox import SqliteInbox

MARKER = b"ZZPHI-the-name-of-somebody"


def opened(folder: Path, *, access: Access = Access.WRITE) -> SqliteInbox:
    return SqliteInbox(folder / "inbox.db", envelope=load_envelope(folder), access=access)


def sealed(folder: Path) -> SqliteInbox:
    make_inbox_key(folder)
    return opened(folder)


def files_with(folder: Path, marker: bytes) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if marker in path.read_bytes())


def change(folder: Path, sql: str) -> None:
    other = apsw.Connection(str(folder / "inbox.db"))
    other.execute(sql)
    other.close()


@pytest.mark.parametrize("with_key", [False, True])
def test_a_sealed_body_is_in_no_file_as_it_came(tmp_path, arrival, with_key):
    inbox = sealed(tmp_path) if with_key else opened(tmp_path)
    inbox.receive([arrival(str(n), MARKER + b"%d" % n) for n in range(50)])
    inbox.receive([arrival("r", MARKER, refusal="frame-too-big")])
    told = files_with(tmp_path, MARKER)  # the writer is open: what it wrote stands in the -wal
    assert "inbox.db-wal" in {path.name for path in tmp_path.iterdir()}
    inbox.close()
    told += files_with(tmp_path, MARKER)
    assert told == ([] if with_key else ["inbox.db-wal", "inbox.db"])


def test_a_key_set_later_seals_what_comes_after_and_the_rest_is_read_as_before(tmp_path, arrival):
    inbox = opened(tmp_path)
    [before] = inbox.receive([arrival("1", b"plain")])
    inbox.close()
    inbox = sealed(tmp_path)
    again, after = inbox.receive([arrival("1", b"plain"), arrival("2", b"sealed")])
    key = load_envelope(tmp_path).current
    assert inbox.sealing() == Sealing(plain=1, sealed={key: 1})
    assert again.receipt == "duplicate"
    assert [raw.arrival.body for raw in inbox.pending("st", after=0)] == [b"plain", b"sealed"]
    assert (inbox.find(before.id), inbox.find(after.id)) == (before, after)
    inbox.close()


def test_equal_bodies_are_sealed_to_different_bytes(tmp_path, arrival):
    inbox = sealed(tmp_path)
    inbox.receive([arrival("1", b"a" * 64), arrival("2", b"a" * 64)])
    inbox.close()
    other = apsw.Connection(str(tmp_path / "inbox.db"))
    one, two = (kept for (kept,) in other.execute("SELECT bytes FROM body"))
    other.close()
    assert one[12:] != two[12:]
    assert len(one) == 12 + 64 + 16


@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE body SET bytes = (SELECT bytes FROM body WHERE sequence = 2) WHERE sequence = 1",
        "UPDATE body SET bytes = CAST(bytes || x'00' AS BLOB)",
        "UPDATE body SET bytes = x'00'",
        "UPDATE body SET key = ''",
        "UPDATE body SET key = '0123456789abcdef'",
        "UPDATE receipt SET holder = 2 WHERE sequence = 1",
        "UPDATE door SET site = 'st', source = 'lab' WHERE number = 1",
        "UPDATE receipt SET raw = 'w2' WHERE sequence = 1",
    ],
)
def test_a_sealed_body_opens_only_where_it_was_put_and_as_it_was(tmp_path, arrival, harm):
    inbox = sealed(tmp_path)
    inbox.receive([arrival("1", b"same"), arrival("2", b"same")])
    change(tmp_path, harm)
    with pytest.raises(StoreUnavailable):
        inbox.pending("st", after=0)
    inbox.close()


@pytest.mark.unbalanced
def test_a_row_moved_to_another_site_with_all_its_fingerprints_does_not_open(tmp_path, arrival):
    # The raw id knows no site, so only the seal tells the two apart.
    inbox = sealed(tmp_path)
    inbox.receive([arrival("1", b"same")])
    change(tmp_path, "UPDATE door SET site = 'north'")
    with pytest.raises(StoreUnavailable, match="not where it was put"):
        inbox.pending("north", after=0)
    inbox.close()


def test_without_its_key_a_sealed_inbox_is_not_opened_to_write_and_the_file_is_named(tmp_path, arrival):
    inbox = sealed(tmp_path)
    inbox.receive([arrival("1", b"a")])
    key = load_envelope(tmp_path).current
    inbox.close()
    (tmp_path / "inbox.key").rename(tmp_path / "elsewhere")
    with pytest.raises(StoreUnavailable, match=rf"inbox\.key.*{key}.*keys' backup"):
        opened(tmp_path)
    reader = opened(tmp_path, access=Access.READ)
    assert reader.counts("st").received == 1  # what is no body is read all the same
    with pytest.raises(StoreUnavailable, match=r"inbox\.key"):
        reader.pending("st", after=0)
    reader.close()


def test_another_key_is_no_key(tmp_path, arrival):
    inbox = sealed(tmp_path)
    inbox.receive([arrival("1", b"a")])
    inbox.close()
    (tmp_path / "inbox.key").unlink()
    with pytest.raises(StoreUnavailable, match=r"inbox\.key.*that key is not here"):
        sealed(tmp_path)


def test_an_inbox_that_was_sealed_is_never_written_unsealed_again_not_even_when_it_is_empty(tmp_path):
    sealed(tmp_path).close()
    (tmp_path / "inbox.key").unlink()
    with pytest.raises(StoreUnavailable, match=r"inbox\.key.*kept unsealed from now on"):
        opened(tmp_path)


def test_a_link_to_a_key_that_is_not_mounted_is_a_missing_key(tmp_path):
    (tmp_path / "inbox.key").symlink_to(tmp_path / "not" / "mounted")
    with pytest.raises(StoreUnavailable, match=r"inbox\.key"):
        opened(tmp_path)


def test_a_new_key_seals_from_now_on_and_the_former_one_still_opens(tmp_path, arrival, morning):
    inbox = sealed(tmp_path)
    inbox.receive([arrival("1", b"old")])
    former = load_envelope(tmp_path).current
    inbox.close()
    (tmp_path / "inbox.key").rename(tmp_path / "inbox-2026.key")
    with pytest.raises(StoreUnavailable, match="init --encrypt-inbox"):
        opened(tmp_path)
    inbox = sealed(tmp_path)
    inbox.receive([arrival("2", b"new", minute=60)])
    current = load_envelope(tmp_path).current
    assert inbox.sealing() == Sealing(plain=0, sealed={former: 1, current: 1})
    assert [raw.arrival.body for raw in inbox.pending("st", after=0)] == [b"old", b"new"]
    inbox.prune(morning.replace(minute=30), upto=1)
    inbox.close()
    (tmp_path / "inbox-2026.key").unlink()  # nothing sealed with it is left
    inbox = opened(tmp_path)
    assert [raw.arrival.body for raw in inbox.pending("st", after=0)] == [b"new"]
    inbox.close()


@pytest.mark.parametrize(("mode", "length", "says"), [(0o640, 32, "others"), (0o600, 31, "32 bytes")])
def test_a_key_that_others_may_read_or_that_is_cut_is_refused(tmp_path, mode, length, says):
    key = tmp_path / "inbox.key"
    key.write_bytes(b"k" * length)
    key.chmod(mode)
    with pytest.raises(StoreUnavailable, match=says):
        opened(tmp_path)


def test_a_key_is_for_its_owner_only_is_made_once_and_is_not_printed(tmp_path):
    make_inbox_key(tmp_path)
    secret = (tmp_path / "inbox.key").read_bytes()
    make_inbox_key(tmp_path)
    assert (tmp_path / "inbox.key").read_bytes() == secret
    assert stat.S_IMODE((tmp_path / "inbox.key").stat().st_mode) == 0o600
    assert "AESGCM" not in repr(load_envelope(tmp_path))


def test_sealing_a_message_costs_microseconds(tmp_path):
    make_inbox_key(tmp_path)
    envelope, body = load_envelope(tmp_path), os.urandom(1024)

    def once() -> float:
        begun = time.perf_counter()
        for _ in range(500):
            envelope.seal(body, b"bound")
        return (time.perf_counter() - begun) / 500

    assert min(once() for _ in range(10)) < 50e-6


def test_the_keys_in_use_are_found_by_their_index(tmp_path):
    from wardwise.stores.sqlite.schema import queries  # noqa: PLC0415

    sealed(tmp_path).close()
    other = apsw.Connection(str(tmp_path / "inbox.db"))
    plan = [row[3] for row in other.execute("EXPLAIN QUERY PLAN " + queries("inbox")["keys"])]
    other.close()
    assert [step for step in plan if "body" in step] == [
        "SEARCH body USING COVERING INDEX body_sealed",
        "SEARCH body USING COVERING INDEX body_sealed (key>?)",
    ]
