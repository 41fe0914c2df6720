"""What streams bring is read as from any other way in: a message that breaks is quarantined, the next one is read."""

import json
from pathlib import Path

from benches.kill.clients import arrival
from tests.feeds.fhir.test_same_stay import HAND_MADE
from tests.feeds.fhir.told_stays import around, encounter
from tests.feeds.fhir.two_feeds import KEY, two_feeds
from tests.feeds.stream.desk import EIGHT

from wardwise.feeds.intake import read_all
from wardwise.feeds.readers import readers
from wardwise.feeds.stream.broker import Message
from wardwise.feeds.stream.intake import Intake
from wardwise.loop.capture.inbox import INTAKE, Arrival
from wardwise.loop.capture.log import Outcome
from wardwise.sites.load import SiteFolder
from wardwise.stores.memory.inbox import MemoryInbox
from wardwise.stores.memory.log import MemoryLog


def test_poisoned_bodies_are_quarantined_and_those_behind_them_are_facts(demo: SiteFolder, tmp_path: Path) -> None:
    site = two_feeds(demo, tmp_path)
    bundle = {"resourceType": "Bundle", "type": "collection"}
    bundle["entry"] = [{"resource": each} for each in (*around(HAND_MADE), encounter(HAND_MADE, 0))]
    brought = [
        *arrivals(site, "v2", arrival("k1"), arrival("k2").replace(b"ADT^A04", b"ZZZ^Z01"), arrival("k3")),
        *arrivals(site, "fhir", b'{"resourceType":"Encounter', b"[]", json.dumps(bundle).encode()),
    ]
    inbox, log = MemoryInbox(), MemoryLog()
    inbox.receive(brought)
    inbox.receive(brought)  # all of it comes again
    read = read_all(inbox.pending("demo", after=0), readers(site, token_key=KEY, log=log))
    log.append(log.lease("demo", "test"), read.batch, EIGHT.replace(year=2027))
    assert [each.outcome is Outcome.APPLIED for each in read.batch.dispositions] == [
        True, False, True, False, False, True,
    ]  # fmt: skip
    assert inbox.counts("demo").duplicate == len(brought)
    assert {event.source for event in log.read("demo") if event.kind == "stay.arrived"} == {"v2", "fhir"}
    assert log.offset("demo", INTAKE) == len(brought)


def arrivals(site: SiteFolder, name: str, *bodies: bytes) -> list[Arrival]:
    feed = site.site.feed(name)
    assert feed is not None
    messages = [Message(f"{name}/0@{place}", body) for place, body in enumerate(bodies)]
    return Intake("demo", feed, "kafka").arrivals(messages, EIGHT.replace(year=2027))
