import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime

import pytest

from wardwise.errors import StoreUnavailable
from wardwise.feeds.hl7v2.door import DoorLimits, MllpDoor
from wardwise.feeds.hl7v2.reception import Reception
from wardwise.feeds.hl7v2.routing import Routing
from wardwise.loop.capture.inbox import Arrival, Raw
from wardwise.stores.memory.inbox import MemoryInbox

AT = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


class StoppedClock:
    def now(self) -> datetime:
        return AT

    def elapsed(self) -> float:
        return 0.0


class BrokenInbox(MemoryInbox):
    """A disk that is full."""

    def receive(self, arrivals: Sequence[Arrival]) -> list[Raw]:
        raise StoreUnavailable(store="inbox", what=f"no room for {len(arrivals)}", remedy="Make room.")


def message(control: str) -> bytes:
    return f"\x0bMSH|^~\\&|EHR|LGH|||20260301||ADT^A01|{control}|P|2.5\rPID|1\r\x1c\r".encode()


Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def with_door(inbox: MemoryInbox, talk: Talk, *, limits: DoorLimits | None = None) -> list[str]:
    """Open a door, let one client talk to it, close it; returns `failed` calls."""
    failed: list[str] = []

    async def run() -> None:
        door = MllpDoor(
            inbox,
            Reception("demo", "mllp", Routing(())),
            StoppedClock(),
            failed=lambda: failed.append("failed"),
            limits=limits,
        )
        server = await door.open("127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname()[:2])
        await asyncio.wait_for(talk(reader, writer), 10)
        writer.close()
        await writer.wait_closed()
        server.close()
        await door.close()

    asyncio.run(run())
    return failed


async def answers(reader: asyncio.StreamReader, count: int) -> list[bytes]:
    return [await reader.readuntil(b"\x1c\r") for _ in range(count)]


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


def test_one_connection_too_many_is_closed_at_once() -> None:
    async def talk(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        assert await reader.read() == b""

    with_door(MemoryInbox(), talk, limits=DoorLimits(connections=0))


@pytest.mark.parametrize("cut", [1, 7, 33])
def test_a_message_in_pieces_is_one_message(cut: int) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        wire = message("9")
        for start in range(0, len(wire), cut):
            writer.write(wire[start : start + cut])
            await writer.drain()
        assert b"MSA|AA|9" in (await answers(reader, 1))[0]

    with_door(MemoryInbox(), talk)
