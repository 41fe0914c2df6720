"""Every message of every dialect over a real MLLP connection: answered by its own control id, stored byte for byte."""

import asyncio
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from tests.clocks import HandClock

from wardwise.assemble.map_tests import trial
from wardwise.feeds.hl7v2.door import MllpDoor
from wardwise.feeds.hl7v2.reception import Reception
from wardwise.feeds.hl7v2.routing import Routing
from wardwise.sites.extends import STANDARD
from wardwise.stores.memory.inbox import MemoryInbox

HOMES = (Path(__file__).parent / "dialects", STANDARD)
AT = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
ACCEPTED = re.compile(rb"\rMSA.[AC]A.([^\r#|]+)")


def bodies() -> Iterator[bytes]:
    for file in sorted(file for home in HOMES for file in home.rglob("*.test.yaml")):
        for test in trial(file).tests.tests:
            for step, _ in test.steps:
                if not step.message.startswith("{"):  # FHIR comes by other ways
                    yield step.message.encode(step.encoded).replace(b"\n", b"\r")


async def answered(messages: list[bytes], inbox: MemoryInbox) -> list[bytes]:
    door = MllpDoor(inbox, Reception("demo", "mllp", Routing(())), HandClock(AT), failed=lambda: None)
    server = await door.open("127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname()[:2])
    answers = []
    for body in messages:
        writer.write(b"\x0b" + body + b"\x1c\r")
        answers.append(await reader.readuntil(b"\x1c\r"))
    writer.close()
    server.close()
    await door.close()
    return answers


def test_every_message_of_every_dialect_is_answered_and_stored() -> None:
    inbox, messages = MemoryInbox(), list(bodies())
    assert len(messages) > 120
    answers = asyncio.run(asyncio.wait_for(answered(messages, inbox), 60))
    told = [found[1] if (found := ACCEPTED.search(answer)) else answer for answer in answers]
    assert told == [body.split(body[3:4])[9] for body in messages]
    counts = inbox.counts("demo")
    assert (counts.received, counts.refused) == (len(messages), 0)
    kept = {raw.arrival.body for raw in inbox.pending("demo", after=0)}
    assert {body.strip(b"\r") for body in messages} == {body.strip(b"\r") for body in kept}
