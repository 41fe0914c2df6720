"""`wardwise log rebuild --verify` on a long log: the same events and the same state, and how long it takes.

    python -m benches.rebuild [--events N] [--store postgresql] [--json]

Fills the demo site's inbox with ADT and ORU messages of a hospital of 180 beds, with moves, cancels and merges, reads
them into the log, takes a snapshot of the state two thirds of the way, and times the command. Floor: 300 s for
1,000,000 events. Then `log verify`, `backup`, and `restore` into an empty folder (and database), which verifies what it
restored; floor of the restore: 600 s for 1,000,000 events.
"""

import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

from benches.load.figures import options, print_figures
from benches.load.machine import figures_before, verdict
from benches.load.postgres_server import STORES, stored
from wardwise.assemble.site import configure, take_effect
from wardwise.assemble.stores import READ_ONLY, WORKER, Stores, open_stores, prepare
from wardwise.assemble.worker import make_bench
from wardwise.feeds.intake import read_all
from wardwise.loop.capture.inbox import INTAKE, Arrival
from wardwise.loop.derive.history import History
from wardwise.loop.derive.state import ledger
from wardwise.stores.place import Place

ROOT = Path(__file__).parents[1]
SITE = ROOT / "sites" / "demo"
FLOOR_SECONDS, STRETCH_SECONDS = 300.0, 120.0
FLOORS = {"seconds": FLOOR_SECONDS, "restore_seconds": 600.0}  # of 1,000,000 events
BATCH = 2_000
LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
WARDS = ("4A", "4B", "5A", "5B", "ICU")
SIGNS = (("9279-1", "18"), ("59408-5", "97"), ("8480-6", "121"), ("8462-4", "77"), ("8867-4", "80"), ("8310-5", "36.8"))

Bed = tuple[str, str, int]  # class, ward, bed
Letter = tuple[datetime, str, str]  # when it is sent, its feed, its text after the header


def main() -> int:
    """Fill, rebuild, compare, print; exit code 1 when the floor is missed or anything differs."""
    parser = options(__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--store", choices=STORES, default="sqlite", help="where log and inbox are")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix=".bench-", dir=ROOT) as scratch, stored(asked.store) as cluster:
        folder = Path(scratch)
        prepare(folder / "data", seed=1, place=Place(cluster.database()) if cluster else None)
        filled = fill(folder / "data", asked.events)
        found = {"store": asked.store} | filled | figures_before(folder) | rebuilt(folder / "data")
        found |= carried(folder, cluster.database() if cluster else "")
    share = max(float(str(found["events"])) / 1_000_000, 0.01)
    slow = [name for name, floor in FLOORS.items() if float(str(found[name])) > floor * share]
    same = found["identical"] and found["state_identical"] and found["restored_identical"]
    found["verdict"] = verdict(found, slow) if same else "short"
    print_figures(found, as_json=asked.json)
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


def carried(folder: Path, database: str) -> dict[str, object]:
    """Verify, back up and restore as people do, the latter into an empty folder, or a database."""
    data, backup, fresh = folder / "data", folder / "backup", folder / "restored"
    fresh.mkdir(0o700)
    shutil.copytree(data / "keys", fresh / "keys")
    verified, verify_seconds = _wardwise("log", "verify", "--data", data, "--json")
    _, backup_seconds = _wardwise("backup", backup, "--data", data, "--json")
    place = ("--store", database) if database else ()
    _, restore_seconds = _wardwise("restore", backup, "--data", fresh, *place, "--json")
    with open_stores(fresh, READ_ONLY) as stores:
        head = stores.log.head("demo")
    return {
        "verify_seconds": round(verify_seconds, 1),
        "backup_seconds": round(backup_seconds, 1),
        "backup_mib": sum(path.stat().st_size for path in backup.rglob("*")) >> 20,
        "restore_seconds": round(restore_seconds, 1),
        "restored_identical": verified["sites"]["demo"] == {"position": head.position, "head": head.chain},
    }


def _wardwise(*words: object) -> tuple[dict[str, Any], float]:
    """What a command says, and how many seconds it took."""
    began = time.monotonic()
    command = [sys.executable, "-c", "from wardwise.cli.main import run; run()", *map(str, words)]
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE, text=True)
    if not done.stdout:
        raise SystemExit(f"{words[0]} ended with code {done.returncode}")
    return json.loads(done.stdout), time.monotonic() - began


def rebuilt(data: Path) -> dict[str, object]:
    """Run the command as people do; wall time, processor time and the most memory it took."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    found, seconds = _wardwise("log", "rebuild", "--verify", "--data", data, "--json")
    told, after = found["demo"], resource.getrusage(resource.RUSAGE_CHILDREN)
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


def _visit(number: int, place: Bed) -> str:
    kind, ward, bed = place
    born = f"19{number % 80 + 20}0{1 + number % 9}11"
    return (
        f"PID|1||{700_000 + number // 2}^^^LGH^MR||ZZ^ZZ||{born}|F\r"
        f"PV1|1|{kind}|{ward}^^{bed}||||||||||||||||{number}^^^LGH\r"
    )


def _adt(trigger: str, at: datetime, number: int, place: Bed, *, happened: datetime | None = None) -> Letter:
    event = f"EVN|{trigger}|{_stamp(at)}||||{_stamp(happened or at)}\r"
    return at + MINUTE, "adt", f"ADT^{trigger}|#|P|2.5.1\r{event}{_visit(number, place)}"


def _left(number: int, at: datetime, place: Bed) -> Letter:
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
