"""`wardwise log rebuild --verify` on a long log: the same events and the same state, and how long it takes.

    python -m benches.rebuild [--events N] [--json]

Fills the demo site's inbox with ADT and ORU messages of a hospital of 180 beds, with moves, cancels and merges, reads
them into the log, takes a snapshot of the state two thirds of the way, and times the command. Floor: 300 s for
1,000,000 events.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from random import Random

from benches.load.machine import figures_before, verdict
from wardwise.assemble.site import configure, take_effect
from wardwise.assemble.stores import WORKER, Stores, open_stores, prepare
from wardwise.assemble.worker import make_bench
from wardwise.feeds.intake import read_all
from wardwise.loop.capture.inbox import INTAKE, Arrival
from wardwise.loop.derive.history import History
from wardwise.loop.derive.state import ledger

ROOT = Path(__file__).parents[1]
SITE = ROOT / "sites" / "demo"
FLOOR_SECONDS, STRETCH_SECONDS = 300.0, 120.0
BATCH = 2_000
LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
WARDS = ("4A", "4B", "5A", "5B", "ICU")
SIGNS = (("9279-1", "18"), ("59408-5", "97"), ("8480-6", "121"), ("8462-4", "77"), ("8867-4", "80"), ("8310-5", "36.8"))

Place = tuple[str, str, int]  # class, ward, bed
Letter = tuple[datetime, str, str]  # when it is sent, its feed, its text after the header


def main() -> int:
    """Fill, rebuild, compare, print; exit code 1 when the floor is missed or anything differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix=".bench-", dir=ROOT) as scratch:
        data = Path(scratch) / "data"
        prepare(data, seed=1)
        filled = fill(data, asked.events)
        found = filled | figures_before(Path(scratch)) | rebuilt(data)
    allowed = FLOOR_SECONDS * max(float(str(found["events"])) / 1_000_000, 0.01)
    slow = ["seconds"] if float(str(found["seconds"])) > allowed else []
    found["verdict"] = verdict(found, slow) if found["identical"] and found["state_identical"] else "short"
    print(json.dumps(found) if asked.json else "\n".join(f"{name}: {value}" for name, value in found.items()))
    return 1 if found["verdict"] == "short" else 0


def fill(data: Path, events: int) -> dict[str, object]:
    """Receive and read messages until the log holds so many events."""
    began, kept = time.monotonic(), False
    with open_stores(data, WORKER) as stores:
        configuration = configure(SITE)
        lease = stores.log.lease("demo", "bench")
        take_effect(stores, lease, configuration, LONG_AGO)
        bench = make_bench(stores, configuration)
        letters, number, position = hospital(Random(1)), 0, 0
        while position < events:
            arrivals = [_arrival(number + index, letter) for index, letter in enumerate(islice(letters, BATCH))]
            number += len(arrivals)
            stores.inbox.receive(arrivals)
            raws = stores.inbox.pending("demo", after=stores.log.offset("demo", INTAKE), limit=2 * BATCH)
            stores.log.append(lease, read_all(raws, bench.readers).batch, arrivals[-1].received_at)
            position = stores.log.head("demo").position
            if not kept and position > events * 2 // 3:
                kept = _snapshot(stores)
    return {"bench": "rebuild", "events": position, "messages": number, "fill_seconds": round(time.monotonic() - began)}


def _snapshot(stores: Stores) -> bool:
    now = stores.log.head("demo").recorded_at
    history = History(stores.log, "demo", since=now, snapshots=stores.snapshots("demo"))
    return ledger.keep(history) > 0


def rebuilt(data: Path) -> dict[str, object]:
    """Run the command as people do; wall time, processor time and the most memory it took."""
    command = [
        sys.executable,
        "-c",
        "from wardwise.cli.main import run; run()",
        "log",
        "rebuild",
        "--verify",
        "--data",
        str(data),
        "--json",
    ]
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    seconds, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    told = json.loads(done.stdout)["demo"]
    return {
        "raws": told["raws"],
        "compared": told["events"],
        "identical": told["identical"],
        "state_identical": told["state_identical"],
        "state": told["state"],
        "seconds": round(seconds, 1),
        "floor_seconds_per_million": FLOOR_SECONDS,
        "stretch_seconds_per_million": STRETCH_SECONDS,
        "cpu_seconds": round(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 1),
        "most_memory_mib": after.ru_maxrss // 1024,
    }


