"""kill -9 at any instant of what reads streams, and of NATS itself: nothing confirmed lost, nothing applied twice.

    python -m benches.chaos_streams [--kills N] [--seed SEED] [--json]

`wardwise serve` runs as installed and reads one feed from NATS JetStream and one from a broker of the Kafka protocol,
while publishers publish to both until each message is confirmed; what it says of its feeds it publishes itself. Killed
are the process that reads, the worker and the NATS server, which is started again over its files (the other broker
keeps its messages in memory, so it lives). Every so many kills both feeds must first go on. Exit code 1 when something
was lost or doubled.
"""

import sys
import tempfile
import time
from collections import Counter
from contextlib import closing
from pathlib import Path
from random import Random

from benches.kill.books import SLUG, settled
from benches.kill.service import Service
from benches.load.brokers import KafkaServer, NatsServer, need_brokers
from benches.load.figures import options, print_figures
from benches.streams.published import drained, wrongly_published
from benches.streams.publisher import KafkaPublisher, NatsPublisher
from benches.streams.site import KAFKA, NATS, OUT, site_of
from benches.streams.subscriber import had_from_nats
from wardwise.assemble.stores import READ_ONLY, Stores, open_stores, prepare
from wardwise.run.clock import machine_load

READER, WORKER, BROKER = "streams", "worker", "nats-server"
WEIGHTS = {READER: 8, WORKER: 1, BROKER: 1}
GOES_ON_EVERY = 5  # kills
_LONGEST_WAIT_SECONDS = 1.5
_PATIENCE_SECONDS = 120.0
_LOOK_EVERY_SECONDS = 0.05


def main() -> int:
    """Kill, settle, count, print."""
    parser = options(__doc__)
    parser.add_argument("--kills", type=int, default=25, help="how many (default 25)")
    parser.add_argument("--seed", type=int, default=1, help="of the instants and the victims (default 1)")
    asked = parser.parse_args()
    need_brokers(parser)
    result = run(asked.kills, asked.seed)
    print_figures(result, as_json=asked.json)
    return 0 if result["verdict"] == "ok" else 1


def run(kills: int, seed: int) -> dict[str, object]:
    """So many kills of a service on fresh data beside fresh brokers, and what became of every message."""
    load, begun = machine_load(), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="wardwise-streams-") as scratch:
        data = Path(scratch) / "data"
        prepare(data, seed=1)
        with closing(NatsServer()) as nats, closing(KafkaServer()) as kafka:
            site = site_of(Path(scratch), nats, kafka)
            publishers = [NatsPublisher(nats), KafkaPublisher(kafka)]
            with Service(site, data) as service, open_stores(data, READ_ONLY) as stores:
                for publisher in publishers:
                    publisher.start()
                _goes_on(stores)
                service.await_ready()
                killed = _kill(service, nats, stores, kills, Random(seed))
                for publisher in publishers:
                    publisher.stop()
                confirmed = {publisher.name: len(publisher.sent) for publisher in publishers}
                books = settled(stores, sum(confirmed.values()), patience_seconds=_PATIENCE_SECONDS)
                drained(data)
            had = had_from_nats(nats, OUT)
            wrong = [*books.wrong(), *wrongly_published(data, had)]
    return {
        "bench": "chaos_streams",
        "kills": dict(killed),
        "confirmed": confirmed,
        "published": len(had),
        "books": books.balance.figures(),
        "wrong": wrong,
        "seconds": round(time.monotonic() - begun, 1),
        "load_before": round(load, 2),
        "verdict": "short" if wrong else "ok",
    }


def _kill(service: Service, nats: NatsServer, stores: Stores, kills: int, chance: Random) -> Counter[str]:
    killed: Counter[str] = Counter()
    while killed.total() < kills:
        if killed.total() % GOES_ON_EVERY == GOES_ON_EVERY - 1:
            _goes_on(stores)
        time.sleep(chance.uniform(0, _LONGEST_WAIT_SECONDS))
        victim = chance.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        if victim == BROKER:
            nats.kill()
            nats.start()
        elif service.kill(victim) is None:
            continue
        killed[victim] += 1
    return killed


def _goes_on(stores: Stores) -> None:
    """Wait until something came of each feed; TimeoutError when it does not."""
    before = stores.inbox.last_received(SLUG)
    end = time.monotonic() + _PATIENCE_SECONDS
    while True:
        now = stores.inbox.last_received(SLUG)
        if all(name in now and now[name] != before.get(name) for name in (NATS, KAFKA)):
            return
        if time.monotonic() > end:
            raise TimeoutError("a feed does not go on")
        time.sleep(_LOOK_EVERY_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
