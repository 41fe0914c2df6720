"""What every log does, whatever it is made of."""

from datetime import timedelta

import pytest

from wardwise.errors import BrokenChain, ImpossibleValue, NotFound, StaleWriter, UnknownKind
from wardwise.hospital.moment import EPOCH
from wardwise.loop.capture.chain import GENESIS, leaf, link, merkle_root
from wardwise.loop.capture.event import KnownBasis, Status
from wardwise.loop.capture.log import Batch, Disposition, Head, Lease, Outcome, Selection
from wardwise.loop.capture.record import encode

TICK = timedelta(microseconds=1)


def ids(events):
    return [event.id for event in events]


@pytest.fixture
def lease(log):
    return log.lease("st", "worker")


def test_an_empty_log_is_at_position_zero(log):
    assert log.head("st") == Head(0, EPOCH, GENESIS.hex())
    assert log.read("st") == []
    assert log.verify("st") == log.head("st")
    assert log.offset("st", "board") == 0
    assert log.disposition("st", "w1") is None
    assert log.caused("st", "v1") == []
    assert log.dispositions("st") == {Outcome.APPLIED: 0, Outcome.QUARANTINED: 0}


def test_positions_have_no_gap_and_record_times_rise(log, lease, draft, morning):
    log.append(lease, Batch([draft("v1"), draft("v2")]), morning)
    log.append(lease, Batch([draft("v3")]), morning)
    events = log.read("st")
    assert [event.position for event in events] == [1, 2, 3]
    assert [event.recorded_at for event in events] == [morning, morning + TICK, morning + 2 * TICK]


def test_a_clock_that_steps_back_does_not_step_the_log_back(log, lease, draft, morning):
    log.append(lease, Batch([draft("v1")]), morning)
    [event] = log.append(lease, Batch([draft("v2")]), morning - timedelta(hours=1))
    assert event.recorded_at == morning + TICK


def test_a_clock_that_runs_on_is_followed(log, lease, draft, morning):
    log.append(lease, Batch([draft("v1")]), morning)
    [event] = log.append(lease, Batch([draft("v2")]), morning + timedelta(hours=1))
    assert event.recorded_at == morning + timedelta(hours=1)


def test_a_live_fact_is_known_when_it_is_recorded(log, lease, draft, morning):
    [event] = log.append(lease, Batch([draft(minute=-30)]), morning)
    assert (event.known_at, event.known_basis) == (morning, KnownBasis.OBSERVED)


def test_history_keeps_the_time_and_the_basis_it_came_with(log, lease, draft, morning):
    known = morning - timedelta(days=300)
    past = draft(known_at=known, known_basis=KnownBasis.DECLARED)
    [event] = log.append(lease, Batch([past]), morning)
    assert (event.known_at, event.known_basis) == (known, KnownBasis.DECLARED)
    assert log.read("st") == [event]


def test_what_append_returns_is_what_is_read(log, lease, draft, morning):
    full = draft(
        "v1",
        status=Status.CORRECTED,
        confidence="0.5",
        sequence=7,
        raw="w1",
        caused_by=("w0", "v0"),
        supersedes="v0",
        flags=("ambiguous-local-time",),
        unit="st/icu",
        patient="p1",
    )
    added = log.append(lease, Batch([full, draft("v2", payload={"code": "x", "word": "né \x00 ☃"})]), morning)
    assert log.read("st") == added
    assert added[0].flags == ("ambiguous-local-time",)
    assert added[1].payload["word"] == "né \x00 ☃"


def test_the_same_id_is_left_out_in_a_later_batch_and_within_one(log, lease, draft, morning):
    log.append(lease, Batch([draft("v1")]), morning)
    added = log.append(lease, Batch([draft("v1"), draft("v2"), draft("v2", minute=5)]), morning)
    assert ids(added) == ["v2"]
    assert ids(log.read("st")) == ["v1", "v2"]


def test_a_batch_of_known_ids_adds_nothing_but_commits_its_offsets(log, lease, draft, morning):
    log.append(lease, Batch([draft("v1")]), morning)
    before = log.head("st")
    assert log.append(lease, Batch([draft("v1")], offsets={"board": 1}), morning) == []
    assert log.head("st") == before
    assert log.offset("st", "board") == 1
    assert log.verify("st") == before


def test_each_site_has_its_own_positions_ids_and_chain(log, lease, draft, morning):
    other = log.lease("north", "worker")
    log.append(lease, Batch([draft("v1"), draft("v2")]), morning)
    log.append(other, Batch([draft("v1")]), morning)
    assert [event.position for event in log.read("north")] == [1]
    assert log.head("st").position == 2
    assert log.head("st").chain != log.head("north").chain
    assert log.find("north", "v1").site == "north"


