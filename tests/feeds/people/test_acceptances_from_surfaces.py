"""Words on drifts: checked against the finding and its contract, or set aside with a reason."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wardwise.feeds.people.reader import PeopleReader
from wardwise.feeds.reading import Reading
from wardwise.loop.capture.event import Draft
from wardwise.loop.capture.inbox import Arrival, Raw, Receipt
from wardwise.loop.capture.kinds import check
from wardwise.loop.capture.log import Batch
from wardwise.sites.load import SiteFolder
from wardwise.stores.memory.log import MemoryLog

NOW = datetime(2026, 3, 8, 12, 0, tzinfo=UTC)
DRIFT, RANGE, KEPT, ROSTER = ("g" + letter * 32 for letter in "bcde")


@pytest.fixture(scope="module")
def reader(demo: SiteFolder) -> PeopleReader:
    log = MemoryLog()
    drafts = [
        finding(DRIFT),
        finding(RANGE, rule="range"),
        finding(KEPT, state="kept"),
        finding(ROSTER, feed="roster"),
    ]
    log.append(log.lease("demo", "x"), Batch(drafts), NOW)
    return PeopleReader(log, demo)


def finding(name: str, **more: str) -> Draft:
    payload = {
        "feed": "oru",
        "rule": "level",
        "what": "w",
        "state": "broken",
        "drift": "semantic",
        "event": "lab.resulted",
    }
    subject = {"subject": "lab.resulted value [lactate]"}
    return Draft(
        id=name, kind="contract.breached", occurred_at=NOW, source="wardwise", payload=payload | subject | more
    )  # fmt: skip


def read(reader: PeopleReader, body: bytes) -> Reading:
    arrival = Arrival(site="demo", source="board", listener="http", control_id="1", body=body, received_at=NOW)
    return reader.read(Raw(id="w1", sequence=1, arrival=arrival, receipt=Receipt.STORED), NOW)


def body(**fields: object) -> bytes:
    said = {"breach": DRIFT, "state": "accepted", "reason": "new-device", "role": "data-steward", "actor": "RS"}
    return json.dumps(said | fields).encode()


def test_a_word_becomes_an_event_of_its_own(reader: PeopleReader) -> None:
    (draft,) = read(reader, body()).drafts
    check(draft)
    assert (draft.kind, draft.caused_by, draft.occurred_at) == ("drift.accepted", (DRIFT,), NOW)
    assert dict(draft.payload) == {
        "feed": "oru", "rule": "level", "subject": "lab.resulted value [lactate]", "breach": DRIFT, "state": "accepted",
        "reason": "new-device", "role": "data-steward", "actor": "RS",
    }  # fmt: skip


def test_it_is_undone_by_another_that_needs_no_reason(reader: PeopleReader) -> None:
    (draft,) = read(reader, body(state="withdrawn", reason="", actor="ZZ")).drafts
    assert (draft.payload["state"], draft.payload["actor"]) == ("withdrawn", "ZZ")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"breach": ""}, "unknown-finding"),
        ({"breach": "g" + "z" * 32}, "unknown-finding"),
        ({"breach": KEPT}, "unknown-finding"),
        ({"breach": RANGE}, "no-drift"),
        ({"breach": ROSTER}, "not-theirs"),
        ({"role": "physician"}, "not-theirs"),
        ({"role": "king"}, "bad-answer"),
        ({"actor": ""}, "bad-answer"),
        ({"state": "fine"}, "bad-answer"),
        ({"reason": ""}, "unknown-reason"),
        ({"reason": "because"}, "unknown-reason"),
        ({"note": "long story"}, "bad-answer"),
    ],
)
def test_a_word_that_cannot_be_is_set_aside(reader: PeopleReader, fields: dict[str, object], code: str) -> None:
    found = read(reader, body(**fields))
    assert found.quarantine
    assert (found.drafts, found.quarantine.code) == ((), code)


@settings(max_examples=200)
@given(st.dictionaries(st.sampled_from(["breach", "state", "reason", "role", "actor", "x"]), st.text()))
def test_no_body_makes_the_reader_fail(reader: PeopleReader, fields: dict[str, str]) -> None:
    found = read(reader, json.dumps({"breach": "x"} | fields).encode())
    assert found.quarantine
    assert not found.drafts
