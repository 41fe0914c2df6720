"""kill -9 at any instant of each process of a service under load: nothing acknowledged lost, nothing applied twice.

    python -m benches.chaos_kill [--kills N] [--seed SEED] [--store postgresql] [--site DIR] [--json]

`wardwise serve` runs as installed, under something that starts it again; clients send until acknowledged while door,
worker, board, supervisor, and the process that asks FHIR servers where the site has one, are killed. Some kills are
timed until that process does its work again (contract: door 1 s, the others 3 s; judged on a quiet machine only).
With `--store postgresql` the log is on a server of its own, every process of which is killed too: while it is gone
nothing may be acknowledged, and 10 s after its return all work again. Exit code 1 when something was lost, doubled,
acknowledged meanwhile, or too late.
"""

import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random
from statistics import median

from benches.kill.books import SLUG, settled
from benches.kill.clients import Client, stop_all
from benches.kill.service import PROCESSES, SUPERVISOR, Service, board_ready
from benches.load.figures import options, print_figures
from benches.load.postgres_server import ON_A_SERVER as DATABASE
from benches.load.postgres_server import STORES, Cluster, stored
from wardwise.assemble.stores import READ_ONLY, Stores, open_stores, prepare
from wardwise.loop.capture.absence import FHIR
from wardwise.loop.capture.inbox import INTAKE
from wardwise.run.clock import machine_load
from wardwise.stores.place import Place

SITE = Path(__file__).parents[1] / "sites" / "demo"
# Seconds; a supervisor's children first have to notice its end.
FLOORS = {"mllp": 1.0, "worker": 3.0, "http": 3.0, FHIR: 3.0, DATABASE: 10.0}
WEIGHTS = {"mllp": 4, "worker": 3, "http": 2, SUPERVISOR: 1, FHIR: 2, DATABASE: 2}
TIMED_OTHERS, TIMED = 0.15, {DATABASE: 0.7}  # of the kills: those are timed from a service that works
CLIENTS = 8
BUSY = 1.5  # load average, above which times say nothing
_PATIENCE_SECONDS = 60.0
_LONGEST_WAIT_SECONDS = 0.9
_LONGEST_OUTAGE_SECONDS = 3.0
_ON_ITS_WAY_SECONDS = 0.3
_BETWEEN_MESSAGES_SECONDS = 0.01
_LOOK_EVERY_SECONDS = 0.02


def main() -> int:
    """Kill, settle, count, print."""
    parser = options(__doc__)
    parser.add_argument("--kills", type=int, default=50, help="how many (default 50)")
    parser.add_argument("--seed", type=int, default=1, help="of the instants and the victims (default 1)")
    parser.add_argument("--store", choices=STORES, default="sqlite", help="where log and inbox are")
    parser.add_argument("--site", type=Path, default=SITE, help="whose slug is demo (default: the demo site)")
    asked = parser.parse_args()
    result = run(asked.kills, asked.seed, store=asked.store, site=asked.site)
    print_figures(result, as_json=asked.json)
    return 0 if result["verdict"] != "short" else 1


def run(kills: int, seed: int, *, store: str = "sqlite", site: Path = SITE) -> dict[str, object]:
    """So many kills of a service on fresh data, and what became of every message."""
    load, begun = machine_load(), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="wardwise-kill-") as scratch, stored(store) as cluster:
        data = Path(scratch) / "data"
        prepare(data, seed=1, place=Place(cluster.database()) if cluster else None)
        with Service(site, data) as service, sending(service) as clients, open_stores(data, READ_ONLY) as stores:
            probes = Probes(service, stores, clients)
            probes.await_work(PROCESSES, since=begun)
            kill = Killing(service, probes, Random(seed), cluster)
            kill.many(kills)
            stop_all(clients)
            acknowledged = sum(len(client.acked) for client in clients)
            books = settled(stores, acknowledged, patience_seconds=_PATIENCE_SECONDS)
    wrong, ready = [*books.wrong(), *kill.acknowledged_meanwhile(clients)], kill.ready
    late = [role for role, times in ready.items() if max(times, default=0.0) > FLOORS.get(role, _PATIENCE_SECONDS)]
    return {
        "bench": "chaos_kill",
        "store": store,
        "kills": dict(kill.killed),
        "acknowledged": books.told,
        "books": books.balance.figures(),
        "wrong": wrong,
        "seconds_to_work_again": {role: _spread(times) for role, times in ready.items()},
        "floors": FLOORS,
        "seconds": round(time.monotonic() - begun, 1),
        "load_before": round(load, 2),
        "verdict": "short" if wrong or (late and load <= BUSY) else ("INCONCLUSIVE" if late else "ok"),
    }


