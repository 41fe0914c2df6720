"""Old records are moved to Parquet files: the log reads, finds and verifies as one, wherever a kill came."""

import os
import random
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from threading import Event as Flag
from types import FrameType
from typing import Any

import orjson
import polars as pl
import pytest
from benches.load.postgres_server import PASSWORD, Cluster
from structlog.testing import capture_logs

from wardwise.assemble import archiving
from wardwise.assemble.archiving import archive_log, look_at_archive
from wardwise.assemble.backups import back_up, restore
from wardwise.assemble.stores import READ_ONLY, WORKER, Stores, open_stores, prepare
from wardwise.errors import BrokenArchive, BrokenChain, NotAllowed, StoreUnavailable
from wardwise.feeds.intake import read_all
from wardwise.feeds.log_archive import SOURCE, ArchiveReader, told
from wardwise.loop.capture.event import Event
from wardwise.loop.capture.inbox import INTAKE
from wardwise.loop.capture.log import Batch, Selection
from wardwise.run.worker_process import _verifying
from wardwise.stores.archive_place import FILE, note_archive
from wardwise.stores.place import PASSWORD as VARIABLE
from wardwise.stores.place import Place
from wardwise.stores.sql.archive.files import digest_of, write_segment

BATCHES, EVENTS = 30, 90
MOST = 9
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Kept:
    """A data folder with 90 events of 60 days, where they are archived, and how its log was before."""

    data: Path
    archive: Path
    events: list[Event]
    began: datetime
    another: Callable[[], Place | None]

    @property
    def files(self) -> list[Path]:
        return sorted(self.archive.glob("*.parquet"))

    def move(self, days: int) -> int:
        """Archive what was recorded in the first days; how many events went."""
        now = self.began + 100 * DAY
        [found] = archive_log(self.data, self.archive, now=now, before=self.began + days * DAY, most=MOST).values()
        return sum(segment.events for segment in found.moved)


@pytest.fixture(params=["sqlite", "postgres"])
def kept(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, draft: Any, morning: Any
) -> Kept:
    place: Callable[[], Place | None] = lambda: None  # noqa: E731
    if request.param == "postgres":
        cluster: Cluster = request.getfixturevalue("cluster")
        monkeypatch.setenv(VARIABLE, PASSWORD)
        place = lambda: Place(cluster.database())  # noqa: E731
    prepare(tmp_path / "data", seed=1, place=place())
    with open_stores(tmp_path / "data", WORKER) as stores:
        lease = stores.log.lease("st", "test")
        for number in range(BATCHES):
            drafts = [
                draft(f"v{number}-{n}", patient=f"p{number % 4}", encounter=f"e{number % 8}", caused_by=(f"w{number}",))
                for n in range(3)
            ]
            stores.log.append(lease, Batch(drafts), morning + 2 * number * DAY)
        events = stores.log.read("st")
    return Kept(tmp_path / "data", tmp_path / "archive", events, morning, place)


def empty(stores: Stores) -> int:
    """How many events have no record in the tables."""
    with stores.log._database.read() as session:
        return session.connection.execute("SELECT count(*) FROM event WHERE length(record) = 0").fetchone()[0]


def look(stores: Stores) -> list[Any]:
    """What readers of a log see, by each way there is."""
    log = stores.log
    return [
        log.read("st"),
        log.read("st", after=7, upto=41, limit=20),
        log.read("st", where=Selection(encounter="e3")),
        log.read("st", where=Selection(patient="p1", kinds=frozenset({"sign.measured"}))),
        log.read("st", where=Selection(kinds=frozenset({"sign.measured"})), limit=11),
        log.find("st", "v2-1"),
        log.caused("st", "w4"),
        log.head("st"),
    ]