def test_the_chain_links_the_root_of_each_batch(log, lease, draft, morning):
    first = log.append(lease, Batch([draft("v1"), draft("v2"), draft("v3")]), morning)
    second = log.append(lease, Batch([draft("v4")]), morning)
    chain = GENESIS
    for events in (first, second):
        chain = link(chain, merkle_root([leaf(encode(event)) for event in events]))
    assert log.head("st") == Head(4, second[-1].recorded_at, chain.hex())
    assert log.verify("st") == log.head("st")


def test_a_later_lease_voids_the_earlier_one(log, lease, draft, morning):
    later = log.lease("st", "another worker")
    assert later.token == lease.token + 1
    with pytest.raises(StaleWriter) as refusal:
        log.append(lease, Batch([draft()], offsets={"board": 9}), morning)
    assert refusal.value.facts == {"token": lease.token, "site": "st", "current": later.token}
    assert log.read("st") == []
    assert log.offset("st", "board") == 0
    log.append(later, Batch([draft()]), morning)


def test_a_stale_writer_is_refused_even_with_nothing_to_write(log, lease, morning):
    log.lease("st", "another worker")
    with pytest.raises(StaleWriter):
        log.append(lease, Batch(), morning)


@pytest.mark.parametrize("token", [0, 1, 5])
def test_a_lease_nobody_gave_is_refused(log, draft, morning, token):
    with pytest.raises(StaleWriter):
        log.append(Lease("nowhere", token), Batch([draft()]), morning)


def test_one_bad_draft_refuses_the_whole_batch(log, lease, draft, morning):
    bad = draft("v2", payload={"value": "80"})
    kept = Disposition("w1", 1, Outcome.APPLIED, 2)
    with pytest.raises(ImpossibleValue):
        log.append(lease, Batch([draft("v1"), bad], [kept], {"board": 1}), morning)
    assert (log.read("st"), log.disposition("st", "w1"), log.offset("st", "board")) == ([], None, 0)


def test_a_version_from_a_newer_program_is_refused(log, lease, draft, morning):
    with pytest.raises(UnknownKind):
        log.append(lease, Batch([draft("v1"), draft("v2", version=99)]), morning)
    assert log.head("st").position == 0


@pytest.mark.parametrize("payload", [{"code": "a\ud800"}, {"code": "x", "\udfff": "y"}])
def test_text_that_is_not_unicode_is_refused(log, lease, draft, morning, payload):
    with pytest.raises(ImpossibleValue):
        log.append(lease, Batch([draft("v1"), draft("v2", payload=payload)]), morning)
    assert log.head("st").position == 0


def test_a_span_excludes_its_start_and_includes_its_end(log, lease, draft, morning):
    log.append(lease, Batch([draft(f"v{n}") for n in range(1, 8)]), morning)
    assert ids(log.read("st", after=2, upto=5)) == ["v3", "v4", "v5"]
    assert ids(log.read("st", after=2, limit=2)) == ["v3", "v4"]
    assert log.read("st", after=7) == []
    assert log.read("st", after=5, upto=5) == []
    assert log.read("st", limit=0) == []
    assert ids(log.read("st", after=5, upto=99)) == ["v6", "v7"]