class Probes:
    """Whether processes do their work: the door acknowledges, the worker's offset moves, the board has read the log."""

    def __init__(self, service: Service, stores: Stores, clients: Sequence[Client]) -> None:
        """Nothing is asked yet."""
        self._service = service
        self._stores = stores
        self._clients = clients

    def await_work(self, roles: Sequence[str], *, since: float, was: int = 0) -> float:
        """Wait until these roles work again; how many seconds that is `since`. `was` is the offset at that instant."""
        works: dict[str, Callable[[], bool]] = {
            "mllp": lambda: self._acknowledges(since),
            "worker": lambda: self.offset > was,
            "http": lambda: board_ready(self._service.http),
            FHIR: lambda: self._service.pid(FHIR) is not None,
        }
        for role in roles:
            while not works[role]():
                if time.monotonic() - since > _PATIENCE_SECONDS:
                    raise TimeoutError(f"{role} does not work again")
                time.sleep(_LOOK_EVERY_SECONDS)
        return time.monotonic() - since

    @property
    def offset(self) -> int:
        """How far the worker has read the inbox."""
        return self._stores.log.offset(SLUG, INTAKE)

    def _acknowledges(self, since: float) -> bool:
        return any(client.times and client.times[-1] > since for client in self._clients)


@contextmanager
def sending(service: Service) -> Iterator[list[Client]]:
    """Clients that send while the block runs."""
    clients = [Client(number, service.mllp, pause=_BETWEEN_MESSAGES_SECONDS) for number in range(CLIENTS)]
    for client in clients:
        client.start()
    try:
        yield clients
    finally:
        stop_all(clients)


class Killing:
    """Kills at random, how often each was killed, and how long it took until it worked again."""

    def __init__(self, service: Service, probes: Probes, chance: Random, cluster: Cluster | None) -> None:
        """Nothing is killed yet; `cluster` is the server of the log, if it is on one."""
        self._service = service
        self._probes = probes
        self._chance = chance
        self._cluster = cluster
        there = {*PROCESSES, SUPERVISOR} | ({DATABASE} if cluster else set()) | ({FHIR} if service.pid(FHIR) else set())
        self._weights = {role: weight for role, weight in WEIGHTS.items() if role in there}
        self._outages: list[tuple[float, float]] = []
        self.killed: Counter[str] = Counter()
        self.ready: dict[str, list[float]] = {role: [] for role in self._weights}

    def many(self, kills: int) -> None:
        """Kill so often."""
        while self.killed.total() < kills:
            role = self._chance.choices(list(self._weights), list(self._weights.values()))[0]
            timed = self._chance.random() < TIMED.get(role, TIMED_OTHERS)
            time.sleep(self._chance.uniform(0, _LONGEST_WAIT_SECONDS))
            if timed:
                self._probes.await_work(PROCESSES, since=time.monotonic(), was=self._probes.offset)
            self._one(role, timed=timed)

    def acknowledged_meanwhile(self, clients: Sequence[Client]) -> Iterator[str]:
        """What was acknowledged while there was no database; an answer may have been on its way when it went."""
        for gone, back in self._outages:
            answers = [at for client in clients for at in client.times if gone + _ON_ITS_WAY_SECONDS < at < back]
            if answers:
                yield f"{len(answers)} acknowledged while the database was gone"

    def _one(self, role: str, *, timed: bool) -> None:
        service = self._service
        was, at, before = self._probes.offset, time.monotonic(), [service.pid(each) for each in PROCESSES]
        if role == DATABASE:
            at = self._outage()
        elif service.kill(role) is None:
            return
        self.killed[role] += 1
        if not timed:
            return
        if role == SUPERVISOR:  # its children still work until they notice
            while any(service.pid(each) in {None, *before} for each in PROCESSES):
                time.sleep(_LOOK_EVERY_SECONDS)
        roles = PROCESSES if role in {SUPERVISOR, DATABASE} else [role]
        self.ready[role].append(self._probes.await_work(roles, since=at, was=was))

    def _outage(self) -> float:
        """Kill the database and start it again after a while; the instant from which it answers."""
        assert self._cluster is not None  # noqa: S101 - else its role has no weight
        self._cluster.kill()
        gone = time.monotonic()
        time.sleep(self._chance.uniform(0, _LONGEST_OUTAGE_SECONDS))
        back = time.monotonic()
        self._cluster.start()
        self._outages.append((gone, back))
        return time.monotonic()


def _spread(times: Sequence[float]) -> str:
    return f"median {median(times):.2f}, most {max(times):.2f}, of {len(times)}" if times else "not timed"


if __name__ == "__main__":
    sys.exit(main())
