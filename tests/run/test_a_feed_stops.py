"""A feed of the whole service stops: within five seconds every surface says so, the tier changes, an incident opens."""

import socket
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest
from tests.run.moved_clock import on_a_moved_clock
from tests.waiting import wait_until

from wardwise.assemble.stores import READ_ONLY, open_stores
from wardwise.loop.capture.event import Event
from wardwise.run.clock import SharedClock
from wardwise.run.settings import Settings

NOON = datetime(2026, 3, 3, 18, 0, tzinfo=UTC)  # a Tuesday, noon in Chicago
ALLOWED = timedelta(minutes=60)  # how long the contract of oru lets it be silent
SHOWN_WITHIN = 5.0  # seconds of machine time
CALL = {
    "hook": "patient-view",
    "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
    "context": {"userId": "Practitioner/1", "patientId": "123"},
}


@dataclass
class Running:
    """A service whose hospital clock the test moves."""

    clock: SharedClock
    settings: Settings
    client: httpx.Client

    def send_vitals(self, control: str) -> None:
        stamp = self.clock.now().astimezone(ZoneInfo("America/Chicago")).strftime("%Y%m%d%H%M%S")
        body = (
            f"MSH|^~\\&|EHR|LGH|WW|WW|{stamp}||ORU^R01|{control}|P|2.5.1\rPID|1||M1^^^LGH^MR\r"
            f"PV1|1|I|4A^^1||||||||||||||||V1^^^LGH\rOBR|1|||VS|||{stamp}\r"
            f"OBX|1|NM|8867-4^Heart rate^LN||88|/min|||||F|||{stamp}\r"
        )
        with socket.create_connection(("127.0.0.1", self.settings.mllp_port), timeout=10) as line:
            line.sendall(b"\x0b" + body.encode() + b"\x1c\r")
            assert b"MSA|AA" in line.recv(65536)

    def events(self, kind: str) -> list[Event]:
        with open_stores(self.settings.data, READ_ONLY) as stores:
            return [event for event in stores.log.read("demo", limit=100_000) if event.kind == kind]

    def incidents(self) -> list[object]:
        return [event.payload["where"] for event in self.events("incident.opened")]

    def moved(self, workflow: str) -> list[Mapping[str, object]]:
        """Where a workflow's units went on its ladder."""
        payloads = [event.payload for event in self.events("tier.changed")]
        return [payload for payload in payloads if payload["workflow"] == workflow]

    def stale(self) -> dict[str, bool]:
        """Whether each surface says that oru is stale."""
        feeds = self.client.get("/api/advice/open").json()["feeds"]
        pages = {path: self.client.get(path).text for path in ("/", "/feeds", "/governance", "/contracts", "/role")}
        cards = self.client.post("/cds-services/deterioration", json=CALL).json()["cards"]
        banner = {path: "oru" in text.split('id="stale"')[1].split("</div>")[0] for path, text in pages.items()}
        return banner | {
            "api": any(feed["name"] == "oru" and feed["stale"] for feed in feeds),
            "cds": any(card["summary"].startswith("Silent:") and "oru" in card["summary"] for card in cards),
        }


@pytest.fixture
def running(tmp_path: Path, demo_site: Path) -> Iterator[Running]:
    with on_a_moved_clock(demo_site, tmp_path, NOON) as parts:
        yield Running(*parts)


@pytest.mark.slow
def test_a_feed_that_stops_is_said_on_every_surface_within_five_seconds(running: Running) -> None:
    running.send_vitals("1")
    wait_until(lambda: bool(running.events("sign.measured")), seconds=30)
    wait_until(lambda: not any(running.stale().values()), seconds=30)
    running.clock.advance(NOON + ALLOWED - timedelta(seconds=20))
    time.sleep(2)
    assert not any(running.stale().values())  # nothing is said too early
    running.clock.advance(running.clock.now() + timedelta(seconds=60))
    took = wait_until(lambda: all(running.stale().values()), seconds=SHOWN_WITHIN)
    assert took <= SHOWN_WITHIN
    wait_until(lambda: "feed oru: silent" in running.incidents(), seconds=5)
    (opened,) = [e for e in running.events("incident.opened") if e.payload["where"] == "feed oru: silent"]
    assert opened.payload["owner"] == "EHR integration team"
    wait_until(lambda: bool(running.moved("deterioration")), seconds=5)  # its turn comes after the incident is recorded
    moved = running.moved("deterioration")
    assert moved[-1]["was"] == "rule"
    assert str(moved[-1]["why"]).startswith("feed")
    assert "oru" in str(moved[-1]["why"])


@pytest.mark.slow
def test_a_feed_that_speaks_again_is_fresh_again_and_its_tier_is_back(running: Running) -> None:
    running.send_vitals("1")
    wait_until(lambda: bool(running.events("sign.measured")), seconds=30)
    running.clock.advance(NOON + ALLOWED + timedelta(minutes=1))
    wait_until(lambda: all(running.stale().values()), seconds=15)
    wait_until(lambda: bool(running.events("tier.changed")), seconds=15)
    running.send_vitals("2")
    wait_until(lambda: not any(running.stale().values()), seconds=15)
    wait_until(lambda: running.events("tier.changed")[-1].payload["tier"] == "rule", seconds=15)
