"""Power losses of a PostgreSQL server: what was acknowledged must be there, once, and agree, wherever its WAL was cut.

    python -m benches.chaos_wal [--cuts N] [--seed SEED] [--json]

The real inbox and log work on a real server; at arbitrary moments its folder is copied, and the WAL of each copy is cut
at an arbitrary byte at or after what was synced when the last acknowledgement was given. A server starts over each of
them, and what it recovers is held to every promise. The same with synchronous_commit=off must report loss, or the
harness proves nothing. Exit code 1 when a promise was broken, or when `off` loses in under 90% of the moments.
"""

import sys
import time
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import cast

from benches.load.figures import options, print_figures
from benches.load.postgres_server import PASSWORD, Cluster, server_programs
from benches.power.promises import LOST, Found, Promises, broken_whenever
from benches.power.wal import SETTINGS, cuts, losses, started, synced
from benches.power.work import Work
from wardwise.errors import StoreUnavailable, WardwiseError
from wardwise.loop.capture.inbox import Arrival
from wardwise.run.clock import machine_load
from wardwise.stores.postgres.database import PostgresDatabase
from wardwise.stores.postgres.inbox import PostgresInbox
from wardwise.stores.postgres.log import PostgresLog
from wardwise.stores.postgres.server import Server, server_of

MEMORY = Path("/dev/shm")  # noqa: S108 - copies need no disk
AT_ONCE = 4  # cuts of one moment
SHARE_THAT_MUST_LOSE = 0.9
_FEWEST_WEAK = 5  # moments with synchronous_commit=off
_STEPS, _FURTHER = 60, 4

State = tuple[int, int, int]  # receipts, events, how far the inbox was read


@dataclass(slots=True)
class Stores:
    """The real stores on a server; a checkpoint is the server's."""

    inbox: PostgresInbox
    log: PostgresLog
    cluster: Cluster
    checkpoints: bool = True  # none once it is known how far the WAL is synced: one would sync more of it

    @classmethod
    def open(cls, cluster: Cluster, server: Server, *, synchronous: str = "on") -> "Stores":
        """Open both; `synchronous` off is there to see the harness find its loss: the product refuses it."""
        stores = cls(PostgresInbox(server), PostgresLog(server), cluster)
        if synchronous != "on":
            for database in (stores.inbox._database, stores.log._database):  # noqa: SLF001
                with cast("PostgresDatabase", database).read() as session:
                    session.connection.execute("SET synchronous_commit = off")
        return stores

    def checkpoint(self, chance: Random) -> None:
        """Write every page to its file."""
        del chance
        if self.checkpoints:
            with self.cluster.master() as master:
                master.execute("CHECKPOINT")

    def close(self) -> None:
        """Close both."""
        self.inbox.close()
        self.log.close()


@dataclass(frozen=True, slots=True)
class Finding:
    """What the cuts of one seed came to: the promises that did not hold."""

    seed: int
    cuts: int
    broken: tuple[str, ...]

    @property
    def lost(self) -> bool:
        """Whether something acknowledged was lost."""
        return any(what.startswith(LOST) for what in self.broken)


def main() -> int:
    """Work, cut, recover, compare, print."""
    parser = options(__doc__)
    parser.add_argument("--cuts", type=int, default=40, help="how many (default 40)")
    parser.add_argument("--seed", type=int, default=1, help="the first of them")
    asked = parser.parse_args()
    result = run(asked.cuts, asked.seed)
    print_figures(result, as_json=asked.json)
    return 0 if result["verdict"] == "ok" else 1


def run(many: int, first: int = 1) -> dict[str, object]:
    """So many cuts of a server that commits synchronously, and some of one that does not."""
    programs = server_programs()
    if programs is None:
        return {"bench": "chaos_wal", "verdict": "not shown", "why": "no PostgreSQL on this machine"}
    begun, load = time.monotonic(), machine_load()
    seeds = range(first, first + max(-(-many // AT_ONCE), 1))
    cluster = Cluster(programs, settings=SETTINGS)
    try:
        address = cluster.database()
        strong = [power_losses(cluster, address, seed) for seed in seeds]
        weak_seeds = range(first, first + max(len(seeds) // 10, _FEWEST_WEAK))
        weak = [power_losses(cluster, address, seed, synchronous="off", at_once=1) for seed in weak_seeds]
    finally:
        cluster.close()
    broken = [f"seed {found.seed}: {what}" for found in strong for what in found.broken]
    losing = sum(found.lost for found in weak)
    return {
        "bench": "chaos_wal",
        "cuts": sum(found.cuts for found in strong),
        "moments": len(strong),
        "broken": broken[:10],
        "moments_losing_with_off": f"{losing} of {len(weak)}",
        "seconds": round(time.monotonic() - begun, 1),
        "load_before": round(load, 2),
        "verdict": "ok" if not broken and losing >= SHARE_THAT_MUST_LOSE * len(weak) else "short",
    }


def power_losses(
    cluster: Cluster, address: str, seed: int, *, synchronous: str = "on", at_once: int = AT_ONCE
) -> Finding:
    """Work for a while on empty tables, then lose the power several times over at one moment."""
    chance = Random(seed)
    stores = Stores.open(cluster, cluster.emptied(address), synchronous=synchronous)
    try:
        promises, sent = Promises(), list[Arrival]()
        work = Work(stores, promises, chance, sent)
        for _ in range(chance.randrange(_STEPS // 4, _STEPS)):
            work.step()
        with cluster.master() as master:
            stores.checkpoints, after = False, synced(master)
            given, states = _further(work, promises, chance)
            ends = cuts(master, chance, after=after, many=at_once)
        scratch = MEMORY if MEMORY.is_dir() else None
        broken = [
            what
            for folder in losses(cluster, ends, chance, scratch)
            for what in _recovered(cluster, folder, address, given, states)
        ]
    finally:
        stores.close()
    return Finding(seed, len(ends), tuple(broken))


def _further(work: Work, promises: Promises, chance: Random) -> tuple[Promises, list[State]]:
    """Work on a little: what was promised before, and every state there was since."""
    given, states = deepcopy(promises), [_state(promises)]
    for _ in range(chance.randrange(_FURTHER)):
        work.step()
        states.append(_state(promises))
    given.pruned_upto = promises.pruned_upto
    return given, states


def _state(promises: Promises) -> State:
    return promises.received, len(promises.events), promises.offset


def _recovered(cluster: Cluster, folder: Path, address: str, given: Promises, states: Sequence[State]) -> Iterator[str]:
    """What a server over this folder does not keep of what was given."""
    with started(cluster, folder) as again:
        server = server_of(address.replace(f":{cluster.port}/", f":{again.port}/"), password=PASSWORD)
        try:
            stores = Stores.open(again, server)
        except StoreUnavailable as fault:
            yield f"the store does not open: {fault}"
            return
        try:
            found = Found.of(stores.inbox, stores.log)
            yield from broken_whenever(given, found, stores.inbox, stores.log)
            if (state := (found.received, len(found.events), found.offset)) not in states:
                yield f"half a commit, or none that was made: {state} is none of {states}"
        except WardwiseError as fault:
            yield f"{type(fault).__name__}: {fault}"
        finally:
            stores.close()


if __name__ == "__main__":
    sys.exit(main())
