"""Two sources of vital signs by the real worker on real stores: one falls silent, the score goes on with the other."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.run.second_feed import with_second

from wardwise.assemble.rebuilding import rebuild_site
from wardwise.assemble.replaying import replay_site
from wardwise.assemble.site import configure
from wardwise.assemble.stores import WORKER, Stores, open_stores, prepare
from wardwise.errors import BrokenFile
from wardwise.loop.capture.event import Event
from wardwise.loop.capture.inbox import Arrival
from wardwise.run.resume import resume
from wardwise.sites.broken import BrokenFiles

NOON = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)
MONITORS = """  - name: monitors
    kind: hl7v2
    sender: {application: MON, facility: LGH}
    mapping: mappings/oru.yaml
    contract: contracts/monitors.yaml
    freshness: stream
    owner: Biomedical engineering
    steward: Nursing informatics
"""
PAIR = "two_sources:\n  - {kind: sign.measured, feeds: [oru, monitors], agrees: {within_minutes: 10, tolerance: 2}}\n\n"


@pytest.fixture
def site(demo_site: Path, tmp_path: Path) -> Path:
    """The demo site with bedside monitors as a second source of vital signs."""
    return with_second(demo_site, tmp_path / "site", feed=MONITORS, like="oru", pair=PAIR)


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[Stores]:
    prepare(tmp_path / "data", seed=1)
    with open_stores(tmp_path / "data", WORKER) as opened:
        yield opened


def pulse(stores: Stores, feed: str, at: datetime, value: int) -> None:
    stamp = (at - timedelta(hours=6)).strftime("%Y%m%d%H%M%S")
    sender = {"oru": "EHR", "monitors": "MON"}[feed]
    body = (
        f"MSH|^~\\&|{sender}|LGH|WW|WW|{stamp}||ORU^R01|{feed}{stamp}|P|2.5.1\rPID|1||M1^^^LGH^MR\r"
        f"PV1|1|I|4A^^1||||||||||||||||V1^^^LGH\rOBR|1|||VS|||{stamp}\r"
        f"OBX|1|NM|8867-4^Pulse^LN||{value}|/min|||||F|||{stamp}\r"
    )
    sent = {"source": feed, "listener": "mllp", "control_id": f"{feed}{stamp}", "body": body.encode()}
    stores.inbox.receive([Arrival(site="demo", received_at=at, **sent)])  # type: ignore[arg-type]


def events(stores: Stores, kind: str) -> list[Event]:
    return [event for event in stores.log.read("demo", limit=100_000) if event.kind == kind]


def scored(stores: Stores) -> Event:
    return [each for each in events(stores, "prediction.made") if each.payload["workflow"] == "deterioration"][-1]


def pulse_of(scored: Event) -> str:
    output: Any = scored.payload["output"]
    return str(output["inputs"]["pulse"]["value"])


@pytest.mark.slow
def test_the_score_goes_on_with_the_second_source_and_replays_to_the_byte(stores: Stores, site: Path) -> None:
    worker = resume(stores, configure(site), NOON)
    for minute in range(0, 200, 10):  # the results feed stops after forty minutes; its contract allows sixty
        at = NOON + timedelta(minutes=minute)
        if minute <= 40:
            pulse(stores, "oru", at, 80)
        pulse(stores, "monitors", at + timedelta(seconds=30), 120)
        worker.cycle(at + timedelta(minutes=1))
        if minute == 40:
            assert pulse_of(scored(stores)) == "80"
    (switched,) = events(stores, "source.switched")
    assert (switched.payload["feed"], switched.payload["why"]) == ("monitors", "oru silent")
    last = scored(stores)
    assert pulse_of(last) == "120"
    assert last.payload["tier"]["tier"] == "rule"  # type: ignore[index,call-overload]
    back = NOON + timedelta(minutes=205)
    pulse(stores, "oru", back, 84)
    worker.cycle(back + timedelta(minutes=1))
    assert [event.payload["feed"] for event in events(stores, "source.switched")] == ["monitors", "oru"]
    assert pulse_of(scored(stores)) == "84"
    replayed = replay_site(stores, "demo", progress=lambda _done, _total: None)
    assert replayed.identical
    assert replayed.decisions > 20
    rebuilt, states = rebuild_site(stores, "demo", progress=lambda _done, _total: None, verify=True)
    assert rebuilt.identical
    assert states is not None
    assert states.same


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("kind: sign.measured, feeds", "kind: stay.admitted, feeds", "Write `kind: stays`"),
        ("[oru, monitors]", "[oru, oru]", "Name two different feeds"),
        ("[oru, monitors]", "[oru, monitor]", "`monitor` is none of the feeds"),
        ("[oru, monitors]", "[oru, adt]", "promises no `sign.measured`"),
        ("[oru, monitors]", "[oru]", "two_sources"),
    ],
)
def test_a_pair_that_cannot_be_is_refused_with_what_to_do(site: Path, old: str, new: str, says: str) -> None:
    file = site / "site.yaml"
    file.write_text(file.read_text().replace(old, new, 1))
    with pytest.raises((BrokenFiles, BrokenFile)) as refused:
        configure(site)
    told = refused.value.problems if isinstance(refused.value, BrokenFiles) else (refused.value,)
    assert any(says in str(problem) for problem in told), [str(problem) for problem in told]