def test_a_log_whose_old_records_are_archived_reads_finds_and_verifies_as_before(kept: Kept, draft: Any) -> None:
    with open_stores(kept.data, READ_ONLY) as stores:
        before, head = look(stores), stores.log.verify("st")
        assert (kept.move(41), empty(stores)) == (63, 63)  # a reader that was open before sees it too
        assert look(stores) == before
        assert stores.log.verify("st", exported=head) == head
        assert stores.log.verify("st", exported=stores.log.head("st")).chain == head.chain
    with open_stores(kept.data, WORKER) as stores:
        lease = stores.log.lease("st", "again")
        made = stores.log.append(lease, Batch([draft("v0-0"), draft("new")]), kept.began + 70 * DAY)
        assert [(event.id, event.position) for event in made] == [("new", EVENTS + 1)]
        assert stores.log.verify_recent("st").position == EVENTS + 1
    assert kept.move(41) == 0
    assert kept.move(100) == EVENTS + 1 - 63
    with open_stores(kept.data, READ_ONLY) as stores:
        assert stores.log.read("st", limit=EVENTS) == before[0]
        assert stores.log.verify("st").position == EVENTS + 1


def test_files_are_of_whole_batches_of_one_month_and_the_manifest_tells_of_each(kept: Kept) -> None:
    kept.move(100)
    told = orjson.loads((kept.archive / "manifest.json").read_bytes())["sites"]["st"]
    assert [segment["file"] for segment in told] == [file.name for file in kept.files]
    assert (told[0]["first"], told[-1]["last"], sum(segment["events"] for segment in told)) == (1, EVENTS, EVENTS)
    for one, after in pairwise(told):
        assert (one["last"] + 1, one["head_after"]) == (after["first"], after["head_before"])
    for segment in told:
        assert segment["recorded_from"][:7] == segment["recorded_to"][:7]
        assert segment["events"] <= MOST
    table = pl.read_parquet(kept.files[0])
    assert table["id"].to_list() == [event.id for event in kept.events[:9]]
    assert table["batch"].to_list() == [3, 3, 3, 6, 6, 6, 9, 9, 9]
    assert all(file.stat().st_mode & 0o077 == 0 for file in kept.archive.iterdir())


def test_a_missing_file_is_named_and_nothing_is_read_in_its_place(kept: Kept) -> None:
    kept.move(41)
    missing = kept.files[2]
    gone = missing.rename(kept.archive / "elsewhere")
    with open_stores(kept.data, READ_ONLY) as stores:
        for ask in (
            lambda: stores.log.verify("st"),
            lambda: stores.log.read("st"),
            lambda: stores.log.find("st", "v7-0"),
        ):
            with pytest.raises(BrokenArchive, match=f"{missing} is refused: it is missing"):
                ask()
        assert stores.log.read("st", after=27) == kept.events[27:]
    with pytest.raises(BrokenArchive, match="is missing"):
        kept.move(60)
    gone.rename(missing)
    assert kept.move(60) == 27


@pytest.mark.parametrize("seed", range(3))
def test_a_byte_that_was_changed_is_found_and_the_file_named(kept: Kept, seed: int) -> None:
    kept.move(41)
    chance = random.Random(seed)  # noqa: S311
    file = chance.choice(kept.files)
    body = bytearray(file.read_bytes())
    body[chance.randrange(len(body))] ^= 1 << chance.randrange(8)
    file.write_bytes(body)
    with open_stores(kept.data, READ_ONLY) as stores, pytest.raises(BrokenArchive, match=f"{file.name} is refused"):
        stores.log.verify("st")


def test_a_start_without_the_archive_says_that_the_log_is_not_verified_and_works_on(kept: Kept) -> None:
    kept.move(41)
    kept.files[0].unlink()
    stop = Flag()
    with open_stores(kept.data, WORKER) as stores, capture_logs() as logged:
        broken = _verifying(stores, stop)
        for thread in threading.enumerate():
            if thread.name == "verify":
                thread.join()
        assert (broken, stop.is_set()) == ([], False)
        assert [(line["event"], "it is missing" in line["why"]) for line in logged] == [
            ("the log is not verified", True)
        ]


def test_a_record_that_was_replaced_in_its_file_is_never_read_as_the_event(kept: Kept) -> None:
    kept.move(41)
    table = pl.read_parquet(kept.files[0])
    other = table["record"].to_list()
    other[4] = other[4].replace(b'"80"', b'"81"')
    table.with_columns(pl.Series("record", other, dtype=pl.Binary)).write_parquet(kept.files[0])
    with open_stores(kept.data, READ_ONLY) as stores:
        with pytest.raises(BrokenChain, match="at position 5: the record does not match"):
            stores.log.read("st")
        assert stores.log.read("st", limit=4) == kept.events[:4]


