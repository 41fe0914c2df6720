"""The whole service under load: from the wire through the inbox and the mapping to events, features and scores."""

import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from benches.load.machine import cpu_seconds, percentile
from benches.load.sender import Task
from benches.load.sending import send
from benches.load.servers import SITE
from wardwise.assemble.stores import READ_ONLY, Stores, open_stores, prepare
from wardwise.govern.data.balance import balance_of
from wardwise.loop.capture.event import Event
from wardwise.loop.capture.log import Selection
from wardwise.run.settings import Settings
from wardwise.run.supervisor import Supervisor

_PATIENCE_SECONDS = 180.0
_LONGEST_FLOOD_SECONDS = 5.0  # the door takes several times what a worker applies: more only makes one wait
_PAGE = 10_000

Figures = dict[str, float | int]


def end_to_end(data: Path, seconds: float, *, connections: int, per_second: float) -> dict[str, Figures]:
    """As fast as the door takes them; then at a rate, where the lag from receipt to event and to score counts."""
    prepare(data, seed=1)
    with Supervisor(Settings(site=SITE, data=data)) as service:
        port, worker = service.settings.mllp_port, service.pid("worker")
        before, begun = cpu_seconds(worker), time.monotonic()
        sent = send(Task(port, connections, min(seconds, _LONGEST_FLOOD_SECONDS), first=0))
        with open_stores(data, READ_ONLY) as stores:
            events = _settled(stores)
            taken, spent = time.monotonic() - begun, cpu_seconds(worker) - before
            messages = int(sent["messages"])
            flood: Figures = {
                "messages": messages,
                "acknowledged_per_second": sent["per_second"],
                "messages_applied_per_second": round(messages / taken, 1),
                "events_applied_per_second": round(events / taken, 1),
                "worker_cpu_us_per_message": round(spent / messages * 1e6, 1),
            }
            after = stores.inbox.pending("demo", after=messages - 1)[-1].sequence
            position = stores.log.head("demo").position
            steady = send(Task(port, connections, seconds, first=messages, per_second=per_second))
            _settled(stores)
            lags = _lags(stores, after, position)
    return {"flood": flood, "steady": {"per_second": steady["per_second"], **lags}}


def _settled(stores: Stores) -> int:
    """Wait until nothing is pending; how many facts from messages there are."""
    end = time.monotonic() + _PATIENCE_SECONDS
    while balance_of(stores.inbox, stores.log, "demo").pending:
        if time.monotonic() > end:
            raise SystemExit("the worker did not come to an end")
        time.sleep(0.05)
    return sum(1 for _ in _events(stores, 0, "sign.measured"))


def _lags(stores: Stores, after: int, position: int) -> Figures:
    received: dict[str, datetime] = {}
    while page := stores.inbox.pending("demo", after=after):
        received |= {raw.id: raw.arrival.received_at for raw in page}
        after = page[-1].sequence
    signs = _events(stores, position, "sign.measured")
    lags = sorted((e.recorded_at - received[str(e.raw)]).total_seconds() for e in signs if e.raw in received)
    return {
        "events": len(lags),
        "scores": sum(1 for _ in _events(stores, position, "prediction.made")),
        "event_lag_p50_ms": round(percentile(lags, 0.50) * 1e3, 1),
        "event_lag_p99_ms": round(percentile(lags, 0.99) * 1e3, 1),
    }


def _events(stores: Stores, after: int, kind: str) -> Iterator[Event]:
    where = Selection(kinds=frozenset({kind}))
    while page := stores.log.read("demo", after=after, where=where, limit=_PAGE):
        yield from page
        after = page[-1].position
