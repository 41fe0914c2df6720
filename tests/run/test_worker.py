"""One worker on real stores, cycle by cycle: nothing missed, nothing doubled, nothing that breaks stops the rest."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from wardwise.assemble.site import configure
from wardwise.assemble.stores import WORKER, Stores, open_stores, prepare
from wardwise.loop.capture.event import Event
from wardwise.loop.capture.inbox import Arrival
from wardwise.loop.derive.view import View
from wardwise.rehearse.replay.decisions import Configuration
from wardwise.run.resume import resume

NOON = datetime(2026, 3, 1, 18, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def configuration(demo_site: Path) -> Configuration:
    return configure(demo_site)


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[Stores]:
    prepare(tmp_path / "data", seed=1)
    with open_stores(tmp_path / "data", WORKER) as opened:
        yield opened


def vitals(stores: Stores, control: str, at: datetime, pulse: int = 88) -> None:
    """A set of vital signs lands in the inbox."""
    stamp = (at - timedelta(hours=6)).strftime("%Y%m%d%H%M%S")  # local time in Chicago
    body = (
        f"MSH|^~\\&|EHR|LGH|WW|WW|{stamp}||ORU^R01|{control}|P|2.5.1\rPID|1||M1^^^LGH^MR\r"
        f"PV1|1|I|4A^^1||||||||||||||||V1^^^LGH\rOBR|1|||VS|||{stamp}\r"
        f"OBX|1|NM|8867-4^Heart rate^LN||{pulse}|/min|||||F|||{stamp}\r"
    )
    arrival = Arrival(
        site="demo", source="oru", listener="mllp", control_id=control, body=body.encode(), received_at=at
    )
    stores.inbox.receive([arrival])


def broken(control: str, at: datetime) -> Arrival:
    """A message for which the mapping has no rule."""
    body = f"MSH|^~\\&|EHR|LGH|WW|WW|20260301||ORU^R99|{control}|P|2.5.1\r".encode()
    return Arrival(site="demo", source="oru", listener="m", control_id=control, body=body, received_at=at)


def events(stores: Stores, kind: str) -> list[Event]:
    return [event for event in stores.log.read("demo") if event.kind == kind]


def deteriorations(stores: Stores) -> list[Event]:
    return [event for event in events(stores, "prediction.made") if event.payload["workflow"] == "deterioration"]


def test_a_vital_sign_is_scored_once(stores: Stores, configuration: Configuration) -> None:
    worker = resume(stores, configuration, NOON)
    vitals(stores, "1", NOON)
    worker.cycle(NOON)
    worker.cycle(NOON + timedelta(seconds=1))
    assert len(events(stores, "sign.measured")) == 1
    assert len(deteriorations(stores)) == 1


@pytest.mark.parametrize(("late", "recorded"), [(timedelta(seconds=2), 2), (timedelta(days=400), 0)])
def test_nothing_is_recorded_before_it_came_and_no_wrong_clock_is_followed(
    stores: Stores, configuration: Configuration, late: timedelta, recorded: int
) -> None:
    worker = resume(stores, configuration, NOON - timedelta(hours=1))
    vitals(stores, "1", NOON)
    stores.inbox.receive([broken("2", NOON + late)])
    worker.cycle(NOON)
    [sign] = events(stores, "sign.measured")
    assert round((sign.recorded_at - NOON).total_seconds()) == recorded


def test_a_worker_killed_between_reading_and_the_turn_is_followed_by_one_that_takes_it_once(
    stores: Stores, configuration: Configuration
) -> None:
    vitals(stores, "1", NOON)
    resume(stores, configuration, NOON).take_in(NOON)  # and then it dies
    assert deteriorations(stores) == []
    resume(stores, configuration, NOON + timedelta(minutes=1)).cycle(NOON + timedelta(minutes=1))
    assert len(deteriorations(stores)) == 1
    resume(stores, configuration, NOON + timedelta(minutes=2)).cycle(NOON + timedelta(minutes=2))
    assert len(deteriorations(stores)) == 1


def test_a_workflow_that_breaks_everywhere_stops_no_other_and_is_an_incident(
    stores: Stores, configuration: Configuration
) -> None:
    def breaks(_view: View, _woken: Sequence[Event]) -> Sequence[str]:
        raise KeyError("ZZPHI")

    staffing = configuration.workflows["ed_demand"]
    broken = replace(staffing, stages=replace(staffing.stages, spine=breaks))
    worker = resume(stores, replace(configuration, workflows={**configuration.workflows, "ed_demand": broken}), NOON)
    vitals(stores, "1", NOON)
    worker.cycle(NOON)
    assert len(deteriorations(stores)) == 1
    told = [event.payload["what"] for event in events(stores, "incident.opened")]
    assert told == ["ed_demand: KeyError"]


def test_a_broken_turn_is_not_taken_again_at_once(stores: Stores, configuration: Configuration) -> None:
    taken: list[datetime] = []

    def breaks(view: View, _spine: object) -> object:
        taken.append(view.instant.at)
        raise ZeroDivisionError

    flow = configuration.workflows["deterioration"]
    features = replace(flow.stages.features, compute=breaks)
    broken = replace(flow, stages=replace(flow.stages, features=features))
    worker = resume(stores, replace(configuration, workflows={"deterioration": broken}), NOON)
    vitals(stores, "1", NOON)
    for second in range(5):
        worker.cycle(NOON + timedelta(seconds=second))
    assert len({at.replace(microsecond=0) for at in taken}) == 1


def test_a_feed_of_which_nothing_can_be_read_is_not_speaking_and_breaks_its_contract(
    stores: Stores, configuration: Configuration
) -> None:
    vitals(stores, "1", NOON)
    worker = resume(stores, configuration, NOON)
    worker.cycle(NOON)
    later = NOON + timedelta(minutes=5)
    for number in range(6):
        stores.inbox.receive([broken(f"x{number}", later)])
    worker.cycle(later)
    breach = events(stores, "contract.breached")
    assert [(event.payload["feed"], event.payload["count"]) for event in breach] == [("oru", 6)]
    vitals(stores, "2", later + timedelta(minutes=1))
    worker.cycle(later + timedelta(minutes=1))
    assert deteriorations(stores)[-1].payload["tier"]["why"] == "feed oru breaks its contract (readable)"
    assert len(events(stores, "contract.breached")) == 1
    opened = [event.payload["where"] for event in events(stores, "incident.opened")]
    assert opened == ["feed oru: readable"]


def test_a_feed_that_is_clean_again_brings_its_workflows_back_up(stores: Stores, configuration: Configuration) -> None:
    worker = resume(stores, configuration, NOON)
    vitals(stores, "0", NOON)
    worker.cycle(NOON)
    for number in range(6):
        stores.inbox.receive([broken(f"x{number}", NOON + timedelta(minutes=5))])
    vitals(stores, "1", NOON + timedelta(minutes=6))
    worker.cycle(NOON + timedelta(minutes=6))
    later = NOON + timedelta(minutes=67)
    vitals(stores, "2", later)
    worker.cycle(later)
    assert [event.payload["state"] for event in events(stores, "contract.breached")] == ["broken", "kept"]
    assert [event.payload["tier"]["tier"] for event in deteriorations(stores)[-2:]] == ["none", "rule"]
    assert len(events(stores, "incident.opened")) == 1


def test_a_flood_is_taken_in_by_parts_so_that_turns_are_not_kept_waiting(
    stores: Stores, configuration: Configuration
) -> None:
    for number in range(450):
        vitals(stores, str(number), NOON)
    worker = resume(stores, configuration, NOON)
    worker.cycle(NOON, at_most=200)
    assert worker.has_mail()
    assert deteriorations(stores)
    worker.cycle(NOON, at_most=1000)
    assert not worker.has_mail()


def test_the_same_configuration_takes_effect_once(stores: Stores, configuration: Configuration) -> None:
    for minute in range(3):
        resume(stores, configuration, NOON + timedelta(minutes=minute))
    assert len(events(stores, "site.configured")) == 1


def test_what_is_forgotten_is_only_what_nobody_looks_back_on(stores: Stores, configuration: Configuration) -> None:
    worker = resume(stores, configuration, NOON)
    vitals(stores, "1", NOON)
    worker.cycle(NOON)
    worker.forget(NOON + timedelta(days=100))
    vitals(stores, "2", NOON + timedelta(days=100), pulse=140)
    worker.cycle(NOON + timedelta(days=100))
    assert len(deteriorations(stores)) >= 2
    assert len(events(stores, "sign.measured")) == 2


def test_messages_as_received_go_when_their_time_is_over_and_what_was_read_from_them_stays(
    stores: Stores, configuration: Configuration
) -> None:
    vitals(stores, "1", NOON)
    vitals(stores, "2", NOON + timedelta(days=20))
    worker = resume(stores, configuration, NOON)
    worker.cycle(NOON)
    old, young = stores.inbox.pending("demo", after=0)
    worker.cycle(NOON + timedelta(days=90))  # not yet over
    assert stores.inbox.pending("demo", after=0) == [old, young]
    worker.cycle(NOON + timedelta(days=90, hours=5))  # four times a day is often enough
    assert stores.inbox.pending("demo", after=0) == [old, young]
    worker.cycle(NOON + timedelta(days=90, hours=6))
    assert stores.inbox.pending("demo", after=0) == [young]
    assert len(events(stores, "sign.measured")) == 2
    assert stores.inbox.counts("demo").received == 2


def test_a_site_says_how_long_messages_are_kept_and_a_worker_that_was_away_makes_up_for_it(
    stores: Stores, configuration: Configuration
) -> None:
    vitals(stores, "1", NOON)
    resume(stores, configuration, NOON).cycle(NOON)
    site = configuration.folder.site.model_copy(update={"raw_retention_days": 7})
    short = replace(configuration, folder=replace(configuration.folder, site=site))
    resume(stores, short, NOON + timedelta(days=8)).cycle(NOON + timedelta(days=8))
    assert stores.inbox.pending("demo", after=0) == []


def test_a_message_that_nobody_has_read_yet_is_kept_however_old(stores: Stores, configuration: Configuration) -> None:
    for number in range(4):
        vitals(stores, str(number), NOON + timedelta(minutes=number))
    worker = resume(stores, configuration, NOON)
    late = NOON + timedelta(days=100)
    worker.cycle(late, at_most=0)
    assert len(stores.inbox.pending("demo", after=0)) == 4
    worker.cycle(late + timedelta(days=1))
    assert stores.inbox.pending("demo", after=0) == []
    assert len(events(stores, "sign.measured")) == 4
