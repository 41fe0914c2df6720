"""The wall clock steps back and forward under a worker: nothing is lost, doubled or out of order (threat T17)."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from wardwise.assemble.site import configure
from wardwise.assemble.stores import WORKER, Stores, open_stores, prepare
from wardwise.errors import StoreUnavailable
from wardwise.govern.data.balance import balance_of
from wardwise.loop.capture.inbox import INTAKE, Arrival
from wardwise.loop.capture.log import Batch
from wardwise.run.resume import resume

NOON = datetime(2026, 3, 1, 18, 0, tzinfo=UTC)
STEPS = (timedelta(hours=-1), timedelta(hours=1), timedelta(days=400), timedelta(days=-400))


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[Stores]:
    prepare(tmp_path / "data", seed=1)
    with open_stores(tmp_path / "data", WORKER) as opened:
        yield opened


def vitals(stores: Stores, control: str, at: datetime) -> None:
    """A heart rate, measured and received at an instant."""
    stamp = (at - timedelta(hours=6)).strftime("%Y%m%d%H%M%S")
    body = (
        f"MSH|^~\\&|EHR|LGH|WW|WW|{stamp}||ORU^R01|{control}|P|2.5.1\rPID|1||M1^^^LGH^MR\r"
        f"PV1|1|I|4A^^1||||||||||||||||V1^^^LGH\rOBR|1|||VS|||{stamp}\r"
        f"OBX|1|NM|8867-4^Heart rate^LN||88|/min|||||F|||{stamp}\r"
    )
    arrival = Arrival(
        site="demo", source="oru", listener="mllp", control_id=control, body=body.encode(), received_at=at
    )
    stores.inbox.receive([arrival])


@pytest.mark.parametrize("step", STEPS, ids=str)
def test_a_step_of_the_clock_loses_and_doubles_nothing(stores: Stores, demo_site: Path, step: timedelta) -> None:
    worker = resume(stores, configure(demo_site), NOON)
    for number in range(6):
        now = NOON + timedelta(minutes=number) + (step if number >= 3 else timedelta())
        vitals(stores, str(number), now)
        worker.cycle(now)
        worker.cycle(now + timedelta(seconds=1))
    worker.forget(NOON + step)
    events = stores.log.read("demo")
    assert all(one.recorded_at < two.recorded_at for one, two in pairwise(events))
    assert max(Counter(event.id for event in events).values()) == 1
    assert len([event for event in events if event.kind == "sign.measured"]) == 6
    assert not [event for event in events if event.kind == "incident.opened" and "Error" in str(event.payload)]
    assert balance_of(stores.inbox, stores.log, "demo").holds
    stores.log.verify("demo")


@pytest.mark.unbalanced
def test_an_inbox_older_than_the_log_is_refused(stores: Stores, demo_site: Path) -> None:
    vitals(stores, "1", NOON)
    stores.log.append(stores.log.lease("demo", "before"), Batch([], [], {INTAKE: 5}), NOON)
    with pytest.raises(StoreUnavailable, match="the inbox ends at 1 and the log has read it up to 5"):
        resume(stores, configure(demo_site), NOON)
