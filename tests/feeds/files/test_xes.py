"""Event logs in XES: the same facts as the same log in CSV; bombs and what is no log refused before the first fact."""

import gzip
import tracemalloc
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wardwise.assemble.importing import Import, import_path
from wardwise.errors import BrokenFile
from wardwise.feeds.files import xes
from wardwise.feeds.files.xes import is_xes, xes_rows
from wardwise.feeds.mapped.trouble import Unreadable
from wardwise.feeds.readers import readers
from wardwise.feeds.reading import Reading
from wardwise.loop.capture.inbox import Raw
from wardwise.loop.capture.kinds import check
from wardwise.sites.feed import FeedKind
from wardwise.sites.load import load_site
from wardwise.stores.memory.log import MemoryLog

LOGS = Path(__file__).parent / "logs"
RESEARCH = Path(__file__).parents[3] / "sites" / "research"
LOG = (LOGS / "sepsis_two.xes").read_bytes()
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def read(raw: Callable[..., Raw]) -> Callable[[bytes], Reading]:
    reader = readers(load_site(RESEARCH), token_key=b"k" * 32, log=MemoryLog())["sepsis"]
    return lambda body: reader.read(raw(body, source="sepsis"), NOW)


def said(reading: Reading) -> list[tuple[object, ...]]:
    for draft in reading.drafts:
        check(draft)
    assert reading.problems == ()
    assert reading.quarantine is None
    return [(d.kind, d.occurred_at, d.known_at, d.about, d.payload, d.flags) for d in reading.drafts]


def test_a_log_in_xes_tells_the_same_facts_as_in_csv(read: Callable[[bytes], Reading]) -> None:
    facts = said(read(LOG))
    assert facts == said(read((LOGS / "sepsis_two.csv").read_bytes()))
    assert [fact[0] for fact in facts] == [
        "stay.arrived", "lab.resulted", "stay.admitted", "lab.resulted", "stay.discharged",
    ]  # fmt: skip
    assert facts[1][1] == datetime(2014, 10, 22, 9, 27, tzinfo=UTC)
    assert facts[1][4] == {"code": "c-reactive-protein", "value": "210.0", "ucum": "mg/L"}


def test_only_attributes_of_events_and_of_their_traces_count() -> None:
    rows = [cells for _, cells in xes_rows(LOG, ["case:concept:name", "concept:NAME", "event:index", "Age"])]
    assert rows[0] == ["case:concept:name", "event:index", "concept:name", "Age"]
    assert rows[1:3] == [["A", "1", "ER Registration", "85"], ["A", "2", "CRP", ""]]
    assert rows[-1] == ["B", "2", "Release A", ""]


def test_a_time_that_is_none_sets_its_event_aside_by_column(read: Callable[[bytes], Reading]) -> None:
    reading = read(LOG.replace(b"2014-11-02T08:00:00Z", b"soon"))
    assert [problem.code for problem in reading.problems] == ["bad-time"]
    assert "`time:timestamp`" in reading.problems[0].why
    assert len(reading.drafts) == 4


@pytest.mark.parametrize("end", [b"0001-01-01T00:00:00+05:00", b"9999-12-31T23:59:59-05:00"])
def test_a_time_at_the_end_of_time_sets_its_event_aside(read: Callable[[bytes], Reading], end: bytes) -> None:
    assert [problem.code for problem in read(LOG.replace(b"2014-11-02T08:00:00Z", end)).problems] == ["bad-time"]


def test_what_a_trace_says_and_nobody_wants_is_not_held_for_each_event() -> None:
    trace = b"".join(b'<string key="k%d" value="v"/>' % number for number in range(450))
    body = b"<log><trace>" + trace + b"<event/>" * 20_000 + b"</trace></log>"
    tracemalloc.start()
    try:
        assert sum(1 for _ in xes_rows(body, ["case:k7"])) == 20_001
        assert tracemalloc.get_traced_memory()[1] < 40_000_000
    finally:
        tracemalloc.stop()


