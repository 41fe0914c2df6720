"""kill -9 at any instant of what publishes, and of NATS itself: nothing lost, in order, late advice never sent.

    python -m benches.chaos_publish [--kills N] [--seed SEED] [--json]

Decisions are appended to a log as a worker would; the service's own publishing process sends them to NATS JetStream and
to a broker of the Kafka protocol and is killed again and again, and so is the NATS server, which is started again over
its files. At the end every subscriber must have had every decision that was let out, in the order of its key; JetStream
once each, Kafka once after those that came again are removed by their id. Nothing of shadow may be there, and advice
that was late is recorded once. Exit code 1 when it is not so.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from random import Random

from benches.kill.books import SLUG
from benches.load.brokers import KafkaServer, NatsServer, need_brokers
from benches.load.figures import options, print_figures
from benches.streams.decisions import KINDS, Decisions, firsts
from benches.streams.site import DEMO
from benches.streams.subscriber import Had, had_from_kafka, had_from_nats
from wardwise.assemble.site import configure, take_effect
from wardwise.assemble.stores import WORKER, Stores, open_stores, prepare
from wardwise.govern.runtime.lag import lag_of
from wardwise.loop.capture.dropped import SOURCE, Dropped
from wardwise.run.clock import SystemClock, machine_load
from wardwise.run.settings import Settings
from wardwise.sites.publish import Publish
from wardwise.stores.roll import Roll

NAME, PARTITIONS = "WARDWISE", 3
_BROKER_EVERY = 11  # kills
_LONGEST_WAIT_SECONDS = 0.4
_PATIENCE_SECONDS = 60.0
_LOOK_EVERY_SECONDS = 0.02
_ENTRY = "\n  - {{name: {name}, kinds: [{kinds}], from: beginning, owner: Bench, stream: {stream}}}"


class Process:
    """The publishing process as the supervisor starts it."""

    def __init__(self, site: Path, data: Path) -> None:
        """Started."""
        self._settings = Settings(site=site, data=data, publishes=True).to_json()
        self._alive_end, self._lifeline = os.pipe()
        self.start()

    def start(self) -> None:
        """Start it, also again."""
        command = [sys.executable, "-m", "wardwise.run.child", "publish", self._settings, str(self._alive_end)]
        self._process = subprocess.Popen(
            command, pass_fds=(self._alive_end,), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        """End it for good."""
        self.kill()
        os.close(self._alive_end)
        os.close(self._lifeline)


def main() -> int:
    """Kill, settle, count, print."""
    parser = options(__doc__)
    parser.add_argument("--kills", type=int, default=25, help="how many (default 25)")
    parser.add_argument("--seed", type=int, default=1, help="of the instants (default 1)")
    asked = parser.parse_args()
    need_brokers(parser)
    result = run(asked.kills, asked.seed)
    print_figures(result, as_json=asked.json)
    return 0 if result["verdict"] == "ok" else 1


def run(kills: int, seed: int, kinds: Sequence[str] = KINDS) -> dict[str, object]:
    """So many kills beside fresh brokers, and what became of every decision of the kinds that are published."""
    load, begun = machine_load(), time.monotonic()
    with tempfile.TemporaryDirectory() as scratch, closing(NatsServer()) as nats, closing(KafkaServer()) as kafka:
        site, data = _site(Path(scratch), nats, kafka, kinds), Path(scratch) / "data"
        prepare(data, seed=1)
        Roll.create(data / "roll").close()
        with open_stores(data, WORKER) as stores:
            lease = stores.log.lease(SLUG, "bench")
            configuration = configure(site)
            take_effect(stores, lease, configuration, SystemClock().now())
            decisions = Decisions(stores, lease, kinds)
            with closing(Process(site, data)) as process:
                decisions.start()
                published = configuration.folder.site.publish
                killed = _kill(process, nats, stores, published, kills, Random(seed))
                decisions.stop()
                _await(stores, published, lambda _, now: not any(now.values()))
            had = {"nats": had_from_nats(nats, NAME), "kafka": had_from_kafka(kafka, NAME)}
            dropped = _dropped(stores)
    wrong = list(_wrong(decisions, had, dropped))
    return {
        "bench": "chaos_publish",
        "kills": dict(killed),
        "decisions": len(decisions.wanted),
        "late": len(decisions.expired),
        "hidden": len(decisions.hidden),
        "had": {name: len(each) for name, each in had.items()},
        "came_again": {name: len(each) - len({_id(one) for one in each}) for name, each in had.items()},
        "wrong": wrong,
        "seconds": round(time.monotonic() - begun, 1),
        "load_before": round(load, 2),
        "verdict": "short" if wrong else "ok",
    }


def _site(folder: Path, nats: NatsServer, kafka: KafkaServer, kinds: Sequence[str]) -> Path:
    """A copy of the demo site that publishes to both brokers, where stream and topic are made."""
    nats.stream(NAME, "wardwise.out")
    kafka.topic(NAME, partitions=PARTITIONS)
    streams = {
        "nats": f"{{nats: {{servers: ['{nats.address}'], stream: {NAME}, subject: wardwise.out}}}}",
        "kafka": f"{{kafka: {{servers: ['{kafka.address}'], topic: {NAME}}}}}",
    }
    entries = [_ENTRY.format(name=name, kinds=", ".join(kinds), stream=stream) for name, stream in streams.items()]
    site = Path(shutil.copytree(DEMO, folder / "site"))
    with (site / "site.yaml").open("a") as file:
        file.write(f"\npublish:{''.join(entries)}\n")
    return site


def _kill(
    process: Process, nats: NatsServer, stores: Stores, published: Sequence[Publish], kills: int, chance: Random
) -> Counter[str]:
    killed: Counter[str] = Counter()
    while killed.total() < kills:
        _await(stores, published, lambda before, now: all(now[name] > before[name] for name in now), of=_places)
        time.sleep(chance.uniform(0, _LONGEST_WAIT_SECONDS))
        if killed.total() % _BROKER_EVERY == _BROKER_EVERY - 1:
            nats.kill()
            nats.start()
            killed["nats-server"] += 1
            continue
        process.kill()
        process.start()
        killed["publish"] += 1
    return killed


Figures = Mapping[str, int]


def _places(stores: Stores, published: Sequence[Publish]) -> Figures:
    return {each.name: lag_of(stores.log, SLUG, each).place or 0 for each in published}


def _waiting(stores: Stores, published: Sequence[Publish]) -> Figures:
    return {each.name: lag_of(stores.log, SLUG, each).waiting for each in published}


def _await(
    stores: Stores,
    published: Sequence[Publish],
    enough: Callable[[Figures, Figures], bool],
    *,
    of: Callable[[Stores, Sequence[Publish]], Figures] = _waiting,
) -> None:
    """Wait until figures, held against those at the beginning, are enough; TimeoutError when they do not come."""
    before, end = of(stores, published), time.monotonic() + _PATIENCE_SECONDS
    while not enough(before, of(stores, published)):
        if time.monotonic() > end:
            raise TimeoutError("a stream does not go on")
        time.sleep(_LOOK_EVERY_SECONDS)


def _dropped(stores: Stores) -> Counter[tuple[str, str]]:
    """How often each was recorded, by stream and event."""
    raws = stores.inbox.pending(SLUG, after=0, limit=1_000_000)
    told = [Dropped.of(raw.arrival.body) for raw in raws if raw.arrival.source == SOURCE]
    return Counter((each.stream, each.event) for each in told)


def _id(had: Had) -> str:
    return str(json.loads(had.body)["id"])


def _key(had: Had) -> str:
    return str(json.loads(had.body)["partitionkey"])


def _wrong(
    decisions: Decisions, had: Mapping[str, Sequence[Had]], dropped: Mapping[tuple[str, str], int]
) -> Iterator[str]:
    for name, each in had.items():
        yield from (f"{name}: {what}" for what in _wrong_of(decisions, each))
        recorded = {event for stream, event in dropped if stream == name}
        if recorded != set(decisions.expired):
            yield f"{name}: {len(decisions.expired)} were late, {len(recorded)} are recorded"
    if len(had["nats"]) != len(decisions.wanted):
        yield f"nats: {len(had['nats'])} kept of {len(decisions.wanted)}"
    if firsts([_id(one) for one in had["nats"]]) != decisions.wanted:
        yield "nats: the order of the log is broken"
    if twice := sum(times > 1 for times in dropped.values()):
        yield f"recorded twice: {twice}"


def _wrong_of(decisions: Decisions, had: Sequence[Had]) -> Iterator[str]:
    ids = {_id(one) for one in had}
    if lost := len(set(decisions.wanted) - ids):
        yield f"{lost} lost"
    if late := len(ids.intersection(decisions.expired)):
        yield f"{late} sent late"
    if shown := len(ids.intersection(decisions.hidden)):
        yield f"{shown} of shadow sent"
    if _overtaken(decisions.wanted, had):
        yield "the order of a key is broken"


def _overtaken(wanted: Sequence[str], had: Sequence[Had]) -> bool:
    """Whether events of one key, each where it came first, are in another order than in the log."""
    places = {name: place for place, name in enumerate(wanted)}
    keys: dict[str, list[str]] = {}
    for one in had:
        keys.setdefault(_key(one), []).append(_id(one))
    seen = [[places[each] for each in firsts(ids) if each in places] for ids in keys.values()]
    return any(each != sorted(each) for each in seen)


if __name__ == "__main__":
    sys.exit(main())
