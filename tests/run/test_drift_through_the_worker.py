"""Drift by the real worker on real stores: from HL7 messages to a breach, an incident, and a workflow stepping down."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from wardwise.assemble.site import configure
from wardwise.assemble.stores import WORKER, Stores, open_stores, prepare
from wardwise.loop.capture.event import Event
from wardwise.loop.capture.inbox import Arrival
from wardwise.run.resume import resume

NOON = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)  # noon in Chicago
MIDNIGHT = datetime(2026, 3, 3, 6, 0, tzinfo=UTC)
OBX = {
    "pulse": "8867-4^Pulse^LN||{value}|/min",
    "systolic": "8480-6^Systolic^LN||{value}|mm[Hg]",
    "diastolic": "8462-4^Diastolic^LN||{value}|mm[Hg]",
}


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[Stores]:
    prepare(tmp_path / "data", seed=1)
    with open_stores(tmp_path / "data", WORKER) as opened:
        yield opened


def chart(stores: Stores, at: datetime, *, patients: int, swapped: bool = False) -> None:
    """A set of signs of each patient; swapped, the systolic pressure comes under the code of the diastolic."""
    arrivals = []
    for number in range(patients):
        values = {"pulse": 70 + number % 13, "systolic": 118 + number % 17, "diastolic": 68 + number % 11}
        if swapped:
            values |= {"systolic": values["diastolic"], "diastolic": values["systolic"]}
        stamp = (at - timedelta(hours=6)).strftime("%Y%m%d%H%M%S")
        control = f"{stamp}-{number}"
        signs = "".join(
            f"OBX|{place}|NM|{OBX[name].format(value=value)}|||||F|||{stamp}\r"
            for place, (name, value) in enumerate(values.items(), 1)
        )
        body = (
            f"MSH|^~\\&|EHR|LGH|WW|WW|{stamp}||ORU^R01|{control}|P|2.5.1\rPID|1||M{number}^^^LGH^MR\r"
            f"PV1|1|I|4A^^1||||||||||||||||V{number}^^^LGH\rOBR|1|||VS|||{stamp}\r{signs}"
        )
        sent = {"source": "oru", "listener": "mllp", "control_id": control, "body": body.encode(), "received_at": at}
        arrivals.append(Arrival(site="demo", **sent))  # type: ignore[arg-type]
    stores.inbox.receive(arrivals)


def events(stores: Stores, kind: str) -> list[Event]:
    return [event for event in stores.log.read("demo", limit=100_000) if event.kind == kind]


@pytest.mark.slow
def test_codes_swapped_at_the_source_are_found_and_the_score_steps_down(stores: Stores, demo_site: Path) -> None:
    configuration = configure(demo_site)
    worker = resume(stores, configuration, NOON)
    for hour in range(5):
        at = NOON + timedelta(hours=2 * hour)
        chart(stores, at, patients=30)
        worker.cycle(at)
    for minute in (0, 61):
        worker.cycle(MIDNIGHT + timedelta(minutes=minute))
    assert [event.payload["feed"] for event in events(stores, "feed.profiled")].count("oru") == 1
    assert events(stores, "contract.breached") == []

    worker = resume(stores, configuration, MIDNIGHT + timedelta(hours=2))  # all it needs is in the log
    for half_hour in range(4):
        at = MIDNIGHT + timedelta(hours=2, minutes=30 * half_hour)
        chart(stores, at, patients=30, swapped=True)
        worker.cycle(at)
    told = [event.payload for event in events(stores, "contract.breached")]
    (moved,) = [p for p in told if (p["rule"], p["subject"]) == ("level", "sign.measured value [systolic]")]
    assert (moved["drift"], moved["state"]) == ("semantic", "broken")
    assert "moved to where diastolic was: a code may have been remapped" in str(moved["what"])
    assert {event.payload["owner"] for event in events(stores, "incident.opened")} >= {"Nursing informatics"}
    scores = [event for event in events(stores, "prediction.made") if event.payload["workflow"] == "deterioration"]
    assert scores[0].payload["tier"]["tier"] == "rule"
    assert scores[-1].payload["tier"]["tier"] != "rule"
    assert "feed oru breaks its contract" in scores[-1].payload["tier"]["why"]