MIXED = [
    ("v1", {"encounter": "e1", "patient": "p1", "minute": 10}),
    ("v2", {"encounter": "e2", "patient": "p2", "minute": 0}),
    ("s3", {"encounter": "e1", "patient": "p1", "minute": 5, "kind": "stay.arrived"}),
    ("l4", {"encounter": "e2", "minute": 20, "kind": "lab.resulted"}),
    ("s5", {"encounter": "e2", "patient": "p1", "minute": 0, "kind": "stay.arrived"}),
    ("v6", {"encounter": "e1", "minute": 30}),
    ("a7", {"encounter": None, "patient": "p1", "minute": 3, "kind": "arrivals.counted", "unit": "st/ed"}),
]


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({}, "v1 v2 s3 l4 s5 v6 a7"),
        ({"kinds": frozenset({"stay.arrived"})}, "s3 s5"),
        ({"kinds": frozenset({"stay.arrived", "lab.resulted", "shift.swapped"})}, "s3 l4 s5"),
        ({"kinds": frozenset()}, ""),
        ({"encounter": "e1"}, "v1 s3 v6"),
        ({"encounter": "e1", "kinds": frozenset({"sign.measured"})}, "v1 v6"),
        ({"encounter": "nobody"}, ""),
        ({"patient": "p1"}, "v1 s3 s5 a7"),
        ({"patient": "p1", "encounter": "e2"}, "s5"),
        ({"patient": "p1", "kinds": frozenset({"stay.arrived"})}, "s3 s5"),
        ({"occurred_from": 10}, "v1 l4 v6"),
        ({"occurred_from": 10, "kinds": frozenset({"sign.measured"})}, "v1 v6"),
        ({"occurred_from": 6, "encounter": "e1"}, "v1 v6"),
        ({"occurred_from": 1, "patient": "p1"}, "v1 s3 a7"),
    ],
)
def test_a_selection_names_events_in_order_of_position(log, lease, draft, morning, where, expected):
    log.append(lease, Batch([draft(name, **facts) for name, facts in MIXED]), morning)
    if "occurred_from" in where:
        where = {**where, "occurred_from": morning + timedelta(minutes=where["occurred_from"])}
    selected = ids(log.read("st", where=Selection(**where)))
    assert selected == expected.split()
    assert ids(log.read("st", where=Selection(**where), limit=2)) == selected[:2]
    assert ids(log.read("st", after=1, upto=5, where=Selection(**where))) == [
        name for name in selected if name not in {"v1", "v6", "a7"}
    ]


def test_the_beginning_of_an_id_finds_it_if_unique(log, lease, draft, morning):
    log.append(lease, Batch([draft("vabc"), draft("vabd"), draft("vab"), draft("s_1")]), morning)
    assert log.find("st", "vabc").id == "vabc"
    assert log.find("st", "s").id == "s_1"
    assert log.find("st", "vab").id == "vab"
    for nothing in ("va", "x", "", "%", "s%", "vabcd"):
        with pytest.raises(NotFound):
            log.find("st", nothing)
    with pytest.raises(NotFound):
        log.find("nowhere", "vabc")


def test_effects_are_found_by_their_cause(log, lease, draft, morning):
    log.append(lease, Batch([draft("v1"), draft("v2", caused_by=("v1", "w9", "v1"))]), morning)
    log.append(lease, Batch([draft("v3", caused_by=("v2", "v1"))]), morning)
    assert ids(log.caused("st", "v1")) == ["v2", "v3"]
    assert ids(log.caused("st", "v2")) == ["v3"]
    assert log.caused("st", "v3") == []
    assert log.caused("north", "v1") == []


def test_offsets_and_dispositions_are_kept_per_site(log, lease, draft, morning):
    applied = Disposition("w1", 1, Outcome.APPLIED, 1)
    quarantined = Disposition("w2", 2, Outcome.QUARANTINED, 0, "no-msh: The message has no header.")
    log.append(lease, Batch([draft()], [applied, quarantined], {"ingest": 2, "board": 0}), morning)
    assert log.disposition("st", "w1") == applied
    assert log.disposition("st", "w2") == quarantined
    assert log.disposition("north", "w1") is None
    assert (log.offset("st", "ingest"), log.offset("st", "board"), log.offset("north", "ingest")) == (2, 0, 0)
    assert log.dispositions("st") == {Outcome.APPLIED: 1, Outcome.QUARANTINED: 1}


def test_a_raw_read_again_moves_from_one_outcome_to_the_other(log, lease, draft, morning):
    first = Disposition("w1", 1, Outcome.QUARANTINED, 0, "no-code")
    again = Disposition("w1", 1, Outcome.APPLIED, 1)
    log.append(lease, Batch(dispositions=[first, Disposition("w2", 2, Outcome.APPLIED, 0)]), morning)
    log.append(lease, Batch([draft()], [again, again]), morning)
    assert log.disposition("st", "w1") == again
    assert log.dispositions("st") == {Outcome.APPLIED: 2, Outcome.QUARANTINED: 0}


def test_a_log_passes_through_every_head_that_was_exported(log, lease, draft, morning):
    heads = [log.head("st")]
    for n in range(3):
        log.append(lease, Batch([draft(f"v{n}a"), draft(f"v{n}b")]), morning)
        heads.append(log.head("st"))
    for exported in heads:
        assert log.verify("st", exported=exported) == heads[-1]


@pytest.mark.parametrize(("position", "chain"), [(2, "ab" * 32), (1, "cd" * 32), (4, "ef" * 32)])
def test_an_exported_head_that_the_log_does_not_pass_is_found(log, lease, draft, morning, position, chain):
    log.append(lease, Batch([draft("v1"), draft("v2")]), morning)
    with pytest.raises(BrokenChain):
        log.verify("st", exported=Head(position, morning, chain))
