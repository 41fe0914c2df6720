"""Answers of people: checked against the card they answer, or set aside with a reason."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wardwise.feeds.people.responses import ResponseReader
from wardwise.feeds.reading import Reading
from wardwise.hospital.moment import iso
from wardwise.loop.capture.event import About, Draft
from wardwise.loop.capture.inbox import Arrival, Raw, Receipt
from wardwise.loop.capture.kinds import check
from wardwise.loop.capture.log import Batch
from wardwise.sites.load import SiteFolder
from wardwise.stores.memory.log import MemoryLog

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ADVICE = "a" + "b" * 32
ABOUT = About(unit="demo/4a", encounter="e" * 20, patient="p" * 20)

Answer = Callable[..., Reading]


@pytest.fixture(scope="module")
def reader(demo: SiteFolder) -> ResponseReader:
    log = MemoryLog()
    advice = Draft(
        id=ADVICE,
        kind="advice.given",
        occurred_at=NOW - timedelta(hours=1),
        source="wardwise",
        about=ABOUT,
        payload={
            "workflow": "deterioration", "entity": "e", "state": "high", "expires_at": iso(NOW + timedelta(hours=1)),
            "card": {"owner": "charge-nurse", "may_override": ["physician"]},
        },
    )  # fmt: skip
    other = Draft(id="s" + "b" * 32, kind="stay.left", occurred_at=NOW, source="adt", about=ABOUT)
    strange = Draft(id="a" + "d" * 32, kind="stay.left", occurred_at=NOW, source="adt", about=ABOUT)
    log.append(log.lease("demo", "x"), Batch([advice, other, strange]), NOW)
    return ResponseReader(log, demo.site)


def read(reader: ResponseReader, body: bytes, at: datetime = NOW) -> Reading:
    arrival = Arrival(site="demo", source="board", listener="web", control_id="1", body=body, received_at=at)
    return reader.read(Raw(id="w1", sequence=1, arrival=arrival, receipt=Receipt.STORED), at)


def body(**fields: object) -> bytes:
    said = {"advice": ADVICE, "answer": "accepted", "reason": "", "note": "", "role": "charge-nurse", "actor": "",
            "until": None}  # fmt: skip
    return json.dumps(said | fields).encode()


def test_an_answer_becomes_a_response_about_the_same_patient(reader: ResponseReader) -> None:
    (draft,) = read(reader, body(actor="N. Onymous")).drafts
    check(draft)
    assert (draft.kind, draft.caused_by, draft.about) == ("response.given", (ADVICE,), ABOUT)
    assert dict(draft.payload) == {"answer": "accepted", "role": "charge-nurse", "actor": "N. Onymous"}
    assert draft.id.startswith("q")
    assert draft.occurred_at == NOW


def test_the_shown_beginning_of_an_id_is_enough(reader: ResponseReader) -> None:
    assert read(reader, body(advice=ADVICE[:13])).drafts[0].caused_by == (ADVICE,)


def test_an_override_keeps_its_reason_and_note_in_the_payload_alone(reader: ResponseReader) -> None:
    (draft,) = read(reader, body(answer="overridden", reason="data-wrong", note="ZZPHI", role="physician")).drafts
    assert (draft.payload["reason"], draft.payload["note"]) == ("data-wrong", "ZZPHI")
    assert "ZZPHI" not in repr((draft.flags, draft.about, draft.id, draft.source))


def test_advice_may_be_deferred_until_a_time(reader: ResponseReader) -> None:
    (draft,) = read(reader, body(answer="deferred", until="2026-03-01T06:30:00-06:00")).drafts
    assert draft.payload["until"] == "2026-03-01T12:30:00.000000Z"


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (body(advice="a" + "c" * 32), "unknown-advice"),
        (body(advice="s" + "b" * 32), "bad-answer"),
        (body(advice="ab"), "bad-answer"),
        (body(advice="a" + "d" * 32), "unknown-advice"),
        (body()[:-1] + b', "answer": "accepted"}', "bad-answer"),
        (body(role="bed-manager"), "not-theirs"),
        (body(role="king"), "bad-answer"),
        (body(answer="overridden"), "unknown-reason"),
        (body(answer="overridden", reason="because"), "unknown-reason"),
        (body(answer="ignored"), "bad-answer"),
        (body(answer="deferred", until="2026-03-01T11:00:00Z"), "bad-answer"),
        (body(answer="deferred", until="2026-03-01T13:00:00"), "bad-answer"),
        (body(note="x" * 2_001), "bad-answer"),
        (body(note=5), "bad-answer"),
        (body(extra="x"), "bad-answer"),
        (body()[:-1], "bad-answer"),
        (b'{"answer":"accepted","answer":"overridden"}', "bad-answer"),
        (b'{"advice":' * 5_000, "bad-answer"),
        (b"[" * 30_000, "bad-answer"),
        (b"NaN", "bad-answer"),
        (b"\xff\xfe", "bad-answer"),
        (b" " * 70_000, "bad-answer"),
    ],
)
def test_an_answer_that_cannot_be_is_set_aside(reader: ResponseReader, sent: bytes, code: str) -> None:
    reading = read(reader, sent)
    assert reading.drafts == ()
    assert reading.quarantine is not None
    assert reading.quarantine.code == code


def test_an_answer_after_expiry_is_set_aside(reader: ResponseReader) -> None:
    assert read(reader, body(), NOW + timedelta(minutes=59)).drafts
    late = read(reader, body(note="ZZPHI"), NOW + timedelta(hours=1))
    assert late.quarantine is not None
    assert late.quarantine.code == "advice-expired"
    assert "ZZPHI" not in repr(late)


@settings(max_examples=200, deadline=None)
@given(sent=st.one_of(st.binary(max_size=60), st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["advice", "note", "x"]), inner),
).map(lambda value: json.dumps(value).encode())))  # fmt: skip
def test_no_body_makes_the_reader_fail(reader: ResponseReader, sent: bytes) -> None:
    assert read(reader, sent).quarantine is not None
