"""Records of what was not published: read once into events, with an incident for what a broker refused."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from tests.surfaces.stream.press import NINE, SITE, Press

from wardwise.feeds.dropped import DroppedReader
from wardwise.feeds.intake import Read, read_all
from wardwise.loop.capture.dropped import SOURCE, Dropped, Dropping
from wardwise.loop.capture.event import Event
from wardwise.loop.capture.inbox import Arrival
from wardwise.loop.capture.log import Outcome
from wardwise.stores.memory.inbox import MemoryInbox


@pytest.fixture
def press() -> Iterator[Press]:
    made = Press()
    yield made
    made.end()


def read(press: Press, *told: Dropped | bytes) -> Read:
    inbox = MemoryInbox()
    bodies = [(each.control_id, each.body) if isinstance(each, Dropped) else ("1", each) for each in told]
    for name, body in bodies:
        inbox.receive(
            [Arrival(site=SITE, source=SOURCE, listener="publish", control_id=name, body=body, received_at=NINE)]
        )
    return read_all(inbox.pending(SITE, after=0), {SOURCE: DroppedReader(press.log, SITE)})


def events(press: Press, found: Read) -> list[Event]:
    return press.log.append(press.lease, found.batch, NINE)


def test_what_expired_is_an_event_about_whom_it_was_and_no_incident(press: Press) -> None:
    advice = press.advise(patient="p1")
    dropped = Dropped("engine", advice.id, Dropping.EXPIRED, "it expired", "EHR team")
    (event,) = events(press, read(press, dropped, dropped))
    assert (event.kind, event.about, event.caused_by) == ("publication.dropped", advice.about, (advice.id,))
    assert event.payload == {"stream": "engine", "event": advice.id, "why": "expired", "says": "it expired"}


def test_what_a_broker_refused_opens_one_incident_a_day_for_the_owner_of_the_stream(press: Press) -> None:
    told = [Dropped("engine", press.predict().id, Dropping.REFUSED, "too large", "EHR team") for _ in range(3)]
    found = events(press, read(press, *told))
    assert [event.kind for event in found].count("publication.dropped") == 3
    (incident,) = [event for event in found if event.kind == "incident.opened"]
    assert incident.payload["owner"] == "EHR team"
    assert incident.payload["where"] == "stream engine: refused"
    assert "refused prediction.made" in str(incident.payload["what"])
    assert events(press, read(press, replace(told[0], says="too large again"))) == []


@pytest.mark.parametrize(
    "body",
    [
        b"", b"[]", b"{}", b"7", b'"x"', b"\xff", b'{"stream": "a"}',
        b'{"stream": "a", "event": "e", "why": "bored", "says": "s", "owner": "o"}',
        b'{"stream": "a", "event": "", "why": "expired", "says": "s", "owner": "o"}',
        b'{"stream": "a", "event": 7, "why": "expired", "says": "s", "owner": "o"}',
    ],
)  # fmt: skip
def test_a_record_that_cannot_be_read_is_set_aside(press: Press, body: bytes) -> None:
    (told,) = read(press, body).batch.dispositions
    assert (told.outcome, told.reason) == (Outcome.QUARANTINED, "bad-record")


def test_a_record_of_an_event_that_is_not_here_is_set_aside(press: Press) -> None:
    dropped = Dropped("engine", "a-of-a-log-before", Dropping.EXPIRED, "it expired", "EHR team")
    (told,) = read(press, dropped).batch.dispositions
    assert (told.outcome, told.reason) == (Outcome.QUARANTINED, "unknown-event")