def test_two_logs_of_one_site_name_keep_their_records_apart_in_one_folder(
    kept: Kept, tmp_path: Path, draft: Any
) -> None:
    kept.move(41)
    prepare(tmp_path / "other", seed=2, place=kept.another())
    with open_stores(tmp_path / "other", WORKER) as stores:
        lease = stores.log.lease("st", "test")
        for number in range(BATCHES):
            drafts = [draft(f"o{number}-{n}", encounter="e9") for n in range(3)]
            stores.log.append(lease, Batch(drafts), kept.began + 2 * number * DAY)
        others = stores.log.read("st")
    other = Kept(tmp_path / "other", kept.archive, others, kept.began, kept.another)
    other.move(41)
    for each in (kept, other):
        with open_stores(each.data, READ_ONLY) as stores:
            assert stores.log.read("st") == each.events
            assert stores.log.verify("st").position == EVENTS
    told = orjson.loads((kept.archive / "manifest.json").read_bytes())["sites"]["st"]
    assert sorted(segment["file"] for segment in told) == [file.name for file in kept.files]
    assert sum(segment["events"] for segment in told) == 2 * 63


def test_a_file_that_another_run_wrote_serves_as_it_is_and_a_damaged_one_is_written_anew(tmp_path: Path) -> None:
    rows = [(n, f"v{n}", "sign.measured", None, None, n, n, b"digest", b"record %d" % n, 3) for n in (1, 2, 3)]
    first = write_segment(tmp_path, "a.parquet", rows)
    pl.read_parquet(tmp_path / "a.parquet").write_parquet(tmp_path / "a.parquet", compression="uncompressed")
    again = write_segment(tmp_path, "a.parquet", rows)
    assert again == digest_of(tmp_path / "a.parquet") != first
    (tmp_path / "a.parquet").write_bytes(b"PAR1")
    assert write_segment(tmp_path, "a.parquet", rows) == digest_of(tmp_path / "a.parquet") == first


def test_a_site_whose_name_was_changed_is_found_although_its_first_record_is_archived(kept: Kept) -> None:
    kept.move(41)
    with open_stores(kept.data, WORKER) as stores, stores.log._database.write() as session:
        session.connection.execute("UPDATE site SET name = 'xx' WHERE name = 'st'")
    with open_stores(kept.data, READ_ONLY) as stores, pytest.raises(BrokenChain, match="name or number was changed"):
        stores.log.verify("st")


def test_large_records_make_more_files_and_not_larger_ones(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wardwise.stores.sql.archiving.MOST_OCTETS", 1)
    kept.move(9)
    assert [pl.read_parquet(file).height for file in kept.files] == [3] * 5


def test_a_disk_without_room_for_a_segment_is_said_and_leaves_nothing(kept: Kept) -> None:
    kept.archive.mkdir()
    note_archive(kept.data, kept.archive)
    with open_stores(kept.data, WORKER) as stores:
        archiver = stores.log.archiver("st", kept.archive)
        most = resource.getrlimit(resource.RLIMIT_FSIZE)
        ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, most[1]))
        try:
            with pytest.raises(StoreUnavailable, match="nothing left the log"):
                archiver.move(kept.began + 41 * DAY, lambda _: None, most=MOST)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, most)
            signal.signal(signal.SIGXFSZ, ignored)
        assert (list(kept.archive.iterdir()), empty(stores)) == ([], 0)


def test_a_damaged_event_never_leaves_the_log(kept: Kept) -> None:
    with open_stores(kept.data, WORKER) as stores, stores.log._database.write() as session:
        session.connection.execute("UPDATE event SET occurred_at = occurred_at, record = digest WHERE position = 14")
    with pytest.raises(BrokenChain, match="at position 14"):
        kept.move(41)
    with open_stores(kept.data, READ_ONLY) as stores:
        assert empty(stores) == 9


