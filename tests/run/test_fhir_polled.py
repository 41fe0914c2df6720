"""The whole service beside a FHIR server that is not ours: signed in, polled, killed, and never a window lost."""

import os
import shutil
import signal
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from tests.feeds.fhir.test_same_stay import HAND_MADE, by_hl7, said
from tests.feeds.fhir.told_stays import around, encounter, observation
from tests.feeds.fhir.two_feeds import FHIR, only, two_feeds
from tests.run.fhir_server import Foreign, foreign_server
from tests.waiting import wait_until

from wardwise.assemble.stores import READ_ONLY, open_stores, prepare
from wardwise.feeds.readers import readers
from wardwise.loop.capture.event import Event, Status
from wardwise.run.settings import Settings
from wardwise.run.supervisor import Supervisor
from wardwise.sites.load import SiteFolder

FEED = """
feeds:
  - name: fhir
    kind: fhir
    mapping: mappings/fhir.yaml
    freshness: micro-batch
    owner: EHR integration team
    steward: Director of patient access
    poll:
      url: {url}
      types: [Encounter, Observation]
      since: 2026-01-01T00:00:00Z
      every_seconds: {every}
      history: true
      client: {{id: ward, token_url: "{token_url}", key: {key}, key_id: k1}}
      hook: {{port: {hook}, token: {secret}}}
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Foreign]:
    with foreign_server(tmp_path / "server") as running:
        yield running


@pytest.fixture
def service(tmp_path: Path, demo_site: Path, server: Foreign, request: pytest.FixtureRequest) -> Iterator[Supervisor]:
    site = Path(shutil.copytree(demo_site, tmp_path / "site"))
    every = getattr(request, "param", 1)
    (tmp_path / "secret").write_text("calling")
    (tmp_path / "secret").chmod(0o600)
    feed = FEED.format(
        url=server.url, token_url=server.token_url, key=server.key, every=every, hook=server.hook,
        secret=tmp_path / "secret",
    )  # fmt: skip
    (site / "site.yaml").write_text((site / "site.yaml").read_text().replace("\nfeeds:\n", feed, 1))
    (site / "mappings" / "fhir.yaml").write_text(FHIR)
    prepare(tmp_path / "data", seed=1)
    with Supervisor(Settings(site=site, data=tmp_path / "data", polls=True)) as running:
        yield running


def events(data: Path) -> list[Event]:
    with open_stores(data, READ_ONLY) as stores:
        return [event for event in stores.log.read("demo") if event.source == "fhir" and "." in event.kind]


def heard(data: Path) -> bool:
    with open_stores(data, READ_ONLY) as stores:
        return "fhir" in stores.inbox.last_received("demo")


def standing(data: Path) -> list[Event]:
    """What is neither replaced nor withdrawn."""
    found = events(data)
    replaced = {event.supersedes for event in found}
    kept = (event for event in found if event.id not in replaced and event.status is not Status.CANCELLED)
    return [event for event in kept if event.kind.partition(".")[0] in {"stay", "sign", "lab"}]


def by_messages(demo: SiteFolder, data: Path, folder: Path) -> Counter[bytes]:
    """The events of the same stay by HL7 v2, with the tokens of the same site."""
    with open_stores(data, READ_ONLY) as stores:
        key = stores.keys.token
    site = only(two_feeds(demo, folder), "v2")
    return by_hl7(lambda log, _feed: readers(site, token_key=key, log=log), HAND_MADE)


def test_a_stay_on_a_foreign_server_becomes_the_events_that_messages_give(
    server: Foreign, service: Supervisor, tmp_path: Path, folder: SiteFolder
) -> None:
    until = partial(wait_until, meanwhile=service.watch)
    data = tmp_path / "data"
    server.put(*around(HAND_MADE), encounter(HAND_MADE, 0))
    until(lambda: len(standing(data)) == 1)
    server.put(encounter(HAND_MADE, 400), *(observation(HAND_MADE, result) for result in HAND_MADE.results))
    until(lambda: len(standing(data)) == 5)
    os.kill(service.pid("fhir"), signal.SIGKILL)
    server.put(encounter(HAND_MADE))
    until(lambda: len(standing(data)) == 7)
    assert Counter(map(said, standing(data))) == by_messages(folder, data, tmp_path)
    server.delete(f"Encounter/e{HAND_MADE.visit}")
    until(lambda: len(standing(data)) == 2)
    assert not [event for event in events(data) if event.kind == "message.quarantined"]


@pytest.mark.parametrize("service", [3_600], indirect=True)
def test_a_subscription_makes_the_server_be_asked_at_once_and_a_gap_is_filled(
    server: Foreign, service: Supervisor, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    until = partial(wait_until, meanwhile=service.watch)
    data = tmp_path / "data"
    server.put(*around(HAND_MADE))
    until(lambda: heard(data))  # asked for the first time, and for an hour no more of itself
    server.subscribe("encounter-start", token="calling")
    server.put(encounter(HAND_MADE, 0))
    until(lambda: len(standing(data)) == 1)
    os.kill(service.pid("fhir"), signal.SIGKILL)
    until(lambda: service.restarts["fhir"] == 1 and service.working("fhir"))
    server.notify(1, token="calling")
    server.put(*(observation(HAND_MADE, result) for result in HAND_MADE.results))  # no topic tells of them
    assert server.notify(5, token="forged") == 401
    assert server.notify(5, token="calling") == 200
    until(lambda: len(standing(data)) == 3)
    assert "events 2 to 4 of a subscription never came" in "".join(capfd.readouterr())
