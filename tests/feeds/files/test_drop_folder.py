"""A drop folder: whole files go to the inbox once, everything else waits or is refused with a reason."""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.clocks import HandClock

from wardwise.feeds.files import drop as drop_module
from wardwise.feeds.files.drop import Drop, Vouched
from wardwise.loop.capture.inbox import Arrival, Raw
from wardwise.stores.memory.inbox import MemoryInbox

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@dataclass
class Bench:
    folder: Path
    inbox: MemoryInbox
    clock: HandClock
    drop: Drop

    def held(self) -> list[tuple[str, bytes]]:
        return [(raw.arrival.control_id.partition("@")[0], raw.arrival.body) for raw in self.pending()]

    def pending(self) -> list[Raw]:
        return self.inbox.pending("demo", after=0)

    def scan_settled(self) -> int:
        self.drop.scan()
        self.clock.seconds += 3
        return self.drop.scan()


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    inbox, clock = MemoryInbox(), HandClock(NOW)
    folder = tmp_path / "roster"
    return Bench(folder, inbox, clock, Drop(folder, "roster", "demo", inbox=inbox, clock=clock))


def test_the_folder_is_made_when_there_is_none(bench: Bench) -> None:
    assert bench.drop.scan() == 0
    assert bench.folder.is_dir()


def put(bench: Bench, name: str, body: bytes = b"a,b\n1,2\n") -> Path:
    bench.folder.mkdir(exist_ok=True)
    file = bench.folder / name
    file.write_bytes(body)
    return file


def test_a_file_that_rests_is_taken_and_moved(bench: Bench) -> None:
    put(bench, "roster.csv")
    assert bench.drop.scan() == 0
    bench.clock.seconds = 1.9
    assert bench.drop.scan() == 0
    bench.clock.seconds = 2.0
    assert bench.drop.scan() == 1
    assert bench.held() == [("roster.csv", b"a,b\n1,2\n")]
    assert bench.pending()[0].arrival.source == "roster"
    assert [file.name for file in bench.folder.rglob("*.csv")] == ["roster.csv"]
    assert (bench.folder / "taken" / "roster.csv").read_bytes() == b"a,b\n1,2\n"
    assert bench.drop.scan() == 0


def test_a_file_that_grows_is_waited_for(bench: Bench) -> None:
    put(bench, "roster.csv", b"a")
    bench.drop.scan()
    put(bench, "roster.csv", b"ab")
    bench.clock.seconds = 5
    assert bench.drop.scan() == 0
    bench.clock.seconds = 8
    assert bench.drop.scan() == 1


def test_an_empty_file_is_waited_for(bench: Bench) -> None:
    put(bench, "roster.csv", b"")
    assert bench.scan_settled() == 0


def test_a_marker_says_at_once_that_a_file_is_complete(bench: Bench) -> None:
    put(bench, "roster.csv")
    put(bench, "roster.csv.done", b"")
    assert bench.drop.scan() == 1
    assert not (bench.folder / "roster.csv.done").exists()


@pytest.mark.parametrize("name", [".roster.csv", "~roster.csv", "roster.csv.tmp", "roster.part", "roster.CRDOWNLOAD"])
def test_a_name_of_something_unfinished_is_left_alone(bench: Bench, name: str) -> None:
    put(bench, name)
    assert bench.scan_settled() == 0
    assert (bench.folder / name).exists()


