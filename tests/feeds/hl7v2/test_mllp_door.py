import asyncio
import contextlib
import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from structlog.testing import capture_logs
from tests.clocks import HandClock
from tests.waiting import in_time

from wardwise.errors import StoreUnavailable
from wardwise.feeds.hl7v2.door import DoorLimits, MllpDoor
from wardwise.feeds.hl7v2.framing import KEPT_OF_OVERFLOW
from wardwise.feeds.hl7v2.reception import Reception
from wardwise.feeds.hl7v2.routing import Routing
from wardwise.loop.capture.inbox import Arrival, Raw
from wardwise.stores.memory.inbox import MemoryInbox

AT = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
MOST_SECONDS = 10.0


class BrokenInbox(MemoryInbox):
    """A disk that is full."""

    def receive(self, arrivals: Sequence[Arrival]) -> list[Raw]:
        raise StoreUnavailable(store="inbox", what=f"no room for {len(arrivals)}", remedy="Make room.")


class FaultyInbox(MemoryInbox):
    """A store with a fault of its own that nobody foresaw."""

    def receive(self, arrivals: Sequence[Arrival]) -> list[Raw]:
        raise RuntimeError(repr(arrivals[0].body))


class SlowInbox(MemoryInbox):
    """A disk that takes nothing until it is let go; `groups` are the control ids of each commit."""

    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Event()
        self.groups: list[list[str]] = []

    def receive(self, arrivals: Sequence[Arrival]) -> list[Raw]:
        self.groups.append([arrival.control_id for arrival in arrivals])
        assert self.go.wait(MOST_SECONDS)
        return super().receive(arrivals)


def message(control: str, *, note: str = "") -> bytes:
    return f"\x0bMSH|^~\\&|EHR|LGH|||20260301||ADT^A01|{control}|P|2.5\rPID|1\rNTE|{note}\r\x1c\r".encode()


Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Opened:
    """A door that listens, and how often it said that it failed."""

    door: MllpDoor
    server: asyncio.Server
    failed: list[str]

    @property
    def address(self) -> tuple[str, int]:
        host, port = self.server.sockets[0].getsockname()[:2]
        return host, port

    @asynccontextmanager
    async def line(self) -> AsyncIterator[Line]:
        reader, writer = await asyncio.open_connection(*self.address)
        yield reader, writer
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


@asynccontextmanager
async def opened(inbox: MemoryInbox, limits: DoorLimits | None = None) -> AsyncIterator[Opened]:
    failed: list[str] = []
    reception = Reception("demo", "mllp", Routing(()))
    door = MllpDoor(inbox, reception, HandClock(AT), failed=lambda: failed.append("failed"), limits=limits)
    server = await door.open("127.0.0.1", 0)
    yield Opened(door, server, failed)
    server.close()
    await door.close()


def with_door(inbox: MemoryInbox, talk: Talk, *, limits: DoorLimits | None = None) -> list[str]:
    """Open a door, let one client talk to it, close it; returns `failed` calls."""
    failed: list[str] = []

    async def run() -> None:
        async with opened(inbox, limits) as at, at.line() as (reader, writer):
            await talk(reader, writer)
        failed.extend(at.failed)

    in_time(run)
    return failed


async def answers(reader: asyncio.StreamReader, count: int) -> list[bytes]:
    return [await reader.readuntil(b"\x1c\r") for _ in range(count)]


async def answered(line: Line) -> bytes:
    return (await answers(line[0], 1))[0]


async def until(reached: Callable[[], bool]) -> None:
    while not reached():  # noqa: ASYNC110 - what is waited for are counts of the door
        await asyncio.sleep(0.005)


def test_messages_in_one_write_are_answered_in_their_order() -> None:
    inbox = MemoryInbox()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"".join(message(str(number)) for number in range(40)))
        found = await answers(reader, 40)
        assert [reply.split(b"MSA|AA|")[1].split(b"\r")[0] for reply in found] == [str(n).encode() for n in range(40)]

    with_door(inbox, talk)
    assert inbox.counts("demo").stored == 40


def test_a_message_sent_again_is_acknowledged_again_and_kept_once() -> None:
    inbox = MemoryInbox()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(message("7") + message("7"))
        assert all(b"MSA|AA|7" in reply for reply in await answers(reader, 2))

    with_door(inbox, talk)
    counts = inbox.counts("demo")
    assert (counts.stored, counts.duplicate) == (1, 1)


def test_nothing_is_acknowledged_that_the_store_did_not_take() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(message("7"))
        assert b"MSA|AE|7" in (await answers(reader, 1))[0]

    assert with_door(BrokenInbox(), talk) == ["failed"]


def test_a_frame_that_is_never_finished_is_refused_and_the_line_lives() -> None:
    inbox = MemoryInbox()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(message("1")[:-2])
        assert b"MSA|AR" in (await answers(reader, 1))[0]
        writer.write(message("2"))
        assert b"MSA|AA|2" in (await answers(reader, 1))[0]

    with_door(inbox, talk, limits=DoorLimits(idle_seconds=0.05))
    assert inbox.counts("demo").refused == 1