def test_an_archive_that_was_carried_elsewhere_is_checked_and_noted(kept: Kept) -> None:
    kept.move(41)
    kept.archive.rename(kept.archive.with_name("moved"))
    with open_stores(kept.data, READ_ONLY) as stores, pytest.raises(BrokenArchive, match="is missing"):
        stores.log.read("st")
    there = Kept(kept.data, kept.archive.with_name("moved"), kept.events, kept.began, kept.another)
    assert there.move(41) == 0
    with open_stores(kept.data, READ_ONLY) as stores:
        assert stores.log.read("st") == kept.events
    (kept.data / FILE).unlink()
    with open_stores(kept.data, READ_ONLY) as stores, pytest.raises(StoreUnavailable, match="log archive --to"):
        stores.log.read("st")


def test_a_backup_leans_on_the_archive_and_comes_back_with_it(kept: Kept, tmp_path: Path) -> None:
    kept.move(41)
    back_up(kept.data, tmp_path / "backup", now=kept.began + 90 * DAY)
    fresh = tmp_path / "fresh"
    fresh.mkdir(0o700)
    subprocess.run(["cp", "-r", kept.data / "keys", fresh / "keys"], check=True)
    restore(tmp_path / "backup", fresh, place=kept.another())
    with open_stores(fresh, READ_ONLY) as stores:
        assert stores.log.read("st") == kept.events


def read_on(stores: Stores) -> list[Event]:
    """What a worker makes of what waits in the inbox."""
    read = read_all(stores.inbox.pending("st", after=stores.log.offset("st", INTAKE)), {SOURCE: ArchiveReader()})
    return stores.log.append(stores.log.lease("st", "test"), read.batch, datetime(2030, 1, 1, tzinfo=UTC))


