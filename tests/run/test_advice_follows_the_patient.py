"""Advice follows its patient through the real worker: a move re-addresses it, a discharge ends it, an answer stays."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from wardwise.assemble.replaying import replay_site
from wardwise.assemble.site import configure
from wardwise.assemble.stores import WORKER, Stores, open_stores, prepare
from wardwise.loop.capture.event import Event
from wardwise.loop.capture.inbox import Arrival
from wardwise.run.resume import resume
from wardwise.run.worker import Worker

NOON = datetime(2026, 3, 1, 18, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[Stores]:
    prepare(tmp_path / "data", seed=1)
    with open_stores(tmp_path / "data", WORKER) as opened:
        yield opened


@pytest.fixture
def worker(stores: Stores, demo_site: Path) -> Worker:
    return resume(stores, configure(demo_site), NOON)


def local(at: datetime) -> str:
    return (at - timedelta(hours=6)).strftime("%Y%m%d%H%M%S")


def tell(stores: Stores, at: datetime, trigger: str, bed: str, *more: str) -> None:
    """A message about the one patient lands in the inbox."""
    kind, feed = ("ORU", "oru") if trigger == "R01" else ("ADT", "adt")
    stamp, control = local(at), f"{trigger}-{at:%H%M}"
    head = f"MSH|^~\\&|EHR|LGH|WW|WW|{stamp}||{kind}^{trigger}|{control}|P|2.5.1\r"
    event = "" if kind == "ORU" else f"EVN|{trigger}|{stamp}\r"
    unit, _, number = bed.partition("-")
    place = f"PV1|1|I|{unit}^{number}^{number}||||||||||||||||V1^^^LGH" + "|" * 25
    body = f"{head}{event}PID|1||M1^^^LGH^MR||||19550101|F\r{place}{stamp}\r" + "".join(f"{each}\r" for each in more)
    arrival = Arrival(site="demo", source=feed, listener="m", control_id=control, body=body.encode(), received_at=at)
    stores.inbox.receive([arrival])


def very_ill(at: datetime) -> list[str]:
    values = (("9279-1^Respiratory rate", 28, "/min"), ("59408-5^SpO2", 88, "%"), ("8867-4^Heart rate", 135, "/min"))
    lines = [
        f"OBX|{number}|NM|{code}^LN||{value}|{ucum}|||||F|||{local(at)}"
        for number, (code, value, ucum) in enumerate(values, 1)
    ]
    return [f"OBR|1|||VS|||{local(at)}", *lines]


def of(stores: Stores, kind: str) -> list[Event]:
    events = stores.log.read("demo")
    return [event for event in events if event.kind == kind and event.payload["workflow"] == "deterioration"]


def admit_very_ill(stores: Stores, worker: Worker) -> None:
    tell(stores, NOON, "A01", "4A-12")
    worker.cycle(NOON)
    tell(stores, NOON + MINUTE, "R01", "4A-12", *very_ill(NOON))
    worker.cycle(NOON + MINUTE)


def test_a_move_alone_takes_a_turn_that_ends_the_card_and_addresses_the_new_bed(stores: Stores, worker: Worker) -> None:
    admit_very_ill(stores, worker)
    tell(stores, NOON + 5 * MINUTE, "A02", "4B-13")
    worker.cycle(NOON + 5 * MINUTE)
    (end,) = of(stores, "advice.ended")
    assert (end.payload["by"], end.payload["says"], end.about.bed) == (
        "moved",
        "The patient moved to 4b/13.",
        "demo/4a/12",
    )
    assert [(given.about.bed, given.payload["state"]) for given in of(stores, "advice.given")] == [
        ("demo/4a/12", "high"),
        ("demo/4b/13", "high"),
    ]
    assert [made.payload["status"] for made in of(stores, "delivery.made")] == ["sent", "sent"]


def test_a_discharge_alone_ends_the_card_and_it_is_never_counted_as_ignored(stores: Stores, worker: Worker) -> None:
    admit_very_ill(stores, worker)
    tell(stores, NOON + 5 * MINUTE, "A03", "4A-12")
    worker.cycle(NOON + 5 * MINUTE)
    (end,) = of(stores, "advice.ended")
    assert (end.payload["by"], end.payload["says"]) == ("left", "The patient left.")
    worker.cycle(NOON + timedelta(hours=13))
    answers = [event.payload["answer"] for event in stores.log.read("demo") if event.kind == "response.given"]
    assert answers == []
    assert len(of(stores, "advice.ended")) == 1


def test_turns_that_end_advice_replay_to_the_byte(stores: Stores, worker: Worker) -> None:
    admit_very_ill(stores, worker)
    tell(stores, NOON + 5 * MINUTE, "A02", "4B-13")
    worker.cycle(NOON + 5 * MINUTE)
    tell(stores, NOON + 9 * MINUTE, "A03", "4B-13")
    worker.cycle(NOON + 9 * MINUTE)
    assert [end.payload["by"] for end in of(stores, "advice.ended")] == ["moved", "left"]
    assert replay_site(stores, "demo", progress=lambda _done, _total: None).identical
