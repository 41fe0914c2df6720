"""Files on a real SFTP server: fetched whole and once, read by the drop folder; what may go wrong has its words."""

import asyncio
import errno
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import asyncssh
import pytest
from tests.clocks import HandClock
from tests.feeds.files.sshd import Sshd, sshd

from wardwise.errors import StoreUnavailable, Unanswered
from wardwise.feeds.files import fetch as fetch_module
from wardwise.feeds.files.drop import Drop, Vouched
from wardwise.feeds.files.fetch import Fetcher, Remote
from wardwise.feeds.files.listed import Listed
from wardwise.feeds.files.sftp import SftpFolder, SftpServer
from wardwise.feeds.round import Round
from wardwise.stores.cursors import Cursors
from wardwise.stores.durable import write_durably
from wardwise.stores.memory.inbox import MemoryInbox
from wardwise.stores.unreached import UnreachedServers

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
BODY = b"a,b\n1,2\n"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with sshd(tmp_path_factory.mktemp("sshd")) as server:
        yield server


@pytest.fixture
def server(running: Sshd) -> Sshd:
    for file in running.outgoing.iterdir():
        file.unlink()
    return running


@dataclass
class Desk:
    """What a feed works with: fetched into a folder, which is then read as any drop folder."""

    folder: Path
    server: object
    inbox: MemoryInbox = field(default_factory=MemoryInbox)
    clock: HandClock = field(default_factory=lambda: HandClock(NOW))
    vouched: bool = False
    remove: bool = False

    def fetcher(self) -> Fetcher:
        return Fetcher(
            site="demo", feed="roster", folder=self.folder / "drop", server=self.server, inbox=self.inbox,
            fetched=Cursors(self.folder / "cursors", "roster"), clock=self.clock,
            keep=lambda path, body, changed: write_durably(path, body, changed=changed),
            vouched=self.vouched, remove=self.remove,
        )  # fmt: skip

    def settled(self, fetcher: Fetcher) -> int:
        """Two looks, far enough apart."""
        first = fetcher.turn()
        self.clock.seconds += 3
        return first + fetcher.turn()

    def read(self) -> list[tuple[str, bytes]]:
        drop = Drop(
            self.folder / "drop", "roster", "demo", inbox=self.inbox, clock=self.clock,
            vouched=Vouched(required=self.vouched),
        )  # fmt: skip
        for _ in range(2):
            drop.scan()
            self.clock.seconds += 3
        pending = self.inbox.pending("demo", after=0)
        return [(raw.arrival.control_id.partition("@")[0], raw.arrival.body) for raw in pending]


def over(server: Sshd, **other: object) -> SftpServer:
    at = server.at.model_copy(update=other)
    return SftpServer(
        at, Path(at.known_hosts), Path(at.key) if at.key else None, Path(at.password) if at.password else None
    )


@pytest.fixture
def desk(tmp_path: Path, server: Sshd) -> Desk:
    return Desk(tmp_path, over(server))


def test_a_file_that_rests_there_is_fetched_once_and_read_as_any_other(desk: Desk, server: Sshd) -> None:
    server.put("roster.csv", BODY)
    fetcher = desk.fetcher()
    assert fetcher.turn() == 0  # it may still be growing
    desk.clock.seconds += 3
    assert fetcher.turn() == 1
    assert (desk.folder / "drop" / "roster.csv").stat().st_mtime == 1_770_000_000
    assert desk.read() == [("roster.csv", BODY)]
    assert desk.settled(desk.fetcher()) == 0  # nor after a new start
    assert (server.outgoing / "roster.csv").read_bytes() == BODY


def test_a_folder_where_a_file_is_new_is_looked_at_again_soon_and_then_in_its_rhythm(desk: Desk, server: Sshd) -> None:
    fetcher = desk.fetcher()
    round_ = Round(
        feed="roster", every_seconds=3_600, turn=fetcher.turn, clock=desk.clock, chance=Random(1),  # noqa: S311
        standing=UnreachedServers(desk.folder), say=print, unsettled=lambda: fetcher.unsettled,
    )  # fmt: skip
    server.put("roster.csv", BODY)
    assert round_.step() == 5
    desk.clock.seconds += 5
    assert round_.step() == 3_600
    assert desk.read() == [("roster.csv", BODY)]


def test_an_empty_marker_says_at_once_that_a_file_is_complete(desk: Desk, server: Sshd) -> None:
    server.put("roster.csv", BODY)
    server.put("roster.csv.done", b"")
    assert desk.fetcher().turn() == 1
    assert desk.read() == [("roster.csv", BODY)]


def test_a_file_that_grows_is_waited_for(desk: Desk, server: Sshd) -> None:
    fetcher = desk.fetcher()
    for size in range(1, 4):
        server.put("roster.csv", BODY[:size])
        desk.clock.seconds += 3
        assert fetcher.turn() == 0
    desk.clock.seconds += 3
    assert fetcher.turn() == 1


