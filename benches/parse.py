"""From bytes to canonical events: how many the demo site's ADT mapping gives per CPU-second, through the real reader.

    python -m benches.parse [--messages N] [--rounds N] [--json]

Each message is 600 bytes of its own (patient, stay, bed, time); header, EVN, PID and PV1 are read, tokens made, ids
hashed and every event checked against its kind, as the worker does. A round begins with a reader that remembers
nothing; the figure is the median of the rounds. Floor 20,000, stretch 50,000. Beside it: the same events in their
stored bytes with digest and chain; and python-hl7 on the same messages, parsed and the same nine fields read.
"""

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benches.load.library import library_fields, our_fields
from benches.load.machine import figures_before, verdict
from benches.load.messages import adt, message
from benches.load.rate import per_cpu_second
from wardwise.feeds.hl7v2.reader import Hl7Reader
from wardwise.feeds.intake import read_all
from wardwise.hospital.moment import EPOCH
from wardwise.loop.capture.event import Draft
from wardwise.loop.capture.ids import raw_id
from wardwise.loop.capture.inbox import Arrival, Raw, Receipt
from wardwise.sites.load import SiteFolder, load_site
from wardwise.stores.memory.log import MemoryLog
from wardwise.stores.seal import EMPTY, seal

ROOT = Path(__file__).parents[1]
FLOOR, STRETCH, TIMES_THE_LIBRARY = 20_000, 50_000, 20.0
AT_ONCE = 200  # raws that a worker reads in one go
START = EPOCH + timedelta(days=20_500)
NOW = datetime(2026, 3, 1, tzinfo=UTC)
LIBRARY_MESSAGES = 2_000  # it is slow


def main() -> int:
    """Measure and print; exit code 1 when the floor is missed on a quiet machine."""
    asked = _asked()
    with tempfile.TemporaryDirectory(prefix=".bench-", dir=ROOT) as scratch:
        before = figures_before(Path(scratch))
    bodies = [message(adt(number, START), number) for number in range(asked.messages)]
    found: dict[str, object] = {"bench": "parse", "messages": asked.messages, "rounds": asked.rounds}
    found |= {"message_bytes": round(statistics.mean(map(len, bodies)))}
    rates = _rates(bodies, asked.rounds)
    short = [name for name, floor in _floors().items() if rates[name] < floor]
    found |= rates | {"floors": _floors(), "stretch": STRETCH, **before, "verdict": verdict(before, short)}
    print(json.dumps(found) if asked.json else "\n".join(f"{name}: {value}" for name, value in found.items()))
    return 1 if found["verdict"] == "short" else 0


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=20_000, help="different messages a round (default 20,000)")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser.parse_args()


def _floors() -> dict[str, float]:
    return {"events_per_cpu_second": FLOOR, "times_the_library": TIMES_THE_LIBRARY}


def _rates(bodies: Sequence[bytes], rounds: int) -> dict[str, float]:
    folder = load_site(ROOT / "sites" / "demo")
    raws = [_raw(number, body) for number, body in enumerate(bodies)]
    drafts = [draft for batch in _read(folder, raws) for draft in batch if draft.kind != "message.quarantined"]
    if len(drafts) != len(raws):
        raise SystemExit(f"{len(raws)} messages gave {len(drafts)} events; the figures would not be of events")
    few = bodies[:LIBRARY_MESSAGES]
    library = per_cpu_second(lambda: [library_fields(body) for body in few], len(few), rounds)
    ours = per_cpu_second(lambda: [our_fields(body) for body in bodies], len(bodies), rounds)
    return {
        "events_per_cpu_second": per_cpu_second(lambda: _count(folder, raws), len(raws), rounds),
        "events_sealed_per_cpu_second": per_cpu_second(lambda: _seal(drafts), len(drafts), rounds),
        "parsed_per_cpu_second": ours,
        "library_parsed_per_cpu_second": library,
        "times_the_library": round(ours / library, 1),
    }


def _read(folder: SiteFolder, raws: Sequence[Raw]) -> Iterator[Sequence[Draft]]:
    """What the worker does with raws up to the append, by a reader that remembers nothing."""
    feed = next(feed for feed in folder.site.feeds if feed.name == "adt")
    readers = {"adt": Hl7Reader(folder, feed, token_key=bytes(32), log=MemoryLog())}
    for first in range(0, len(raws), AT_ONCE):
        yield read_all(raws[first : first + AT_ONCE], readers).batch.drafts


def _count(folder: SiteFolder, raws: Sequence[Raw]) -> int:
    return sum(len(drafts) for drafts in _read(folder, raws))


def _seal(drafts: Sequence[Draft]) -> None:
    head = EMPTY
    for first in range(0, len(drafts), AT_ONCE):
        head = seal(drafts[first : first + AT_ONCE], site="demo", head=head, now=NOW).head


def _raw(number: int, body: bytes) -> Raw:
    control = f"{number:010d}"
    arrival = Arrival(site="demo", source="adt", listener="mllp", control_id=control, body=body, received_at=NOW)
    return Raw(id=raw_id("adt", control, control), sequence=number + 1, arrival=arrival, receipt=Receipt.STORED)


if __name__ == "__main__":
    sys.exit(main())
