"""Several processes on one log: one of them writes a site, and when it is killed another goes on where it stopped."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from benches.load.postgres_server import PASSWORD

from wardwise.errors import StaleWriter
from wardwise.govern.data.balance import balance_of
from wardwise.loop.capture.inbox import INTAKE
from wardwise.loop.capture.log import Batch
from wardwise.stores.postgres.inbox import PostgresInbox
from wardwise.stores.postgres.log import PostgresLog
from wardwise.stores.postgres.server import Server
from wardwise.stores.postgres.tenancy import Tenancy
from wardwise.stores.sql.access import Access

SOURCE = Path(__file__).parents[2] / "src"
TERM, KILLS, RAWS = 1.0, 8, 400

WORK = """
import os, sys, time
from datetime import UTC, datetime
from wardwise.loop.capture.event import About, Draft
from wardwise.loop.capture.inbox import INTAKE
from wardwise.loop.capture.log import Batch, Disposition, Outcome
from wardwise.stores.postgres.inbox import PostgresInbox
from wardwise.stores.postgres.log import PostgresLog
from wardwise.stores.postgres.server import server_of
from wardwise.stores.postgres.tenancy import Tenancy
from wardwise.stores.sql.access import Access
address, name, term = sys.argv[1], sys.argv[2], float(sys.argv[3])
server = server_of(address, password=os.environ["ZZPASSWORD"])
now = datetime(2026, 3, 1, tzinfo=UTC)
tenancy = Tenancy(server, term_seconds=term)
log, inbox = PostgresLog(server), PostgresInbox(server, access=Access.READ)
def draft(raw):
    about = About(encounter="e1", patient="p1")
    return Draft(id="v" + raw.id, kind="sign.measured", occurred_at=now, source="adt", about=about, raw=raw.id,
                 caused_by=(raw.id,), payload={"code": "heart-rate"})
while (lease := tenancy.hold("st", name)) is None:
    time.sleep(0.05)
print("holds", lease.token, flush=True)
while True:
    raws = inbox.pending("st", after=log.offset("st", INTAKE), limit=3)
    drafts = [draft(raw) for raw in raws]
    dealt = [Disposition(raw.id, raw.sequence, Outcome.APPLIED, 1) for raw in raws]
    log.append(lease, Batch(drafts, dealt, {INTAKE: raws[-1].sequence} if raws else {}), now)
    assert tenancy.renew(lease)
    time.sleep(0.01)
"""


@pytest.fixture
def tenancy(server: Server) -> Iterator[Tenancy]:
    opened = Tenancy(server, term_seconds=TERM)
    yield opened
    opened.close()


def test_a_site_is_held_by_one_until_its_term_ends(tenancy: Tenancy) -> None:
    first = tenancy.hold("st", "one")
    assert first is not None
    assert tenancy.hold("st", "two") is None
    assert tenancy.hold("north", "two") is not None
    held = tenancy.holder("st")
    assert held is not None
    assert (held.name, 0 < held.seconds <= TERM) == ("one", True)
    time.sleep(TERM / 2)
    assert tenancy.renew(first)
    time.sleep(TERM * 0.7)
    assert tenancy.hold("st", "two") is None
    time.sleep(TERM * 0.4)
    second = tenancy.hold("st", "two")
    assert second is not None
    assert second.token == first.token + 1
    assert not tenancy.renew(first)


def test_who_comes_after_a_worker_of_its_own_data_folder_does_not_wait_and_the_first_is_fenced(
    tenancy: Tenancy, server: Server, morning: Any
) -> None:
    log, first = PostgresLog(server), tenancy.hold("st", "worker 1 on a (data folder f)")
    assert tenancy.hold("st", "worker 2 on b (data folder g)", heir_of="(data folder g)") is None
    assert tenancy.hold("st", "import 3 on a", heir_of="") is None
    second = tenancy.hold("st", "worker 4 on a (data folder f)", heir_of="(data folder f)")
    assert (first is not None, second is not None and second.token) == (True, 2)
    with pytest.raises(StaleWriter):
        log.append(first, Batch(offsets={"board": 1}), morning)
    log.close()


def test_a_site_that_was_let_go_is_free_at_once_and_one_that_was_lost_cannot_be_let_go(tenancy: Tenancy) -> None:
    first = tenancy.hold("st", "one")
    assert first is not None
    tenancy.let_go(first)
    assert tenancy.hold("st", "two") is not None
    tenancy.let_go(first)
    assert tenancy.hold("st", "three") is None


def test_a_stale_writer_is_refused_and_one_whose_term_ended_unnoticed_still_writes(
    tenancy: Tenancy, server: Server, draft: Any, morning: Any
) -> None:
    log, lease = PostgresLog(server), tenancy.hold("st", "one")
    assert lease is not None
    time.sleep(TERM * 1.1)
    log.append(lease, Batch([draft("v1")]), morning)  # nobody came: its order is still the only one
    assert tenancy.hold("st", "two") is not None
    with pytest.raises(StaleWriter):
        log.append(lease, Batch([draft("v2")]), morning)
    assert [event.id for event in log.read("st")] == ["v1"]
    log.close()


def work(address: str, name: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WORK, address, name, str(TERM)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(SOURCE), "ZZPASSWORD": PASSWORD},
    )


def test_killed_workers_lose_nothing_apply_nothing_twice_and_hand_over_within_seconds(
    tenancy: Tenancy, server: Server, address: str, arrival: Any
) -> None:
    inbox, log = PostgresInbox(server), PostgresLog(server, access=Access.READ)
    workers = {f"worker{n}": work(address, f"worker{n}") for n in range(3)}
    waits = []
    try:
        for kill in range(KILLS):
            inbox.receive([arrival(f"{kill}-{n}") for n in range(RAWS // KILLS)])
            name = holding(tenancy, workers)
            time.sleep(0.15)  # in the middle of its work
            killed = time.monotonic()
            workers[name].send_signal(signal.SIGKILL)
            workers.pop(name).communicate()
            workers[f"worker{kill + 3}"] = work(address, f"worker{kill + 3}")
            holding(tenancy, workers)
            waits.append(time.monotonic() - killed)
        end = time.monotonic() + 30
        while log.offset("st", INTAKE) < RAWS and time.monotonic() < end:
            time.sleep(0.05)
    finally:
        for worker in workers.values():
            worker.kill()
            worker.communicate()
    found = balance_of(inbox, log, "st")
    assert (found.applied, found.pending, found.holds) == (RAWS, 0, True)
    events = log.read("st")
    assert [event.raw for event in events] == [raw.id for raw in inbox.pending("st", after=0)]
    assert log.verify("st").position == RAWS
    assert max(waits) < TERM + 4, waits
    log.close()
    inbox.close()


def holding(tenancy: Tenancy, workers: dict[str, subprocess.Popen[str]]) -> str:
    """The name of the living worker that holds the site now."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        held = tenancy.holder("st")
        if held is not None and held.seconds > 0 and held.name in workers:
            return held.name
        time.sleep(0.02)
    raise AssertionError("nobody took over")