def test_a_link_is_refused_and_never_followed(bench: Bench, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("key")
    put(bench, "x.done")
    (bench.folder / "roster.csv").symlink_to(secret)
    (bench.folder / "roster.csv.done").write_text("")
    assert bench.drop.scan() == 0
    assert bench.held() == []
    assert secret.read_text() == "key"
    assert "link" in (bench.folder / "refused" / "roster.csv.why.txt").read_text()


def test_folders_and_pipes_are_left_alone(bench: Bench) -> None:
    bench.folder.mkdir()
    (bench.folder / "sub.csv").mkdir()
    os.mkfifo(bench.folder / "pipe.csv")
    assert bench.scan_settled() == 0


def test_too_large_a_file_is_refused_with_the_limit(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drop_module, "LARGEST", 4)
    put(bench, "roster.csv")
    assert bench.scan_settled() == 0
    assert "too-large" in (bench.folder / "refused" / "roster.csv.why.txt").read_text()


@pytest.mark.parametrize("start", [b"PK\x03\x04", b"\x1f\x8b\x08", b"BZh9"])
def test_an_archive_is_never_opened(bench: Bench, start: bytes) -> None:
    put(bench, "roster.csv", start + b"rest")
    assert bench.scan_settled() == 0
    assert "archive" in (bench.folder / "refused" / "roster.csv.why.txt").read_text()


def test_the_same_file_twice_counts_once(bench: Bench) -> None:
    put(bench, "roster.csv")
    bench.scan_settled()
    put(bench, "roster.csv")
    assert bench.scan_settled() == 1
    assert len(bench.held()) == 1
    assert bench.inbox.counts("demo").duplicate == 1


def test_another_content_under_the_same_name_is_another_file(bench: Bench) -> None:
    for body in (b"one\n", b"two\n"):
        put(bench, "roster.csv", body)
        bench.scan_settled()
    assert [body for _, body in bench.held()] == [b"one\n", b"two\n"]
    assert len(list((bench.folder / "taken").iterdir())) == 2


class FullInbox(MemoryInbox):
    def receive(self, arrivals: Sequence[Arrival]) -> list[Raw]:
        raise OSError(f"no space left for {len(arrivals)} files")


def test_a_file_stays_where_it_is_until_the_inbox_has_it(tmp_path: Path) -> None:
    clock = HandClock(NOW)
    drop = Drop(tmp_path, "roster", "demo", inbox=FullInbox(), clock=clock)
    (tmp_path / "roster.csv").write_text("x")
    (tmp_path / "roster.csv.done").write_text("")
    with pytest.raises(OSError, match="no space"):
        drop.scan()
    assert (tmp_path / "roster.csv").exists()


BODY = b"a,b\n1,2\n3,4\n"
SHA256 = hashlib.sha256(BODY).hexdigest()


def rows(body: bytes) -> int:
    return body.count(b"\n") - 1


@pytest.fixture
def vouched(bench: Bench) -> Bench:
    wants = Vouched(required=True, count=rows)
    bench.drop = Drop(bench.folder, "roster", "demo", inbox=bench.inbox, clock=bench.clock, vouched=wants)
    return bench


def why(bench: Bench) -> str:
    return (bench.folder / "refused" / "roster.csv.why.txt").read_text()


def test_a_file_its_manifest_vouches_for_is_taken(vouched: Bench) -> None:
    put(vouched, "roster.csv", BODY)
    put(vouched, "roster.csv.done", f"sha256: {SHA256.upper()}\r\nrows: 2\r\n".encode())
    assert vouched.drop.scan() == 1


@pytest.mark.parametrize(
    ("marker", "says"),
    [
        (f"sha256: {'0' * 64}\n", "its SHA-256 is not the one its manifest gives"),
        (f"sha256: {SHA256}\nrows: 3\n", "it has 2 rows, its manifest says 3"),
        ("sha256: soon\n", "its manifest cannot be read"),
        (f"sha256: {SHA256}\nsha256: {SHA256}\n", "its manifest cannot be read"),
        (f"sha256: {SHA256}\nrows: -1\n", "its manifest cannot be read"),
        ("rows: 2\n", "it came without a manifest"),
    ],
)
def test_a_file_that_is_not_what_its_manifest_says_is_refused_and_on_record(
    vouched: Bench, marker: str, says: str
) -> None:
    put(vouched, "roster.csv", BODY)
    put(vouched, "roster.csv.done", marker.encode())
    assert vouched.drop.scan() == 0
    assert (vouched.folder / "roster.csv").exists()  # the marker may be half written still
    vouched.clock.seconds += 3
    assert vouched.drop.scan() == 0
    assert vouched.held() == []
    assert says in why(vouched)
    (refused,) = vouched.inbox.refused("demo")
    assert says in refused.arrival.refusal
    assert vouched.inbox.counts("demo").refused == 1


@pytest.mark.parametrize("half", [f"sha256: {SHA256[:20]}", f"sha256: {SHA256}\nrows:", "rows: 1"])
def test_a_manifest_that_is_half_written_is_waited_for(bench: Bench, half: str) -> None:
    put(bench, "roster.csv", BODY.replace(b"3,4", b"3,4\n" * 11))
    bench.drop = Drop(
        bench.folder, "roster", "demo", inbox=bench.inbox, clock=bench.clock, vouched=Vouched(count=lambda _: 12)
    )
    whole = hashlib.sha256((bench.folder / "roster.csv").read_bytes()).hexdigest()
    for written in (half, half + "9", f"sha256: {whole}\nrows: 12\n"):
        assert bench.inbox.counts("demo").received == 0
        put(bench, "roster.csv.done", written.encode())
        bench.drop.scan()
        bench.clock.seconds += 1
    assert bench.inbox.counts("demo").refused == 0
    assert len(bench.held()) == 1


def test_a_promised_manifest_is_waited_for_and_then_missed(vouched: Bench) -> None:
    put(vouched, "roster.csv", BODY)
    put(vouched, "roster.csv.done", b"")  # says no more than that the file is complete
    assert vouched.scan_settled() == 0
    assert (vouched.folder / "roster.csv").exists()
    vouched.clock.seconds += 600
    assert vouched.scan_settled() == 0
    assert "it came without a manifest" in why(vouched)


@pytest.mark.parametrize("marker", [b"", b"done\n", b"sha256: " + SHA256.encode(), b"rows: 2"])
def test_a_feed_that_promises_none_may_send_one(bench: Bench, marker: bytes) -> None:
    put(bench, "roster.csv", BODY)
    put(bench, "roster.csv.done", marker)
    assert bench.drop.scan() == 1


def test_a_manifest_that_is_sent_is_held_against_the_file_promised_or_not(bench: Bench) -> None:
    put(bench, "roster.csv", BODY)
    put(bench, "roster.csv.done", f"sha256: {'0' * 64}".encode())
    assert bench.scan_settled() == 0
    assert "its SHA-256" in why(bench)


def test_a_marker_that_is_a_link_or_a_folder_is_none(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("rows: 7")
    for name in ("one.csv", "two.csv"):
        put(bench, name, BODY)
    (bench.folder / "one.csv.done").symlink_to(tmp_path / "elsewhere")
    (bench.folder / "two.csv.done").mkdir()
    assert bench.drop.scan() == 0
    bench.clock.seconds += 3
    assert bench.drop.scan() == 2
    assert (tmp_path / "elsewhere").read_text() == "rows: 7"


def test_a_name_that_is_not_utf_8_is_taken_or_refused_as_any_other(bench: Bench) -> None:
    bench.folder.mkdir()
    for name, content in ((b"roster-\xe9.csv", BODY), (b"other-\xe9.csv", b"\x1f\x8b\x08")):
        file = bench.folder / os.fsdecode(name)
        file.write_bytes(content)
    assert bench.scan_settled() == 1
    assert [name for name, _ in bench.held()] == ["roster-\\xe9.csv"]
    assert bench.inbox.counts("demo").refused == 1


def test_a_full_file_that_goes_back_to_what_it_said_counts_again(bench: Bench) -> None:
    wants = Vouched(anew=True)
    bench.drop = Drop(bench.folder, "staff", "demo", inbox=bench.inbox, clock=bench.clock, vouched=wants)
    for at, body in enumerate((b"a\n1\n", b"a\n2\n", b"a\n1\n"), start=1):
        os.utime(put(bench, "staff.csv", body), (at, at))
        bench.scan_settled()
    assert [body for _, body in bench.held()] == [b"a\n1\n", b"a\n2\n", b"a\n1\n"]
