"""One writer, several readers in other processes, and writers that are killed."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from wardwise.loop.capture.log import Batch, Selection
from wardwise.stores.sqlite.inbox import SqliteInbox
from wardwise.stores.sqlite.log import SqliteLog

SOURCE = Path(__file__).parents[2] / "src"

SETUP = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from wardwise.loop.capture.event import About, Draft
from wardwise.loop.capture.inbox import Arrival
from wardwise.loop.capture.log import Batch
from wardwise.stores.sql.access import Access
from wardwise.stores.sqlite.inbox import SqliteInbox
from wardwise.stores.sqlite.log import SqliteLog
folder, turn = Path(sys.argv[1]), sys.argv[2]
now = datetime(2026, 3, 1, tzinfo=UTC)
def draft(name):
    about = About(encounter="e1", patient="p1")
    return Draft(id=name, kind="sign.measured", occurred_at=now, source="adt", about=about,
                 caused_by=("w1",), payload={"code": "heart-rate"})
"""

WRITE = """
log, inbox = SqliteLog(folder / "events.db"), SqliteInbox(folder / "inbox.db")
lease, n = log.lease("st", turn), 0
while True:
    n += 1
    body = f"{turn}-{n}"
    raws = inbox.receive([Arrival(site="st", source="adt", listener="x", control_id=body,
                                  body=body.encode(), received_at=now)])
    events = log.append(lease, Batch([draft(f"v{body}-{m}") for m in range(3)], offsets={"board": n}), now)
    print(body, raws[0].id, events[-1].position, flush=True)
"""

READ = """
log = SqliteLog(folder / "events.db", access=Access.READ)
after = 0
while after < 600:
    events = log.read("st", after=after)
    assert [event.position for event in events] == list(range(after + 1, after + 1 + len(events)))
    after += len(events)
    assert log.offset("st", "board") * 3 >= after
print(after)
"""


def start(script, folder, turn):
    return subprocess.Popen(
        [sys.executable, "-c", SETUP + script, str(folder), str(turn)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
    )


def killed_after(seconds, folder, turn):
    """What a writer acknowledged before it was killed."""
    writer = start(WRITE, folder, turn)
    first = writer.stdout.readline()
    time.sleep(seconds)
    writer.send_signal(signal.SIGKILL)
    rest, _ = writer.communicate()
    lines = (first + rest).splitlines(keepends=True)
    return [line.split() for line in lines if line.endswith("\n")]


def test_twenty_killed_writers_lose_nothing_they_acknowledged(tmp_path):
    moments = random.Random(7)  # noqa: S311 (moments to kill at)
    told = [line for turn in range(20) for line in killed_after(moments.uniform(0, 0.08), tmp_path, turn)]
    log, inbox = SqliteLog(tmp_path / "events.db"), SqliteInbox(tmp_path / "inbox.db")
    head = log.verify("st")
    assert len(told) >= 20
    for body, raw, position in told:
        assert inbox.find(raw).arrival.body == body.encode()
        assert log.find("st", f"v{body}-2").position == int(position)
    assert head.position % 3 == 0
    assert log.lease("st", "after").token == 21
    counts = inbox.counts("st")
    assert counts.received == counts.stored == len(inbox.pending("st", after=0, limit=100_000))
    log.close()
    inbox.close()


def test_a_reader_in_another_process_sees_whole_batches_in_order(tmp_path, draft, morning):
    log = SqliteLog(tmp_path / "events.db")
    lease = log.lease("st", "worker")
    readers = [start(READ, tmp_path, n) for n in range(2)]
    for n in range(1, 201):
        batch = Batch([draft(f"v{n}-{m}") for m in range(3)], offsets={"board": n})
        log.append(lease, batch, morning)
        time.sleep(0.001)
    for reader in readers:
        output, _ = reader.communicate(timeout=60)
        assert (reader.returncode, output) == (0, "600\n")
    log.close()


def test_a_reader_follows_several_kinds_without_missing_one(tmp_path, draft, morning):
    log = SqliteLog(tmp_path / "events.db")
    lease = log.lease("st", "worker")
    where = Selection(kinds=frozenset({"sign.measured", "lab.resulted"}))
    after, seen = 0, []
    for n in range(60):
        kind = ("sign.measured", "lab.resulted", "stay.arrived")[n % 3]
        log.append(lease, Batch([draft(f"v{n}", kind=kind)]), morning)
        seen += (found := log.read("st", after=after, where=where, limit=2))
        after = found[-1].position if found else after
    assert [event.id for event in seen] == [f"v{n}" for n in range(60) if n % 3 != 2]
    log.close()
