"""The demo's sender against the MLLP door itself, over a socket, into the memory inbox."""

import asyncio
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from tests.clocks import HandClock

from wardwise.demo.habits import Due, Sort
from wardwise.demo.mllp_client import MllpClient
from wardwise.demo.timeline import Timeline
from wardwise.feeds.hl7v2.door import MllpDoor
from wardwise.feeds.hl7v2.reception import Reception
from wardwise.feeds.hl7v2.routing import Routing
from wardwise.sites.load import load_site
from wardwise.stores.memory.inbox import MemoryInbox

SITE = Path(__file__).parents[2] / "sites" / "demo"


@contextmanager
def door(inbox: MemoryInbox, at: datetime) -> Iterator[int]:
    ports: list[int] = []
    ready, done = threading.Event(), threading.Event()

    async def listen() -> None:
        reception = Reception("demo", "mllp", Routing.of(load_site(SITE).site.feeds))
        opened = MllpDoor(inbox, reception, HandClock(at), failed=done.set)
        server = await opened.open("127.0.0.1", 0)
        ports.append(server.sockets[0].getsockname()[1])
        ready.set()
        await asyncio.to_thread(done.wait)
        server.close()
        await opened.close()

    thread = threading.Thread(target=lambda: asyncio.run(listen()))
    thread.start()
    assert ready.wait(10)
    try:
        yield ports[0]
    finally:
        done.set()
        thread.join(10)


def some(first_day: Timeline) -> list[Due]:
    odd = [due for due in first_day.messages if due.sort is not Sort.PLAIN]
    repeated = {due.control for due in odd}
    plain = [due for due in first_day.messages if due.sort is Sort.PLAIN]
    kept = [due for place, due in enumerate(plain) if place < 200 or due.control in repeated]
    return sorted([*kept, *odd], key=lambda due: due.at)


def test_the_door_stores_repeats_refuses_and_routes_as_the_demo_means_it(first_day: Timeline) -> None:
    dues, inbox = some(first_day), MemoryInbox()
    counts = Counter(due.sort for due in dues)
    with door(inbox, dues[-1].at) as port, MllpClient("127.0.0.1", port) as client:
        acks = [client.send(due.body, due.control) for due in dues]
    assert Counter(ack.code for ack in acks) == {
        "AA": len(dues) - counts[Sort.MALFORMED],
        "AR": counts[Sort.MALFORMED],
    }
    assert {due.sort for due, ack in zip(dues, acks, strict=True) if not ack.accepted} == {Sort.MALFORMED}
    kept = inbox.counts("demo")
    assert kept.duplicate == counts[Sort.RESENT] > 0
    assert (kept.refused, kept.conflict) == (counts[Sort.MALFORMED], 0)
    sources = {raw.arrival.source for raw in inbox.pending("demo", after=0, limit=10_000)}
    assert sources == {"adt", "oru", "unknown-sender"}
