"""Judgements of sampled events: checked against the sample and its contract, or set aside with a reason."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wardwise.feeds.people.reader import PeopleReader
from wardwise.feeds.reading import Reading
from wardwise.hospital.moment import iso
from wardwise.loop.capture.event import Draft
from wardwise.loop.capture.inbox import Arrival, Raw, Receipt
from wardwise.loop.capture.kinds import check
from wardwise.loop.capture.log import Batch
from wardwise.sites.load import SiteFolder
from wardwise.stores.memory.log import MemoryLog

NOW = datetime(2026, 3, 8, 12, 0, tzinfo=UTC)
SAMPLE, OF_NO_REVIEW, EVENT = "g" + "b" * 32, "g" + "d" * 32, "v" + "c" * 32


@pytest.fixture(scope="module")
def reader(demo: SiteFolder) -> PeopleReader:
    log = MemoryLog()
    drafts = [sample(SAMPLE, "oru"), sample(OF_NO_REVIEW, "roster")]
    log.append(log.lease("demo", "x"), Batch(drafts), NOW)
    return PeopleReader(log, demo)


def sample(name: str, feed: str) -> Draft:
    payload = {"feed": feed, "from": iso(NOW), "to": iso(NOW), "seed": "0" * 16, "of": 1, "events": [EVENT]}
    return Draft(id=name, kind="sample.drawn", occurred_at=NOW, source="wardwise/review", payload=payload)


def read(reader: PeopleReader, body: bytes) -> Reading:
    arrival = Arrival(site="demo", source="board", listener="http", control_id="1", body=body, received_at=NOW)
    return reader.read(Raw(id="w1", sequence=1, arrival=arrival, receipt=Receipt.STORED), NOW)


def body(**fields: object) -> bytes:
    said = {"sample": SAMPLE, "event": EVENT, "judgement": "wrong", "reason": "wrong-value"}
    return json.dumps(said | {"role": "data-steward", "actor": "RS"} | fields).encode()


def test_a_judgement_becomes_an_event_with_who_gave_it(reader: PeopleReader) -> None:
    (draft,) = read(reader, body()).drafts
    check(draft)
    assert (draft.kind, draft.caused_by, draft.occurred_at) == ("review.given", (SAMPLE,), NOW)
    assert dict(draft.payload) == {
        "feed": "oru", "event": EVENT, "judgement": "wrong", "reason": "wrong-value", "role": "data-steward",
        "actor": "RS",
    }  # fmt: skip


def test_right_needs_no_reason(reader: PeopleReader) -> None:
    (draft,) = read(reader, body(judgement="right", reason="")).drafts
    assert "reason" not in draft.payload


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"sample": ""}, "unknown-sample"),
        ({"sample": "g" + "e" * 32}, "unknown-sample"),
        ({"event": "v" + "e" * 32}, "unknown-sample"),
        ({"sample": OF_NO_REVIEW}, "not-reviewed"),
        ({"role": "physician"}, "not-theirs"),
        ({"role": "king"}, "bad-answer"),
        ({"actor": " "}, "bad-answer"),
        ({"judgement": "fine"}, "bad-answer"),
        ({"judgement": "right"}, "unknown-reason"),
        ({"reason": ""}, "unknown-reason"),
        ({"reason": "no-access"}, "unknown-reason"),
        ({"actor": "x" * 121}, "bad-answer"),
        ({"note": "the patient said"}, "bad-answer"),
        ({"judgement": ["wrong"]}, "bad-answer"),
    ],
)
def test_a_judgement_that_cannot_be_is_set_aside(reader: PeopleReader, fields: dict[str, object], code: str) -> None:
    found = read(reader, body(**fields))
    assert found.quarantine
    assert (found.drafts, found.quarantine.code) == ((), code)
    assert "patient said" not in found.quarantine.why


@settings(max_examples=200)
@given(st.dictionaries(st.sampled_from(["sample", "event", "judgement", "reason", "role", "actor", "x"]), st.text()))
def test_no_body_makes_the_reader_fail(reader: PeopleReader, fields: dict[str, str]) -> None:
    found = read(reader, json.dumps({"sample": "x"} | fields).encode())
    assert found.quarantine
    assert not found.drafts
