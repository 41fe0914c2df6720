"""Versions of resources in any order, twice, or in one body: what stands in the end is what the last version says."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.feeds.fhir.test_same_stay import HAND_MADE, said
from tests.feeds.fhir.told_stays import BEGIN, Truth, around, bundle, encounter, stays

from wardwise.feeds.intake import read_all
from wardwise.feeds.reading import Reader
from wardwise.feeds.rebuild import rebuild
from wardwise.loop.capture.event import Event, Status
from wardwise.loop.capture.inbox import INTAKE, Arrival
from wardwise.loop.capture.instant import Instant
from wardwise.loop.capture.log import Lease
from wardwise.loop.derive.fold.ledger import Ledger
from wardwise.loop.derive.fold.stay import Stay
from wardwise.stores.memory.inbox import MemoryInbox
from wardwise.stores.memory.log import MemoryLog

Made = Callable[..., dict[str, Reader]]
NOW = BEGIN + timedelta(days=3)
TOLD = {"stay", "sign", "lab"}
LATER = NOW + timedelta(days=1)


class Hospital:
    """An inbox, a log and what is made of them; each body is read when it comes, by readers that may be new."""

    def __init__(self, made: Made) -> None:
        self.made, self.inbox, self.log = made, MemoryInbox(), MemoryLog()
        self.lease: Lease = self.log.lease("demo", "t")
        self.readers = made(self.log)
        self.count = 0

    def hear(self, body: bytes, *, anew: bool = False) -> list[Event]:
        self.count += 1
        arrival = Arrival(
            site="demo", source="fhir", listener="t", control_id=str(self.count), body=body, received_at=NOW
        )
        self.inbox.receive([arrival])
        if anew:
            self.readers = self.made(self.log)
        read = read_all(self.inbox.pending("demo", after=self.log.offset("demo", INTAKE)), self.readers)
        return self.log.append(self.lease, read.batch, NOW + timedelta(seconds=self.count))

    def standing(self) -> Counter[bytes]:
        """What is neither replaced nor withdrawn."""
        events = [event for event in self.log.read("demo") if event.raw and event.kind.partition(".")[0] in TOLD]
        replaced = {event.supersedes for event in events}
        return Counter(
            said(event) for event in events if event.id not in replaced and event.status is not Status.CANCELLED
        )

    def state(self) -> dict[str, Stay]:
        """The stays as they stand, but for the ids of the events that say so."""
        ledger = Ledger(lambda where, upto: self.log.read("demo", upto=upto, where=where))
        for event in self.log.read("demo"):
            ledger.add(event)
        found = ledger.stays(Instant(LATER, self.log.head("demo").position))
        return {key: replace(stay, left_by=None, doubts=()) for key, stay in found.items()}


def versions(truth: Truth) -> list[bytes]:
    untils = [0, 400, 1_200, 2_150, 2_300, 2_600]
    return [bundle([encounter(truth, until, n)], around(truth)) for n, until in enumerate(untils, 1)]


@settings(max_examples=25)
@given(truth=stays(), data=st.data())
def test_any_order_of_delivery_ends_in_the_same_state(made: Made, truth: Truth, data: st.DataObject) -> None:
    told = versions(truth)
    order = data.draw(st.permutations([*told, told[0], told[-1]]))
    anew = data.draw(st.lists(st.booleans(), min_size=len(order), max_size=len(order)))
    straight, shuffled, last = Hospital(made), Hospital(made), Hospital(made)
    for body in told:
        straight.hear(body)
    for body, fresh in zip(order, anew, strict=True):
        shuffled.hear(body, anew=fresh)
    last.hear(told[-1])
    assert straight.standing() == shuffled.standing() == last.standing()
    assert straight.state() == shuffled.state() == last.state()


def test_a_rebuild_reads_the_same_events_again(made: Made) -> None:
    hospital = Hospital(made)
    told = versions(HAND_MADE)
    for body in (told[2], told[0], told[4], told[3], told[5], told[5]):
        hospital.hear(body)
    again = rebuild(hospital.inbox, hospital.log, "demo", readers=made(hospital.log), progress=lambda _a, _b: None)
    assert (again.raws, again.differing) == (6, ())
    assert again.events == len(hospital.log.read("demo")) >= 6


def test_versions_in_one_history_are_read_in_their_order_not_as_they_stand(made: Made) -> None:
    hospital, last = Hospital(made), Hospital(made)
    every = [encounter(HAND_MADE, until, n) for n, until in enumerate((0, 400, 2_600), 1)]
    every[0]["location"][0]["location"] = {"display": "4B"}
    hospital.hear(bundle(every[::-1], around(HAND_MADE)))
    assert [event.kind for event in hospital.log.read("demo") if event.supersedes] == ["stay.arrived"]
    last.hear(bundle(every[-1:], around(HAND_MADE)))
    assert hospital.standing() == last.standing()


def test_a_part_that_cannot_be_read_withdraws_nothing(made: Made) -> None:
    hospital = Hospital(made)
    hospital.hear(bundle([encounter(HAND_MADE, 400, 1)], around(HAND_MADE)))
    before = hospital.standing()
    lost = encounter(HAND_MADE, 400, 2)
    del lost["location"][1]["location"]["reference"]
    lost["location"][1]["location"]["display"] = "A ward nobody knows"
    events = hospital.hear(bundle([lost], around(HAND_MADE)))
    assert [event.payload["code"] for event in events] == ["unknown-code"]
    assert hospital.standing() == before


def test_a_move_whose_time_is_too_coarse_is_set_aside_and_withdraws_nothing(made: Made) -> None:
    hospital = Hospital(made)
    hospital.hear(bundle([encounter(HAND_MADE, 400, 1)], around(HAND_MADE)))
    before = hospital.standing()
    vague = encounter(HAND_MADE, 400, 2)
    vague["location"][1]["period"]["start"] = "2026-03-01"
    events = hospital.hear(bundle([vague], around(HAND_MADE)))
    assert [event.payload.get("code") for event in events if event.raw and "quarantined" in event.kind] == ["no-time"]
    assert not [event for event in events if event.status is Status.CANCELLED]
    assert set(before) <= set(hospital.standing())


def gone(at: datetime) -> bytes:
    entry = {"request": {"method": "DELETE", "url": "Encounter/e88"}, "response": {"lastModified": at.isoformat()}}
    return json.dumps({"resourceType": "Bundle", "type": "history", "entry": [entry]}).encode()


@pytest.mark.parametrize("anew", [False, True])
@pytest.mark.parametrize("first", [True, False])
def test_a_deletion_stands_whenever_it_comes(made: Made, *, anew: bool, first: bool) -> None:
    hospital = Hospital(made)
    told = [versions(HAND_MADE)[5], gone(NOW)]
    for body in told[::-1] if first else told:
        hospital.hear(body, anew=anew)
    hospital.hear(gone(NOW), anew=anew)
    assert hospital.standing() == Counter()
    assert [event.kind for event in hospital.log.read("demo")].count("record.deleted") == 1


def test_a_version_after_the_deletion_brings_the_stay_back(made: Made) -> None:
    hospital, last = Hospital(made), Hospital(made)
    every = versions(HAND_MADE)
    for body in (every[0], gone(BEGIN + timedelta(hours=1)), every[5]):
        hospital.hear(body)
    last.hear(every[5])
    assert hospital.standing() == last.standing()