def hospital(chance: Random) -> Iterator[Letter]:
    """Messages of stays that begin six an hour, in the order they are sent."""
    waiting: list[Letter] = []
    for number in range(10_000_000):
        began = LONG_AGO + number * 10 * MINUTE
        waiting += _stay(number, began, chance)
        waiting.sort()
        while waiting and waiting[0][0] <= began:
            yield waiting.pop(0)


def _stay(number: int, began: datetime, chance: Random) -> list[Letter]:
    ward, bed = chance.choice(WARDS), chance.randint(1, 36)
    hours = chance.choice((5, 8, 30, 54, 100))
    told = [_adt("A04", began, number, ("E", "ED", 1 + number % 24))]
    if hours < 10:
        return [
            *told,
            *_signs(number, began, hours, "ED", 1 + number % 24),
            _left(number, began + hours * HOUR, ("E", "ED", 1)),
        ]
    moved = began + 3 * HOUR
    told += [_adt("A01", moved, number, ("I", ward, bed)), *_signs(number, moved, hours, ward, bed)]
    if chance.random() < 0.2:
        told.append(_adt("A02", moved + 5 * HOUR, number, ("I", chance.choice(WARDS), bed)))
        if chance.random() < 0.2:
            told.append(_adt("A12", moved + 6 * HOUR, number, ("I", ward, bed), happened=moved + 5 * HOUR))
    if chance.random() < 0.02:
        told.append(_merge(number, moved + 7 * HOUR))
    told.append(_left(number, moved + hours * HOUR, ("I", ward, bed)))
    if chance.random() < 0.05:
        at = moved + (hours + 1) * HOUR
        told.append(_adt("A13", at, number, ("I", ward, bed), happened=moved + hours * HOUR))
        told.append(_left(number, at + HOUR, ("I", ward, bed)))
    return told


def _signs(number: int, began: datetime, hours: int, ward: str, bed: int) -> list[Letter]:
    return [_oru(began + round_ * 4 * HOUR + 7 * MINUTE, number, ward, bed) for round_ in range(max(hours // 4, 1))]


def _stamp(at: datetime) -> str:
    return at.strftime("%Y%m%d%H%M%S+0000")


def _visit(number: int, place: Place) -> str:
    kind, ward, bed = place
    born = f"19{number % 80 + 20}0{1 + number % 9}11"
    return (
        f"PID|1||{700_000 + number // 2}^^^LGH^MR||ZZ^ZZ||{born}|F\r"
        f"PV1|1|{kind}|{ward}^^{bed}||||||||||||||||{number}^^^LGH\r"
    )


def _adt(trigger: str, at: datetime, number: int, place: Place, *, happened: datetime | None = None) -> Letter:
    event = f"EVN|{trigger}|{_stamp(at)}||||{_stamp(happened or at)}\r"
    return at + MINUTE, "adt", f"ADT^{trigger}|#|P|2.5.1\r{event}{_visit(number, place)}"


def _left(number: int, at: datetime, place: Place) -> Letter:
    return _adt("A03", at, number, place)


def _merge(number: int, at: datetime) -> Letter:
    survivor = f"PID|1||{900_000 + number}^^^LGH^MR||ZZ^ZZ\rMRG|{700_000 + number // 2}^^^LGH\r"
    return at, "adt", f"ADT^A40|#|P|2.5.1\rEVN|A40|{_stamp(at)}||||{_stamp(at)}\r{survivor}"


def _oru(at: datetime, number: int, ward: str, bed: int) -> Letter:
    values = "".join(
        f"OBX|{n}|NM|{code}^X^LN||{value}||||||F|||{_stamp(at)}\r" for n, (code, value) in enumerate(SIGNS, 1)
    )
    order = f"OBR|1||F{number}|VS|||{_stamp(at)}\r"
    return at + 2 * MINUTE, "oru", f"ORU^R01|#|P|2.5.1\r{_visit(number, ('I', ward, bed))}{order}{values}"


def _arrival(number: int, letter: Letter) -> Arrival:
    at, feed, rest = letter
    body = f"MSH|^~\\&|EHR|LGH|W|W|{_stamp(at)}||{rest.replace('#', f'c{number}', 1)}".encode()
    return Arrival(site="demo", source=feed, listener="mllp", control_id=f"c{number}", body=body, received_at=at)


if __name__ == "__main__":
    sys.exit(main())