BOMB = b'<!DOCTYPE log [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("body", "code", "says"),
    [
        (LOG.replace(b"<log", BOMB + b"<log", 1), "bad-xes", "document type"),
        (LOG.replace(b"<log", b'<!DOCTYPE log SYSTEM "file:///etc/passwd"><log', 1), "bad-xes", "document type"),
        (b"<log>" + b"<trace>" * 40, "too-large", "elements deep"),
        (b"<log><trace><event>" + b"<string key='a'>" * 40, "too-large", "elements deep"),
        (b'<log><string key="a" value="' + b"x" * 700_000 + b'"/></log>', "too-large", "an attribute of more than"),
        (LOG[:-20], "bad-xes", "is not XML"),
        (b"<log>&b;</log>", "bad-xes", "is not XML"),
        (b'<?xml version="1.0" encoding="nonsense"?><log></log>', "bad-xes", ""),
        (b"<log><trace>\xff</trace></log>", "bad-xes", "is not XML"),
    ],
)
def test_bombs_and_what_is_no_xml_are_set_aside_whole(
    read: Callable[[bytes], Reading], body: bytes, code: str, says: str
) -> None:
    reading = read(body)
    assert reading.quarantine is not None
    assert (reading.quarantine.code, reading.drafts) == (code, ())
    assert says in reading.quarantine.why


def test_keys_and_elements_without_number_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    many = b"".join(b'<string key="k%d" value=""/>' % number for number in range(600))
    with pytest.raises(Unreadable, match="different attributes"):
        list(xes_rows(b"<log><trace>" + many + b"</trace></log>", ["k1"]))
    monkeypatch.setattr(xes, "_MOST_ELEMENTS", 100)
    with pytest.raises(Unreadable, match="more than 100"):
        list(xes_rows(b"<log>" + b"<trace></trace>" * 200 + b"</log>", []))


def test_a_log_is_read_as_a_stream() -> None:
    body = b"<log>" + LOG[LOG.index(b"<trace>") : LOG.index(b"</log>")] * 2_500 + b"</log>"
    tracemalloc.start()
    try:
        assert sum(1 for _ in xes_rows(body, ["concept:name"])) == 15_001
        assert tracemalloc.get_traced_memory()[1] < len(body)
    finally:
        tracemalloc.stop()


def test_a_table_or_another_xml_is_no_log() -> None:
    assert is_xes(LOG)
    assert is_xes(b"\xef\xbb\xbf<xes:log>")
    for other in (b"a,b\n1,2\n", b"<catalog></catalog>", b"", b"log,<log>\n"):
        assert not is_xes(other)


@given(st.binary(max_size=60), st.integers(0, len(LOG)), st.integers(0, 40))
def test_whatever_is_broken_in_it_a_log_raises_no_other_error(some: bytes, at: int, gone: int) -> None:
    try:
        list(xes_rows(LOG[:at] + some + LOG[at + gone :], ["concept:name", "CRP"]))
    except Unreadable:
        return


def test_an_import_brings_it_in_and_a_broken_one_leaves_nothing(tmp_path: Path) -> None:
    def brought(file: Path) -> dict[str, object]:
        what = Import(FeedKind.CSV, file, "sepsis")
        return import_path(RESEARCH, tmp_path / "data", what, now=NOW, progress=lambda *_: None)

    (tmp_path / "cut.xes").write_bytes(LOG[:-20])
    with pytest.raises(BrokenFile, match="is not XML"):
        brought(tmp_path / "cut.xes")
    assert not (tmp_path / "data").exists()
    found = brought(LOGS / "sepsis_two.xes")
    assert (found["applied"], found["events"]) == (1, 5)
    assert brought(LOGS / "sepsis_two.xes")["duplicate"] == 1


def test_the_public_log_is_read_whole(read: Callable[[bytes], Reading], shared_data: Path) -> None:
    reading = read(gzip.decompress((shared_data / "sepsis_cases_log.csv.gz").read_bytes()))
    assert Counter(draft.kind for draft in reading.drafts) == {
        "stay.arrived": 1050, "stay.admitted": 1299, "stay.discharged": 782, "lab.resulted": 3262 + 1466 + 3383,
    }  # fmt: skip
    assert reading.problems == ()