@pytest.mark.parametrize("cut", [1, 7, 33])
def test_a_message_in_pieces_is_one_message(cut: int) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        wire = message("9")
        for start in range(0, len(wire), cut):
            writer.write(wire[start : start + cut])
            await writer.drain()
        assert b"MSA|AA|9" in (await answers(reader, 1))[0]

    with_door(MemoryInbox(), talk)


@pytest.mark.parametrize("ahead", [0, 1, 3])
def test_the_largest_unfinished_frame_is_given_up_when_all_of_them_use_up_the_budget(ahead: int) -> None:
    inbox, after = MemoryInbox(), message("next")

    async def run() -> None:
        async with opened(inbox, DoorLimits(waiting_bytes=4000)) as at, at.line() as large, at.line() as small:
            large[1].write(message("large", note="x" * 3000)[:-3] + after[:ahead])
            small[1].write(message("small", note="x" * 1500)[:-2])
            assert b"MSA|AR|large" in await answered(large)
            large[1].write(after[ahead:] if ahead else b"more of it\x1c\r" + after)
            assert b"MSA|AA|next" in await answered(large)
            small[1].write(b"\x1c\r")
            assert b"MSA|AA|small" in await answered(small)

    in_time(run)
    assert inbox.counts("demo").refused == 1


def test_of_a_frame_given_up_for_want_of_memory_only_the_beginning_is_kept() -> None:
    inbox = MemoryInbox()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(message("1", note="x" * 500_000)[:-2])
        assert b"MSA|AR|1" in (await answers(reader, 1))[0]

    with_door(inbox, talk, limits=DoorLimits(waiting_bytes=400_000))
    assert [len(raw.arrival.body) for raw in inbox.refused("demo")] == [KEPT_OF_OVERFLOW]


def test_a_slow_disk_costs_no_sender_the_frame_it_is_sending() -> None:
    inbox = SlowInbox()

    async def run() -> None:
        async with opened(inbox, DoorLimits(waiting_bytes=4000, idle_seconds=0.1)) as at, at.line() as line:
            line[1].write(b"".join(message(str(number)) for number in range(20)) + message("last")[:-2])
            await asyncio.sleep(0.3)
            inbox.go.set()
            line[1].write(b"\x1c\r")
            assert b"MSA|AA|last" in (await answers(line[0], 21))[-1]

    in_time(run)
    assert inbox.counts("demo").refused == 0


def test_many_empty_frames_count_against_the_budget_too() -> None:
    inbox = SlowInbox()

    async def run() -> None:
        async with opened(inbox, DoorLimits(waiting_bytes=40_000)) as at, at.line() as line:
            line[1].write(b"\x0b\x1c\r" * 100)
            await until(lambda: at.door.waiting_bytes > 40_000)
            inbox.go.set()
            assert all(b"MSA|AR" in reply for reply in await answers(line[0], 100))
        assert at.door.waiting_bytes == 0

    in_time(run)


def test_a_frame_that_drips_in_is_given_up_in_the_time_of_one_frame() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def drip() -> None:
            for byte in message("1", note="x" * 1000):
                writer.write(bytes([byte]))
                await asyncio.sleep(0.01)

        dripping = asyncio.create_task(drip())
        assert b"MSA|AR" in (await asyncio.wait_for(answers(reader, 1), 3))[0]
        dripping.cancel()

    with_door(MemoryInbox(), talk, limits=DoorLimits(idle_seconds=0.3))


def test_a_busy_line_that_always_has_a_frame_under_way_loses_none() -> None:
    inbox = MemoryInbox()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        wire = b"".join(message(str(number)) for number in range(20))
        step = len(message("0")) - 1
        for start in range(0, len(wire), step):
            writer.write(wire[start : start + step])
            await asyncio.sleep(0.05)
        assert all(b"MSA|AA" in reply for reply in await answers(reader, 20))

    with_door(inbox, talk, limits=DoorLimits(idle_seconds=0.4))
    assert inbox.counts("demo").refused == 0


def test_a_sender_that_never_reads_its_answers_is_not_read_either_and_then_cut_off() -> None:
    inbox, sent = MemoryInbox(), 1500

    async def run() -> None:
        loop = asyncio.get_running_loop()
        async with opened(inbox, DoorLimits(idle_seconds=0.3)) as at:
            at.server.sockets[0].setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
            with socket.socket() as deaf:
                deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                deaf.settimeout(0)
                await loop.sock_connect(deaf, at.address)
                await until(lambda: len(at.door.lines) == 1)
                with contextlib.suppress(ConnectionError):
                    for number in range(sent):
                        await loop.sock_sendall(deaf, message(str(number)).replace(b"EHR", b"E" * 250))
                        await asyncio.sleep(0)
                await until(lambda: not at.door.lines)

    in_time(run)
    assert 0 < inbox.counts("demo").stored < sent


