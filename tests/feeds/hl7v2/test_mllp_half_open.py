"""Senders that are gone without a word, or only quiet: the first lose their place in time, the others keep it."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import pytest
from tests.clocks import HandClock
from tests.feeds.hl7v2.test_mllp_door import AT, answered, message, opened, until
from tests.waiting import in_time

from wardwise.feeds.hl7v2.door import DoorLimits, MllpDoor
from wardwise.feeds.hl7v2.reception import Reception
from wardwise.feeds.hl7v2.routing import Routing
from wardwise.stores.memory.inbox import MemoryInbox

QUIET = DoorLimits(quiet_seconds=0.4)
DEAD = 4
GONE_WITHIN = 3 * DEAD
NETWORK = "10.213.77"
SENDER = """
import socket, sys, time
line = socket.create_connection((sys.argv[1], int(sys.argv[2])))
if sys.argv[3] == "asks":
    line.sendall(sys.stdin.buffer.read())
    line.recv(65536)
print("connected", flush=True)
time.sleep(600)
"""


def test_a_line_that_swallows_the_goodbye_loses_its_place_once_it_was_quiet_for_long() -> None:
    """What a proxy or firewall does that keeps its own end open: the machine answers, the sender is gone."""

    async def run() -> None:
        async with opened(MemoryInbox(), QUIET) as at, swallowing_proxy(at.address) as proxy:
            _, writer = await asyncio.open_connection("127.0.0.1", proxy)
            await until(lambda: len(at.door.lines) == 1)
            begun = time.monotonic()
            writer.close()
            await until(lambda: not at.door.lines)
            assert time.monotonic() - begun >= QUIET.quiet_seconds / 2

    in_time(run)


def test_a_sender_that_speaks_below_the_limit_keeps_its_place() -> None:
    async def run() -> None:
        async with opened(MemoryInbox(), QUIET) as at, at.line() as line:
            for number in range(6):
                line[1].write(message(str(number)))
                assert b"MSA|AA" in await answered(line)
                await asyncio.sleep(QUIET.quiet_seconds / 2)
            await until(lambda: not at.door.lines)

    in_time(run)


def test_hours_of_silence_are_legal_out_of_the_box() -> None:
    assert DoorLimits().quiet_seconds >= 12 * 3600


@dataclass
class Elsewhere:
    """A machine of its own on a cable that can be cut, and the address this one has on that cable."""

    name: str
    cable: str
    here: str

    def start(self, port: int, manner: str, body: bytes = b"") -> subprocess.Popen[bytes]:
        command = ["ip", "netns", "exec", self.name, sys.executable, "-c", SENDER, self.here, str(port), manner]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert process.stdin is not None
        process.stdin.write(body)
        process.stdin.close()
        process.stdin = None  # `communicate` would flush it
        return process

    def cut(self) -> None:
        subprocess.run(["ip", "-n", self.name, "link", "set", f"{self.cable}b", "down"], check=True)


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    name, cable = f"wardwise-{os.getpid()}", f"ww{os.getpid() % 10_000}"
    made = Elsewhere(name, cable, f"{NETWORK}.1")
    with suppress(FileNotFoundError):
        if subprocess.run(["ip", "netns", "add", name], capture_output=True, check=False).returncode == 0:
            try:
                for command in (
                    f"link add {cable}a type veth peer name {cable}b netns {name}",
                    f"addr add {NETWORK}.1/30 dev {cable}a",
                    f"link set {cable}a up",
                    f"-n {name} addr add {NETWORK}.2/30 dev {cable}b",
                    f"-n {name} link set {cable}b up",
                ):
                    subprocess.run(["ip", *command.split()], check=True)
                yield made
            finally:
                subprocess.run(["ip", "link", "del", f"{cable}a"], check=False)  # the network may outlive its name
                subprocess.run(["ip", "netns", "del", name], check=False)
            return
    pytest.skip("no right to make a network of its own")


@pytest.mark.slow
@pytest.mark.parametrize("manner", ["waits", "asks"])
def test_a_sender_whose_cable_is_cut_frees_its_place_and_a_quiet_one_keeps_it(
    elsewhere: Elsewhere, manner: str
) -> None:
    async def run() -> None:
        door = MllpDoor(
            MemoryInbox(),
            Reception("demo", "mllp", Routing(())),
            HandClock(AT),
            failed=lambda: None,
            limits=DoorLimits(dead_seconds=DEAD),
        )
        server = await door.open(elsewhere.here, 0)
        sender = elsewhere.start(server.sockets[0].getsockname()[1], manner, message("1"))
        try:
            assert sender.stdout is not None
            assert await asyncio.to_thread(sender.stdout.readline) == b"connected\n"
            await asyncio.sleep(DEAD * 1.5)
            assert len(door.lines) == 1  # it says nothing, and its machine answers
            elsewhere.cut()
            begun = time.monotonic()
            while door.lines:
                assert time.monotonic() - begun < GONE_WITHIN
                await asyncio.sleep(0.05)
        finally:
            sender.kill()
            sender.communicate()
            server.close()
            await door.close()

    asyncio.run(run())


@asynccontextmanager
async def swallowing_proxy(address: tuple[str, int]) -> AsyncIterator[int]:
    """Passes bytes on, and never a goodbye of the client's; its port."""
    kept: list[asyncio.StreamWriter] = []

    async def pass_on(reader: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        _, writer = await asyncio.open_connection(*address)
        kept.extend([writer, back])
        while data := await reader.read(65536):
            writer.write(data)

    server = await asyncio.start_server(pass_on, "127.0.0.1", 0)
    yield int(server.sockets[0].getsockname()[1])
    server.close()
    for writer in kept:
        writer.close()