def test_a_manifest_comes_along_and_is_held_against_the_file(desk: Desk, server: Sshd) -> None:
    server.put("roster.csv", BODY)
    server.put("roster.csv.done", b"sha256: " + b"0" * 64)
    assert desk.settled(desk.fetcher()) == 1
    assert desk.read() == []
    (refused,) = desk.inbox.refused("demo")
    assert "its SHA-256 is not the one" in refused.arrival.refusal


def test_a_promised_manifest_is_waited_for_there(desk: Desk, server: Sshd) -> None:
    desk.vouched = True
    server.put("roster.csv", BODY)
    server.put("roster.csv.done", b"")
    fetcher = desk.fetcher()
    assert desk.settled(fetcher) == 0
    server.put("roster.csv.done", b"rows: 1\n")
    assert desk.settled(fetcher) == 1


def test_another_version_waits_until_the_one_before_is_read(desk: Desk, server: Sshd) -> None:
    fetcher = desk.fetcher()
    server.put("roster.csv", BODY)
    assert desk.settled(fetcher) == 1
    server.put("roster.csv", b"other\n", changed=1_770_000_100)
    assert desk.settled(fetcher) == 0
    assert desk.read() == [("roster.csv", BODY)]
    assert desk.settled(fetcher) == 1
    assert desk.read()[1:] == [("roster.csv", b"other\n")]


def test_what_comes_twice_is_known_by_its_name_and_hash(desk: Desk, server: Sshd) -> None:
    server.put("roster.csv", BODY)
    desk.settled(desk.fetcher())
    desk.read()
    (desk.folder / "cursors" / "roster.json").unlink()  # killed before it was noted
    assert desk.settled(desk.fetcher()) == 1
    assert len(desk.read()) == 1
    assert desk.inbox.counts("demo").duplicate == 1


def test_only_files_are_fetched_and_no_link_folder_or_name_of_something_unfinished(desk: Desk, server: Sshd) -> None:
    for name in (".hidden.csv", "roster.csv.part", "roster.csv.tmp"):
        server.put(name, BODY)
    (server.outgoing / "link.csv").symlink_to("/etc/passwd")
    os.mkfifo(server.outgoing / "pipe.csv")
    assert desk.settled(desk.fetcher()) == 0
    assert not (desk.folder / "drop").exists()


def test_links_folders_and_pipes_are_not_even_listed_and_a_file_that_changed_is_not_read(
    desk: Desk, server: Sshd
) -> None:
    server.put("roster.csv", BODY)
    (server.outgoing / "link.csv").symlink_to(server.outgoing / "roster.csv")
    os.mkfifo(server.outgoing / "pipe.csv")

    async def look(remote: Remote) -> int:
        (file,) = await remote.listing()
        assert await remote.read(file) == BODY
        server.put("roster.csv", BODY[::-1], changed=1_770_000_009)
        assert await remote.read(file) is None  # of the same size, but not as it was listed
        server.put("roster.csv", BODY)
        return len([await remote.read(replace(file, size=size)) or "none" for size in (3, 30)])

    assert desk.server.visit(look) == 2  # type: ignore[attr-defined]


def test_a_name_that_is_not_utf_8_is_fetched(desk: Desk, server: Sshd) -> None:
    (server.outgoing / os.fsdecode(b"roster-\xe9.csv")).write_bytes(BODY)
    assert desk.settled(desk.fetcher()) == 1
    assert desk.read() == [("roster-\\xe9.csv", BODY)]
    assert desk.settled(desk.fetcher()) == 0


def test_what_is_too_large_is_never_fetched_and_on_record_once(
    desk: Desk, server: Sshd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch_module, "LARGEST", 4)
    server.put("roster.csv", BODY)
    for _ in range(2):
        assert desk.settled(desk.fetcher()) == 0
    (refused,) = desk.inbox.refused("demo")
    assert refused.arrival.refusal.startswith("too-large")


def test_a_file_goes_from_the_server_only_where_the_site_says_so_and_once_the_inbox_has_it(
    desk: Desk, server: Sshd
) -> None:
    desk.remove = True
    for name, body in (("roster.csv", BODY), ("roster.csv.done", b""), ("notes.txt.tmp", b"x")):
        server.put(name, body)
    fetcher = desk.fetcher()
    fetcher.turn()
    fetcher.turn()
    assert (server.outgoing / "roster.csv").exists()
    desk.read()
    fetcher.turn()
    assert [file.name for file in server.outgoing.iterdir()] == ["notes.txt.tmp"]