def test_one_connection_too_many_is_told_that_the_door_is_full_and_closed() -> None:
    inbox = MemoryInbox()

    async def run() -> None:
        async with opened(inbox, DoorLimits(connections=1)) as at, at.line() as first, at.line() as second:
            first[1].write(message("1"))
            assert b"MSA|AA|1" in await answered(first)
            second[1].write(message("2"))
            said = await second[0].read()
            assert b"MSA|AR|2" in said
            assert b"full" in said

    in_time(run)
    assert inbox.counts("demo").received == 1


def test_one_connection_too_many_that_says_nothing_is_told_so_in_the_end() -> None:
    async def talk(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        assert b"MSA|AR" in await reader.read()

    with_door(MemoryInbox(), talk, limits=DoorLimits(connections=0, idle_seconds=0.05))


def test_of_a_crowd_before_a_full_door_the_last_are_not_heard_and_all_are_told() -> None:
    async def run() -> None:
        async with opened(MemoryInbox(), DoorLimits(connections=0, idle_seconds=60)) as at:
            crowd = [await asyncio.open_connection(*at.address) for _ in range(65)]
            assert b"MSA|AR" in await crowd[-1][0].read()
        assert all([b"MSA|AR" in await reader.read() for reader, _writer in crowd[:-1]])
        for _reader, writer in crowd:
            writer.close()
            await writer.wait_closed()

    in_time(run)


def test_a_connection_made_during_a_pause_waits_as_the_others_do() -> None:
    inbox = SlowInbox()

    async def run() -> None:
        async with opened(inbox, DoorLimits(waiting_bytes=2000)) as at, at.line() as early:
            early[1].write(message("a"))
            await until(lambda: inbox.groups == [["a"]])
            early[1].write(message("b", note="x" * 3000))
            await until(lambda: at.door.waiting_bytes > 3000)
            async with at.line() as late:
                late[1].write(message("c"))
                await until(lambda: len(at.door.lines) == 2)
                await asyncio.sleep(0.1)
                inbox.go.set()
                assert b"MSA|AA|c" in await answered(late)

    in_time(run)
    assert inbox.groups == [["a"], ["b"], ["c"]]


def test_a_fault_that_nobody_foresaw_is_told_to_the_senders_and_ends_the_door() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for control in ("7", "8"):
            writer.write(message(control, note="of a patient"))
            assert f"MSA|AE|{control}".encode() in (await answers(reader, 1))[0]

    with capture_logs() as logged:
        assert with_door(FaultyInbox(), talk) == ["failed"]
    assert [entry["fault"] for entry in logged] == ["RuntimeError"]
    assert "patient" not in str(logged)


def test_a_sender_that_ends_its_half_still_gets_its_answers() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(message("1") + message("2"))
        writer.write_eof()
        assert [b"MSA|AA" in reply for reply in await answers(reader, 2)] == [True, True]
        assert await reader.read() == b""

    with_door(MemoryInbox(), talk)


@pytest.mark.parametrize("said", [b"", message("1")])
def test_a_sender_that_has_its_answers_and_leaves_frees_its_place_at_once(said: bytes) -> None:
    async def run() -> None:
        async with opened(MemoryInbox(), DoorLimits(idle_seconds=60)) as at:
            async with at.line() as (reader, writer):
                writer.write(said)
                if said:
                    await answers(reader, 1)
            await until(lambda: not at.door.lines)

    in_time(run)


def test_bytes_that_are_not_kept_are_counted_for_lines_that_are_there_and_gone() -> None:
    async def run() -> None:
        async with opened(MemoryInbox()) as at:
            async with at.line() as line:
                line[1].write(b"\0\0\n" + message("1"))
                await answers(line[0], 1)
                assert at.door.passed_over == 3
            await until(lambda: not at.door.lines)
            assert at.door.passed_over == 3

    in_time(run)


def test_senders_in_step_share_one_commit() -> None:
    inbox = SlowInbox()

    async def run() -> None:
        async with opened(inbox, DoorLimits(gather_seconds=MOST_SECONDS)) as at, AsyncExitStack() as stack:
            first, *others = [await stack.enter_async_context(at.line()) for _ in range(4)]
            first[1].write(message("a1"))
            await until(lambda: len(inbox.groups) == 1)
            for line in others:
                line[1].write(message("b1"))
            await until(lambda: at.door.waiting_bytes > 4 * 512)
            inbox.go.set()
            await answered(first)
            first[1].write(message("a2"))
            for line in (first, *others):
                await answered(line)
            for line in (first, *others):
                line[1].write(message("c"))
            for line in (first, *others):
                await answered(line)

    in_time(run)
    assert [len(group) for group in inbox.groups] == [1, 4, 4]