def test_what_left_is_written_down_by_the_worker_once_also_after_a_run_that_was_cut(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as cut:
        cut.setattr(archiving, "_tell", ends)
        with pytest.raises(KeyboardInterrupt):
            kept.move(21)
    count = len(kept.files)
    assert count
    kept.move(41)
    kept.move(41)  # before the worker has read: told again
    with open_stores(kept.data, WORKER) as stores:
        made = read_on(stores)
        listed = orjson.loads((kept.archive / "manifest.json").read_bytes())["sites"]["st"]
        assert [event.payload for event in made] == listed
        assert {event.kind for event in made} == {"log.archived"}
        assert len(made) == len(kept.files) > count
    kept.move(41)  # after it has
    with open_stores(kept.data, WORKER) as stores:
        assert read_on(stores) == []
        assert stores.log.verify("st").position == EVENTS + len(made)


def ends(*_: object) -> None:
    raise KeyboardInterrupt


def test_what_is_no_report_of_a_file_is_quarantined(kept: Kept) -> None:
    with open_stores(kept.data, WORKER) as stores:
        arrival = told("st", {"file": "x"}, kept.began)
        stores.inbox.receive([arrival, replace(arrival, control_id="y", body=b"{")])
        assert [event.kind for event in read_on(stores)] == ["message.quarantined"] * 2


def test_a_look_says_what_is_there_and_names_what_is_not(kept: Kept) -> None:
    assert look_at_archive(kept.data) == ""
    kept.move(41)
    assert f"63 events in {len(kept.files)} files at {kept.archive}, the newest made on 20" in look_at_archive(
        kept.data
    )
    newest, oldest = kept.files[-1], kept.files[0]
    whole = newest.read_bytes()
    newest.write_bytes(whole[:-1])
    with pytest.raises(BrokenArchive, match=f"{newest.name} is refused: it was changed"):
        look_at_archive(kept.data)
    newest.write_bytes(whole)
    oldest.unlink()
    with pytest.raises(BrokenArchive, match=f"{oldest.name} is refused: it is missing"):
        look_at_archive(kept.data)
    (kept.data / FILE).unlink()
    with pytest.raises(StoreUnavailable, match="does not say where"):
        look_at_archive(kept.data)


def test_a_backup_comes_back_with_an_archive_that_was_carried_elsewhere(kept: Kept, tmp_path: Path) -> None:
    kept.move(41)
    back_up(kept.data, tmp_path / "backup", now=kept.began + 90 * DAY)
    kept.archive.rename(tmp_path / "elsewhere")
    fresh = tmp_path / "fresh"
    fresh.mkdir(0o700)
    subprocess.run(["cp", "-r", kept.data / "keys", fresh / "keys"], check=True)
    place = kept.another()
    with pytest.raises(BrokenArchive, match="is missing"):
        restore(tmp_path / "backup", fresh, place=place)
    assert not (fresh / FILE).exists()
    restore(tmp_path / "backup", fresh, place=place, archive=tmp_path / "elsewhere")
    with open_stores(fresh, READ_ONLY) as stores:
        assert stores.log.read("st") == kept.events


def test_a_day_to_come_and_a_folder_that_cannot_be_written_are_refused(kept: Kept) -> None:
    kept.archive.write_text("a file")
    with pytest.raises(StoreUnavailable, match="Name a folder that this user may write"):
        kept.move(41)
    kept.archive.unlink()
    with pytest.raises(NotAllowed, match="it is to come"):
        archive_log(kept.data, kept.archive, now=kept.began, before=kept.began + DAY)
    assert not kept.archive.exists()


class Cut(BaseException):
    """The process ends here, as far as the stores can tell."""


STEPS = tuple(
    f"/stores/{name}.py"
    for name in ("durable", "sql/archiving", "sql/archive/files", "sqlite/session", "postgres/session")
)


def cut_after(steps: int, work: Callable[[], object]) -> bool:
    """Do something that ends at the n-th time a function of the stores is entered or left; whether it came so far."""
    left = steps

    def count(frame: FrameType, event: str, _: object) -> None:
        nonlocal left
        if event in {"call", "return"} and frame.f_code.co_filename.endswith(STEPS):
            left -= 1
            if not left:
                raise Cut

    sys.setprofile(count)
    try:
        work()
    except Cut:
        return True
    finally:
        sys.setprofile(None)
    return False


def test_cut_off_at_every_step_of_a_segment_no_event_is_in_neither_place(kept: Kept) -> None:
    kept.archive.mkdir()
    note_archive(kept.data, kept.archive)
    with open_stores(kept.data, WORKER) as stores, open_stores(kept.data, READ_ONLY) as reader:
        archiver, steps, states = stores.log.archiver("st", kept.archive), 0, set()
        while cut_after(steps := steps + 1, lambda: archiver.move(kept.began + 7 * DAY, lambda _: None, most=MOST)):
            states.add(empty(reader))
            assert reader.log.read("st") == kept.events, steps
    assert states == {0, 9}
    assert steps > 50
    assert kept.move(100) == EVENTS - 12


MOVE = """
import sys
from datetime import datetime
from pathlib import Path
from wardwise.assemble.archiving import archive_log
print("begins", flush=True)
at = datetime.fromisoformat(sys.argv[3])
archive_log(Path(sys.argv[1]), Path(sys.argv[2]), now=at, before=at, most=3)
print("done", flush=True)
"""


def test_killed_at_any_instant_every_event_is_in_the_log_or_the_archive_and_the_next_run_goes_on(kept: Kept) -> None:
    chance, ends = random.Random(5), 0  # noqa: S311
    at = (kept.began + 100 * DAY).isoformat()
    for _ in range(3):
        process = subprocess.Popen(
            [sys.executable, "-c", MOVE, kept.data, kept.archive, at], stdout=subprocess.PIPE, env=dict(os.environ)
        )
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(chance.uniform(0.05, 0.6))  # the instant of a kill, not a wait for anything
        process.kill()
        ends += b"done" in process.stdout.read()
        process.wait()
        process.stdout.close()
        with open_stores(kept.data, READ_ONLY) as stores:
            assert stores.log.read("st") == kept.events
            assert stores.log.verify("st").position == EVENTS
    kept.move(100)
    with open_stores(kept.data, READ_ONLY) as stores:
        assert (empty(stores), stores.log.read("st")) == (EVENTS, kept.events)
