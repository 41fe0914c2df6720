"""One stay told by HL7 v2 and by FHIR gives the same canonical events: times, keys, tokens, payloads."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from tests.feeds.fhir.told_stays import BEGIN, Result, Truth, around, bundle, encounter, messages, observation, stays

from wardwise.feeds.intake import read_all
from wardwise.feeds.reading import Reader
from wardwise.hospital.moment import iso
from wardwise.hospital.token import tokenise
from wardwise.loop.capture.canonical import canonical
from wardwise.loop.capture.event import Draft
from wardwise.loop.capture.inbox import Arrival
from wardwise.stores.memory.inbox import MemoryInbox
from wardwise.stores.memory.log import MemoryLog

Made = Callable[..., dict[str, Reader]]
NOW = BEGIN + timedelta(days=3)
HAND_MADE = Truth(
    visit="88",
    patient="7001",
    places=((0, ("ED", "3")), (175, ("4A", "12")), (600, ("ICU", "2"))),
    emergency=True,
    admitted=115,
    leave=None,
    end=1_885,
    born="1950-01-01",
    sex="F",
    service="MED",
    complaint="chest pain",
    results=(Result(60, "8310-5", "38.5", "Cel", 0), Result(175, "718-7", "95.0", "g/L", 1)),
)


def taken(made: Made, source: str, bodies: list[bytes]) -> list[Draft]:
    """What an inbox full of these gives, read in one go as a worker does; nothing is set aside."""
    inbox, log = MemoryInbox(), MemoryLog()
    arrivals = [
        Arrival(site="demo", source=source, listener="t", control_id=str(number), body=body, received_at=NOW)
        for number, body in enumerate(bodies)
    ]
    inbox.receive(arrivals)
    read = read_all(inbox.pending("demo", after=0), made(log, source))
    log.append(log.lease("demo", "t"), read.batch, NOW)
    problems = [draft.payload for draft in read.batch.drafts if draft.kind == "message.quarantined"]
    assert not problems
    return list(read.batch.drafts)


def said(draft: Draft) -> bytes:
    """All that a fact says, but for what names its source and its delivery."""
    about: list[Any] = [
        draft.about.unit,
        draft.about.bed,
        draft.about.patient,
        draft.about.encounter,
        draft.about.staff,
    ]
    return canonical([draft.kind, iso(draft.occurred_at), about, draft.status.value, draft.payload, draft.sequence])


def by_hl7(made: Made, truth: Truth) -> Counter[bytes]:
    return Counter(map(said, taken(made, "v2", [message.encode() for message in messages(truth)])))


def by_fhir(made: Made, truth: Truth) -> Counter[bytes]:
    stay, beside = encounter(truth), around(truth)
    told = [bundle([stay], beside)]
    if truth.results:
        told.append(bundle([observation(truth, result) for result in truth.results], [stay, *beside]))
    return Counter(map(said, taken(made, "fhir", told)))


def test_a_stay_told_by_hand_gives_the_same_events(made: Made) -> None:
    events = by_fhir(made, HAND_MADE)
    assert events == by_hl7(made, HAND_MADE)
    assert events.total() == 7
    patient, visit = (tokenise(b"k" * 32, "HOSP", number) for number in ("7001", "88"))
    move = ["stay.transferred", "2026-03-01T07:00:00.000000Z", ["demo/4a", "demo/4a/12", patient, visit, None]]
    assert canonical([*move, "final", {"from_unit": "demo/ed"}, 0]) in events


@settings(max_examples=100)
@given(truth=stays())
def test_any_stay_told_either_way_gives_the_same_events(made: Made, truth: Truth) -> None:
    assert by_fhir(made, truth) == by_hl7(made, truth)