def test_a_file_that_is_there_anew_is_not_removed_for_the_one_before(desk: Desk, server: Sshd) -> None:
    desk.remove = True
    server.put("roster.csv", BODY)
    fetcher = desk.fetcher()
    desk.settled(fetcher)
    desk.read()
    server.put("roster.csv", b"newer\n", changed=1_770_000_200)
    assert desk.settled(fetcher) == 1
    assert (server.outgoing / "roster.csv").read_bytes() == b"newer\n"


def test_a_file_written_anew_while_we_visit_is_not_removed(
    desk: Desk, server: Sshd, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.remove = True
    server.put("roster.csv", BODY)
    fetcher = desk.fetcher()
    desk.settled(fetcher)
    desk.read()
    listing = SftpFolder.listing

    async def listing_then_newer(folder: SftpFolder) -> Sequence[Listed]:
        found = await listing(folder)
        server.put("roster.csv", b"newer\n", changed=1_770_000_200)
        return found

    with monkeypatch.context() as slow:
        slow.setattr(SftpFolder, "listing", listing_then_newer)
        fetcher.turn()
    assert desk.settled(fetcher) == 1
    assert ("roster.csv", b"newer\n") in desk.read()


def test_a_disk_that_does_not_take_a_file_is_said_and_the_file_fetched_anew(desk: Desk, server: Sshd) -> None:
    server.put("roster.csv", BODY)
    fetcher = desk.fetcher()
    keep = fetcher.keep

    def full(path: Path, body: bytes, changed: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    fetcher.keep = full
    with pytest.raises(StoreUnavailable, match="No space left"):
        desk.settled(fetcher)
    assert Cursors(desk.folder / "cursors", "roster").read() == {}
    fetcher.keep = keep
    assert desk.settled(fetcher) == 1
    assert desk.read() == [("roster.csv", BODY)]


def other_key(server: Sshd, folder: Path) -> str:
    user = (server.home / "user.pub").read_text().split()
    (folder / "hosts").write_text(f"[127.0.0.1]:{server.port} {user[0]} {user[1]}\n")
    return str(folder / "hosts")


def none_known(_server: Sshd, folder: Path) -> str:
    (folder / "hosts").write_text("")
    return str(folder / "hosts")


@pytest.mark.parametrize("hosts", [other_key, none_known])
def test_a_server_whose_key_is_not_known_is_sent_nothing(
    tmp_path: Path, server: Sshd, hosts: Callable[[Sshd, Path], str]
) -> None:
    before = len((server.home / "log").read_text())
    desk = Desk(tmp_path, over(server, known_hosts=hosts(server, tmp_path)))
    with pytest.raises(Unanswered, match="its key is not the one in `known_hosts`; nothing was sent"):
        desk.fetcher().turn()
    assert "Accepted" not in (server.home / "log").read_text()[before:]


@pytest.mark.parametrize(
    ("other", "says"),
    [
        ({"folder": "/nowhere"}, "no such folder"),
        ({"user": "nobody-here"}, "does not take our user"),
        ({"key": "/nowhere"}, "cannot be read"),
        ({"known_hosts": "/nowhere"}, "cannot be read"),
        ({"port": 1}, "the connection failed"),
    ],
)
def test_a_server_that_gives_nothing_says_why_without_its_words(
    tmp_path: Path, server: Sshd, other: dict[str, object], says: str
) -> None:
    with pytest.raises(Unanswered, match=says):
        Desk(tmp_path, over(server, **other)).fetcher().turn()


def test_a_server_that_is_away_is_noted_asked_less_often_and_its_return_is_noted(desk: Desk, server: Sshd) -> None:
    said: list[str] = []
    standing = UnreachedServers(desk.folder / "unreached")
    round_ = Round(
        feed="roster", every_seconds=60, turn=desk.fetcher().turn, clock=desk.clock, standing=standing,
        chance=Random(1), say=said.append,  # noqa: S311 - to spread, not to hide
    )  # fmt: skip
    server.stop()
    waits = []
    for _ in range(3):
        waits.append(round_.step())
        desk.clock.seconds += waits[-1]
    assert waits == sorted(waits)
    assert waits[0] < 2
    assert standing.read()["roster"].why == "the connection failed (ConnectionRefusedError)"
    server.start()
    assert round_.step() == 60
    assert standing.read() == {}
    assert said[-1] == "feed roster: its server answers again"


def test_nothing_is_asked_while_nothing_can_be_kept() -> None:
    asked: list[int] = []
    round_ = Round(
        feed="roster", every_seconds=5, turn=lambda: asked.append(1), clock=HandClock(NOW),
        standing=UnreachedServers(Path("/nowhere")), chance=Random(1), say=asked.append,  # noqa: S311
        closed=lambda: "the disk is full",
    )  # fmt: skip
    assert round_.step() == 5
    assert asked == []


@dataclass
class Sly:
    """A server of lies: names that lead out of the folder, sizes that do not hold."""

    files: Sequence[Listed]
    asked: list[str] = field(default_factory=list)

    def visit(self, work: Callable[[Remote], Awaitable[int]]) -> int:
        return asyncio.run(work(self))  # type: ignore[arg-type]

    async def listing(self) -> Sequence[Listed]:
        return self.files

    async def read(self, file: Listed) -> bytes | None:
        self.asked.append(file.name)
        return None

    async def remove(self, file: Listed) -> None:
        raise AssertionError(file.name)


def test_a_fetch_that_breaks_off_leaves_nothing_half_and_goes_on_with_the_next(tmp_path: Path) -> None:
    class Breaking(Sly):
        async def read(self, file: Listed) -> bytes | None:
            if file.name == "b.csv":
                raise Unanswered(what="a file", why="the connection failed")
            return BODY

    files = [Listed(name, len(BODY), 1) for name in ("a.csv", "b.csv", "c.csv")]
    desk = Desk(tmp_path, Breaking(files))
    fetcher = desk.fetcher()
    fetcher.turn()
    desk.clock.seconds += 3
    with pytest.raises(Unanswered):
        fetcher.turn()
    assert [file.name for file in (tmp_path / "drop").iterdir()] == ["a.csv"]
    assert Cursors(tmp_path / "cursors", "roster").read() == {"a.csv": f"{len(BODY)}:1"}


def test_a_password_is_taken_from_its_file(tmp_path: Path, server: Sshd) -> None:
    (tmp_path / "password").write_text("right\n")
    (tmp_path / "password").chmod(0o600)
    host = asyncssh.generate_private_key("ssh-ed25519")

    class Asking(asyncssh.SSHServer):
        def password_auth_supported(self) -> bool:
            return True

        def validate_password(self, username: str, password: str) -> bool:
            return (username, password) == (server.at.user, "right")

    async def signed_in(file: Path) -> int:
        listening = await asyncssh.listen(
            "127.0.0.1", 0, server_host_keys=[host], server_factory=Asking, sftp_factory=True
        )
        port = listening.get_port()
        public = host.export_public_key().decode()
        (tmp_path / "hosts").write_text(f"[127.0.0.1]:{port} {public}")
        told = {"port": port, "key": None, "password": str(file), "known_hosts": str(tmp_path / "hosts")}
        fetcher = Desk(tmp_path, over(server, **told)).fetcher()
        try:
            return await asyncio.to_thread(fetcher.turn)
        finally:
            listening.close()

    assert asyncio.run(signed_in(tmp_path / "password")) == 0
    (tmp_path / "wrong").write_text("wrong\n")
    with pytest.raises(Unanswered, match="others may read wrong"):
        asyncio.run(signed_in(tmp_path / "wrong"))
    (tmp_path / "wrong").chmod(0o600)
    with pytest.raises(Unanswered, match="does not take our user"):
        asyncio.run(signed_in(tmp_path / "wrong"))


@pytest.mark.parametrize("name", ["../roster.csv", "/etc/cron.d/x", "a/b.csv", "taken", "a\0b", ".."])
def test_a_name_that_leads_out_of_the_folder_is_left_alone(tmp_path: Path, name: str) -> None:
    sly = Sly([Listed(name, 3, 1), Listed("roster.csv", 3, 1)])
    desk = Desk(tmp_path, sly, remove=True)
    assert desk.settled(desk.fetcher()) == 0
    assert sly.asked == ["roster.csv"]


def test_a_list_that_does_not_tell_files_from_folders_is_said() -> None:
    class Curt:
        async def scandir(self, _: str) -> AsyncIterator[asyncssh.SFTPName]:
            yield asyncssh.SFTPName(b"roster.csv", attrs=asyncssh.SFTPAttrs(size=3, mtime=1))

    with pytest.raises(Unanswered, match="what it is and how large"):
        asyncio.run(SftpFolder(Curt(), "outgoing").listing())  # type: ignore[arg-type]


def test_a_name_that_is_too_long_is_on_record(tmp_path: Path) -> None:
    desk = Desk(tmp_path, Sly([Listed("x" * 300, 3, 1)]))
    desk.settled(desk.fetcher())
    (refused,) = desk.inbox.refused("demo")
    assert refused.arrival.refusal.startswith("name")


def test_a_note_of_a_server_that_is_away_keeps_its_beginning(tmp_path: Path) -> None:
    standing = UnreachedServers(tmp_path)
    standing.away("roster", "no word", NOW)
    standing.away("roster", "another", HandClock(NOW).now())
    (tmp_path / "other.json").write_text("{")
    assert [(each.why, each.since) for each in standing.read().values()] == [("no word", NOW)]
    standing.only(["staff"])
    assert standing.read() == {}
