"""`contract accept`: drifts are listed, a word is stored for the worker, and what it would refuse is not."""

from datetime import timedelta
from pathlib import Path

import pytest
from tests.cli.steward import NOW, told, work

from wardwise.assemble.stores import WORKER, open_stores
from wardwise.loop.capture.event import Draft
from wardwise.run.clock import SIMULATED, SharedClock

DRIFT = "g" + "c" * 32


@pytest.fixture
def data(demo_site: Path, tmp_path: Path) -> Path:
    """A data folder in which a drift stands."""
    payload = {"feed": "oru", "rule": "level", "what": "the level has moved", "state": "broken", "drift": "semantic"}
    more = {"event": "lab.resulted", "field": "value", "subject": "lab.resulted value [lactate]"}
    drift = Draft(id=DRIFT, kind="contract.breached", occurred_at=NOW, source="wardwise", payload=payload | more)
    return told(tmp_path / "data", demo_site, drift)


def test_a_drift_is_listed_accepted_and_taken_back(wardwise, data: Path, demo_site: Path) -> None:
    assert f"{DRIFT} oru level: the level has moved" in wardwise("contract", "accept", "--data", data).out
    words = ["--reason", "new-device", "--by", "data-steward:RS"]
    assert wardwise("contract", "accept", "gccc", *words, "--data", data).code == 0
    work(data, demo_site)
    said = wardwise("contract", "accept", "--data", data, "--json").told
    assert (said["standing"], said["accepted"][0]["actor"]) == ([], "RS")
    assert wardwise("contract", "accept", "gccc", "--undo", "--by", "data-steward:ZZ", "--data", data).code == 0
    work(data, demo_site)
    assert "1 drifts stand, 0 are the new normal." in wardwise("contract", "accept", "--data", data).err


def test_a_word_is_of_the_hospitals_time_where_that_is_simulated(wardwise, data: Path) -> None:
    SharedClock.create(data / SIMULATED, NOW + timedelta(hours=1)).close()
    wardwise("contract", "accept", "gccc", "--reason", "new-device", "--by", "data-steward:RS", "--data", data)
    with open_stores(data, WORKER) as stores:
        [raw] = stores.inbox.pending("demo", after=0)
    assert raw.arrival.received_at == NOW + timedelta(hours=1)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["gx", "--reason", "new-device", "--by", "data-steward:RS"], "no drift stands whose id begins with gx"),
        (["gc", "--undo", "--by", "data-steward:RS"], "no acceptance stands whose id begins with gc"),
        (["gc", "--reason", "new-device", "--by", "nurse:RS"], "may not speak for the steward of oru"),
        (["gc", "--reason", "mood", "--by", "data-steward:RS"], "One of: new-device"),
        (["gc", "--reason", "new-device"], "with your role and initials"),
    ],
)
def test_what_would_be_refused_is_not_stored(wardwise, data: Path, arguments: list[str], says: str) -> None:
    said = wardwise("contract", "accept", *arguments, "--data", data)
    assert said.code in {2, 22}
    assert says in " ".join(said.err.replace("│", " ").split())
    with open_stores(data, WORKER) as stores:
        assert stores.inbox.counts("demo").received == 0
