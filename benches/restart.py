"""How soon a service is ready again after kill -9, with many events in its log.

`python -m benches.restart [--events N] [--json]`: fills a log with vital signs of the past, starts the demo site's
service on it, kills each process in turn and times until it says it is ready. Floors: doors 1 s, the service 3 s.
"""

import os
import signal
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benches.kill.service import board_ready
from benches.load.figures import options, print_figures
from wardwise.assemble.stores import WORKER, open_stores, prepare
from wardwise.loop.capture.event import About, Draft
from wardwise.loop.capture.log import Batch
from wardwise.run.clock import machine_load
from wardwise.run.settings import Settings
from wardwise.run.supervisor import Supervisor

SITE = Path(__file__).parents[1] / "sites" / "demo"
BATCH = 5_000
FLOORS = {"mllp": 1.0, "http": 3.0, "worker": 3.0}
LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)


def main() -> int:
    """Fill, start, kill, time; exit code 1 when a floor is missed on a quiet machine."""
    parser = options(__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    told = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="wardwise-restart-") as scratch:
        data = Path(scratch) / "data"
        prepare(data, seed=1)
        fill(data, told.events)
        load = machine_load()
        result = {"events": told.events, "load_before": load, "seconds_to_ready": timings(data), "floors": FLOORS}
    short = [role for role, seconds in result["seconds_to_ready"].items() if max(seconds) > FLOORS[role]]
    result["verdict"] = "ok" if not short else ("INCONCLUSIVE" if load > 1.5 else "short")
    print_figures(result, as_json=told.json)
    return 1 if result["verdict"] == "short" else 0


def fill(data: Path, events: int) -> None:
    """Vital signs of the past, a minute apart."""
    with open_stores(data, WORKER) as stores:
        lease = stores.log.lease("demo", "bench")
        for first in range(0, events, BATCH):
            drafts = [sign(number) for number in range(first, min(first + BATCH, events))]
            stores.log.append(lease, Batch(drafts), drafts[-1].occurred_at)


def sign(number: int) -> Draft:
    """One vital sign of one of a thousand patients."""
    return Draft(
        id=f"v{number}",
        kind="sign.measured",
        occurred_at=LONG_AGO + timedelta(seconds=number),
        source="oru",
        about=About(encounter=f"e{number % 1000}"),
        payload={"code": "pulse", "value": str(60 + number % 60), "ucum": "/min"},
    )


def timings(data: Path) -> dict[str, list[float]]:
    """Seconds to ready of three restarts of each process."""
    found: dict[str, list[float]] = {role: [] for role in FLOORS}
    with Supervisor(Settings(site=SITE, data=data)) as service:
        for role, seconds in found.items():
            for _ in range(3):
                killed, pid = time.monotonic(), service.pid(role)
                os.kill(pid, signal.SIGKILL)
                while service.pid(role) == pid or not is_ready(service, role):
                    service.watch()
                    time.sleep(0.005)
                seconds.append(round(time.monotonic() - killed, 2))
    return found


def is_ready(service: Supervisor, role: str) -> bool:
    """Whether a process does its work; that the board listens is not enough, it must have read the log."""
    if role != "http" or not service.working(role):
        return service.working(role)
    return board_ready(service.settings.http_port)


if __name__ == "__main__":
    raise SystemExit(main())
