"""Every log gives the same events, heads and answers as the one in memory."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wardwise.errors import WardwiseError
from wardwise.loop.capture.event import KnownBasis, Status
from wardwise.loop.capture.log import Batch, Disposition, Outcome, Selection
from wardwise.stores.memory.log import MemoryLog
from wardwise.stores.sqlite.log import SqliteLog

SITES = ("st", "north")
NAMES = [f"{letter}{n}" for letter in ("v", "va", "s") for n in range(4)]
KINDS = ("sign.measured", "stay.arrived", "stay.discharged")
TOKENS = st.sampled_from([None, "t1", "t2"])

facts = st.fixed_dictionaries(
    {
        "identifier": st.sampled_from(NAMES),
        "kind": st.sampled_from(KINDS),
        "minute": st.integers(-3, 3),
        "encounter": st.sampled_from(["e1", "e2"]),
        "patient": TOKENS,
        "sequence": st.integers(0, 2),
        "status": st.sampled_from(Status),
        "caused_by": st.lists(st.sampled_from(NAMES), max_size=2).map(tuple),
        "known_basis": st.sampled_from(KnownBasis),
        "flags": st.sampled_from([(), ("late",)]),
    }
)
dispositions = st.builds(
    Disposition,
    st.sampled_from(["w1", "w2", "w3"]),
    st.integers(1, 3),
    st.sampled_from(Outcome),
    st.integers(0, 3),
    st.sampled_from(["", "no-code"]),
)
offsets = st.dictionaries(st.sampled_from(["ingest", "board"]), st.integers(0, 99), max_size=2)
appends = st.tuples(
    st.just("append"),
    st.sampled_from(SITES),
    st.lists(facts, max_size=5),
    st.lists(dispositions, max_size=3),
    offsets,
    st.integers(-2, 2),
    st.booleans(),
)
leases = st.tuples(st.just("lease"), st.sampled_from(SITES))
selections = st.builds(
    Selection,
    kinds=st.none() | st.frozensets(st.sampled_from(KINDS)),
    encounter=TOKENS.map(lambda token: token and token.replace("t", "e")),
    patient=TOKENS,
)
spans = st.tuples(st.integers(0, 9), st.none() | st.integers(0, 12), st.integers(0, 9))


def answer(question):
    try:
        return question()
    except WardwiseError as refusal:
        return type(refusal).__name__, refusal.facts.get("position"), refusal.facts.get("current")


class Run:
    """The same steps on one log; the lease of a site may be an old one."""

    def __init__(self, log, draft, morning):
        self.log, self.draft, self.morning = log, draft, morning
        self.leases = {site: [log.lease(site, "first")] for site in SITES}

    def step(self, step):
        if step[0] == "lease":
            self.leases[step[1]].append(self.log.lease(step[1], "next"))
            return self.leases[step[1]][-1]
        _, site, made, done, offsets, minutes, stale = step
        batch = Batch([self.draft(**each) for each in made], done, offsets)
        lease = self.leases[site][0 if stale else -1]
        return answer(lambda: self.log.append(lease, batch, self.morning + timedelta(minutes=minutes)))


def state(log, site):
    return (
        log.head(site),
        log.read(site),
        [answer(lambda name=name: log.find(site, name)) for name in [*NAMES, "v", "va", "s"]],
        [log.caused(site, name) for name in NAMES],
        [log.offset(site, name) for name in ("ingest", "board")],
        [log.disposition(site, raw) for raw in ("w1", "w2", "w3")],
        log.dispositions(site),
        log.verify(site),
    )


@settings(max_examples=120, deadline=None)
@given(
    steps=st.lists(appends | leases, max_size=8),
    questions=st.lists(st.tuples(selections, spans, st.none() | st.integers(-3, 3)), max_size=8),
)
def test_every_log_answers_as_memory_does(fresh_log, draft, morning, steps, questions):
    reference = Run(MemoryLog(), draft, morning)
    store = fresh_log()
    try:
        run = Run(store, draft, morning)
        for step in steps:
            assert run.step(step) == reference.step(step)
        for site in SITES:
            assert state(store, site) == state(reference.log, site)
        for where, (after, upto, limit), minute in questions:
            since = None if minute is None else morning + timedelta(minutes=minute)
            asked = Selection(where.kinds, where.encounter, where.patient, since)
            span = {"after": after, "upto": upto, "limit": limit, "where": asked}
            assert store.read("st", **span) == reference.log.read("st", **span)
    finally:
        store.close()


def test_a_log_opened_anew_is_the_same(tmp_path, draft, morning):
    store = SqliteLog(tmp_path / "events.db")
    lease = store.lease("st", "worker")
    store.append(lease, Batch([draft("v1"), draft("v2", caused_by=("v1",))], offsets={"board": 2}), morning)
    told = state(store, "st")
    store.close()
    again = SqliteLog(tmp_path / "events.db")
    assert state(again, "st") == told
    assert again.append(lease, Batch([draft("v3")]), morning)[0].position == 3
    again.close()


def test_a_closed_log_refuses(tmp_path):
    store = SqliteLog(tmp_path / "events.db")
    store.close()
    store.close()
    with pytest.raises(WardwiseError):
        store.head("st")
