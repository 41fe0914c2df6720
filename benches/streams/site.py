"""The demo site with two feeds more, of one mapping, one from each broker; what becomes of them it publishes."""

import shutil
from pathlib import Path

from benches.load.brokers import KafkaServer, NatsServer

DEMO = Path(__file__).parents[2] / "sites" / "demo"
NATS, KAFKA = "adt-nats", "adt-kafka"
OUT, PUBLISHED = "OUT", ("feed.silent", "incident.opened")
SUBJECT, STREAM, TOPIC, PARTITIONS = "hospital.adt", "HOSPITAL", "adt", 2
_FEED = """
  - name: {name}
    kind: hl7v2
    mapping: mappings/adt.yaml
    freshness: stream
    owner: EHR integration team
    steward: Director of patient access
    stream: {stream}"""
_PUBLISH = """
publish:
  - name: engine
    kinds: [{kinds}]
    from: beginning
    owner: EHR integration team
    stream: {{nats: {{servers: ['{address}'], stream: OUT, subject: wardwise.out}}}}
"""


def site_of(folder: Path, nats: NatsServer, kafka: KafkaServer) -> Path:
    """A copy of the demo site in a folder; the stream and the topic are made at their brokers."""
    nats.stream(STREAM, "hospital.>")
    nats.stream(OUT, "wardwise.out")
    kafka.topic(TOPIC, partitions=PARTITIONS)
    site = Path(shutil.copytree(DEMO, folder / "site"))
    feeds = [
        _FEED.format(name=NATS, stream=f"{{nats: {{servers: ['{nats.address}'], stream: {STREAM}}}}}"),
        _FEED.format(name=KAFKA, stream=f"{{kafka: {{servers: ['{kafka.address}'], topic: {TOPIC}}}}}"),
    ]
    text = (site / "site.yaml").read_text()
    text = text.replace("\nfeeds:\n", f"\nfeeds:{''.join(feeds)}\n", 1)
    (site / "site.yaml").write_text(text + _PUBLISH.format(address=nats.address, kinds=", ".join(PUBLISHED)))
    return site
