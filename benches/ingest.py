"""Intake under load: how many 1 KB ORU messages a second the real door stores, syncs and acknowledges.

    python -m benches.ingest [--seconds S] [--json]

The door runs as `wardwise serve` starts it, SQLite with synchronous=FULL in this folder; the sender is another process
on the same machine. Closed loop at 1, 16 and 64 connections; open loop at half the floor's rate, where latency counts
from when a message was due; the same at 16 connections with the inbox on a PostgreSQL of its own on this machine;
python-hl7's asyncio server (not durable) under the same sender; a short run under strace that shows that no
acknowledgement left before the sync that covers its message; and the whole service from the wire to events and scores.
Exit code 1 when a floor is missed on a quiet machine.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from benches.load.end_to_end import end_to_end
from benches.load.figures import options, print_figures
from benches.load.library import library_fields, our_fields
from benches.load.machine import cpu_seconds, figures_before, verdict
from benches.load.messages import message, oru
from benches.load.postgres_server import running, server_programs
from benches.load.rate import per_cpu_second
from benches.load.sender import Task
from benches.load.sending import send
from benches.load.servers import ROOT, Server, door, library
from benches.load.synced import acks_after_sync, strace_missing
from wardwise.hospital.moment import EPOCH
from wardwise.stores.place import Place

CONNECTIONS = (1, 16, 64)
AT = 16  # connections of the floor
PER_SECOND, STRETCH, P99_MS = 3_000.0, 5_000.0, 25.0
LIBRARY_CPU_SHARE, TIMES_THE_LIBRARY = 1 / 3, 20.0
TIMES_SQLITE = 2.0  # what the shared store may cost
EVENTS_FROM = 500.0  # messages a second from the wire to scores
PARSED, LIBRARY_PARSED, ROUNDS = 20_000, 1_000, 3

Figures = dict[str, float | int]
Found = dict[str, object]


def main() -> int:
    """Measure and print."""
    asked = _asked()
    with tempfile.TemporaryDirectory(prefix=".bench-", dir=ROOT) as scratch:
        found = measure(Path(scratch), asked.seconds)
    print_figures(found, as_json=asked.json)
    return 1 if found["verdict"] == "short" else 0


def _asked() -> argparse.Namespace:
    parser = options(__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="of each measurement (default 60)")
    return parser.parse_args()


def measure(folder: Path, seconds: float) -> Found:
    """All figures, with the machine's own taken before."""
    before = figures_before(folder)
    _say("door")
    closed, half = _door(folder / "door", seconds)
    _say("door on PostgreSQL")
    shared = _shared(folder / "shared", seconds, closed[str(AT)])
    _say("python-hl7")
    theirs = _library(seconds / 2)
    parsed = _parsed()
    _say("every acknowledgement after its sync")
    synced = _synced(folder)
    _say("from the wire to scores")
    service = end_to_end(folder / "service", seconds / 3, connections=AT, per_second=EVENTS_FROM)
    short = _short(closed, half, theirs=theirs, parsed=parsed, synced=synced)
    short += (
        [f"PostgreSQL within {TIMES_SQLITE:.0f} times SQLite"] if shared.get("times_sqlite", 0.0) > TIMES_SQLITE else []
    )
    return {
        "bench": "ingest",
        "seconds": seconds,
        "message_bytes": len(message(oru(0, EPOCH), 0)),
        "connections": closed,
        "half_rate": half,
        "postgres": shared,
        "library": theirs,
        "parsed_per_cpu_second": parsed,
        "acks_after_sync": synced,
        "end_to_end": service,
        "short_of": short,
        **before,
        "verdict": verdict(before, short),
    }


def _door(data: Path, seconds: float) -> tuple[dict[str, Figures], Figures]:
    with door(data) as server:
        first, closed = 0, {}
        for connections in CONNECTIONS:
            closed[str(connections)] = _under(server, Task(server.port, connections, seconds, first))
            first += int(closed[str(connections)]["messages"])
        half = Task(server.port, AT, seconds, first, per_second=PER_SECOND / 2)
        return closed, _under(server, half)


def _shared(data: Path, seconds: float, alone: Figures) -> Figures:
    """The same door with its inbox on a PostgreSQL of its own, beside what SQLite did just before."""
    programs = server_programs()
    if programs is None:
        _say("no PostgreSQL on this machine")
        return {}
    with running(programs) as cluster, door(data, place=Place(cluster.database())) as server:
        before = cluster.cpu_seconds()
        figures = _under(server, Task(server.port, AT, seconds, 0))
        spent = cluster.cpu_seconds() - before
        half = _under(server, Task(server.port, AT, seconds, int(figures["messages"]), per_second=PER_SECOND / 2))
    figures |= {"postgres_cpu_us_per_message": round(spent / max(figures["messages"], 1) * 1e6, 1)}
    figures |= {f"half_rate_{name}": half[name] for name in ("per_second", "p50_ms", "p99_ms", "max_ms")}
    return figures | {"times_sqlite": round(alone["per_second"] / max(figures["per_second"], 0.1), 2)}


def _library(seconds: float) -> Figures:
    with library() as server:
        return _under(server, Task(server.port, AT, seconds, 0))


def _under(server: Server, task: Task) -> Figures:
    before = cpu_seconds(server.pid)
    figures = send(task)
    spent = cpu_seconds(server.pid) - before
    return figures | {"server_cpu_us_per_message": round(spent / max(figures["messages"], 1) * 1e6, 1)}


def _parsed() -> Figures:
    bodies = [message(oru(number, EPOCH), number) for number in range(PARSED)]
    few = bodies[:LIBRARY_PARSED]
    theirs = per_cpu_second(lambda: [library_fields(body) for body in few], len(few), ROUNDS)
    ours = per_cpu_second(lambda: [our_fields(body) for body in bodies], len(bodies), ROUNDS)
    return {"ours": ours, "library": theirs, "times_the_library": round(ours / theirs, 1)}


def _synced(folder: Path) -> Found:
    if strace_missing():
        return {"acknowledged": 0, "not_shown": "strace is not installed"}
    found = acks_after_sync(folder / "traced", connections=AT)
    return {"acknowledged": found.acknowledged, "too_early": len(found.too_early)}


def _short(closed: dict[str, Figures], half: Figures, *, theirs: Figures, parsed: Figures, synced: Found) -> list[str]:
    """The floors that were missed, in words."""
    floor = closed[str(AT)]
    share = floor["server_cpu_us_per_message"] / max(theirs["server_cpu_us_per_message"], 0.1)
    refused = sum(int(figures["not_accepted"]) for figures in [*closed.values(), half])
    missed = {
        f"{PER_SECOND:.0f} a second at {AT} connections": floor["per_second"] < PER_SECOND,
        f"p99 {P99_MS} ms at half that rate": half["p99_ms"] > P99_MS,
        "a third of python-hl7's CPU a message": share > LIBRARY_CPU_SHARE,
        f"{TIMES_THE_LIBRARY:.0f} times python-hl7's parse rate": parsed["times_the_library"] < TIMES_THE_LIBRARY,
        "every acknowledgement after its sync": bool(synced.get("too_early")),
        "every message accepted": refused > 0,
    }
    return [what for what, holds in missed.items() if holds]


def _say(what: str) -> None:
    print(f"{what} ...", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
