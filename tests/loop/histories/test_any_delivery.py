"""Whatever ADT feeds tell, in whatever order, however often and late: the state is what happened.

WARDWISE_EXAMPLES says how many histories are told (500 by default; a release tells 10,000).
"""

import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from tests.loop.histories.told_hospital import MINUTE, Entry, Hospital, Visit

from wardwise.hospital.moment import iso
from wardwise.loop.capture.event import About, Draft, Status
from wardwise.loop.capture.instant import Instant
from wardwise.loop.capture.log import Batch
from wardwise.loop.derive.history import History
from wardwise.loop.derive.state.beds import bed_board
from wardwise.loop.derive.state.digest import state_digests
from wardwise.loop.derive.state.identity import people
from wardwise.loop.derive.state.ledger import ledger_of
from wardwise.loop.derive.state.stays import census, stays
from wardwise.loop.derive.view import View
from wardwise.sites.load import load_site
from wardwise.stores.artefacts import Artefacts
from wardwise.stores.memory.log import MemoryLog

EXAMPLES = int(os.environ.get("WARDWISE_EXAMPLES", "500"))
FOLDER = load_site(Path(__file__).parents[3] / "sites" / "demo")
SHELF = Artefacts(Path("/nonexistent"))
# The night of 1 November 2026 the clocks of Chicago go back from 02:00 to 01:00.
BEFORE_THE_NIGHT = datetime(2026, 11, 1, 4, 0, tzinfo=UTC)
UNITS = ("ed", "4a", "4b", "icu")
BEDS = ("1", "2")
SKEW = timedelta(seconds=7)  # the bed system's clock is never right to the second, so no two facts share one
OPENINGS = ("arrived", "registered", "admitted")
BORN = ("1950-01-01", "1961-02-03")

minutes = st.integers(1, 90)
picks = st.integers(0, 99)
units = st.sampled_from(UNITS)
beds = st.sampled_from(BEDS)
skews = st.integers(-10, 10)


class Histories(RuleBasedStateMachine):
    """Tells what happens as it happens; at the end it is delivered in many ways."""

    @initialize(seed=st.integers(0, 2**32 - 1))
    def begin(self, seed: int) -> None:
        self.chance = Random(seed)  # noqa: S311 - an order of delivery, no secret
        self.now = BEFORE_THE_NIGHT
        self.hospital = Hospital()
        self.told: list[Draft] = []
        self.numbers = 0
        self.births: dict[str, str] = {}  # by holder
        self.retired: dict[str, tuple[str, str]] = {}  # a token, and the merge that retired it
        self.reused: set[tuple[str, str]] = set()

    # What happens -------------------------------------------------------------------------------------------------

    @rule(wait=minutes, unit=units, bed=beds, known=picks)
    def arrives(self, wait: int, unit: str, bed: str, known: int) -> None:
        visit = self.fresh_visit(self.a_token(known))
        self.enter(visit, "arrived", wait, unit, bed, **{"class": "emergency"})

    @rule(wait=minutes, known=picks)
    def registers(self, wait: int, known: int) -> None:
        self.enter(self.fresh_visit(self.a_token(known)), "registered", wait, **{"class": "outpatient"})

    @rule(wait=minutes, unit=units, bed=beds, known=picks)
    def admits(self, wait: int, unit: str, bed: str, known: int) -> None:
        visit = self.fresh_visit(self.a_token(known))
        self.enter(visit, "admitted", wait, unit, bed, **{"class": "inpatient", "born": self.births[visit.holder]})

    @precondition(lambda self: self.some())
    @rule(wait=minutes, unit=units, bed=beds, which=picks)
    def admits_whom_we_know(self, wait: int, unit: str, bed: str, which: int) -> None:
        visit = self.pick(which)
        self.enter(visit, "admitted", wait, unit, bed, **{"class": "inpatient", "born": self.births[visit.holder]})

    @precondition(lambda self: self.some())
    @rule(wait=minutes, unit=units, bed=beds, which=picks, skew=skews)
    def transfers(self, wait: int, unit: str, bed: str, which: int, skew: int) -> None:
        self.enter(self.pick(which), "transferred", wait, unit, bed, skew=skew)

    @precondition(lambda self: self.some())
    @rule(wait=minutes, which=picks, skew=skews, word=st.sampled_from(["left", "returned"]))
    def goes_on_leave_or_comes_back(self, wait: int, which: int, skew: int, word: str) -> None:
        self.enter(self.pick(which), word, wait, skew=skew)

    @precondition(lambda self: self.some())
    @rule(wait=minutes, which=picks)
    def discharges(self, wait: int, which: int) -> None:
        self.enter(self.pick(which), "discharged", wait)

    @precondition(lambda self: self.some())
    @rule(wait=minutes, which=picks)
    def updates(self, wait: int, which: int) -> None:
        visit = self.pick(which)
        self.tell("stay.updated", self.tick(wait), self.about(visit), sex="female")

    @precondition(lambda self: self.some())
    @rule(
        wait=minutes,
        which=picks,
        word=st.sampled_from(["arrived", "registered", "admitted", "transferred", "left", "returned", "discharged"]),
        vague=st.booleans(),
    )
    def cancels(self, wait: int, which: int, word: str, *, vague: bool) -> None:
        visit = self.pick(which)
        entry = visit.last(word)
        if entry is None or visit.reused:
            return
        at = self.tick(wait)
        only = sum(each.word == word for each in visit.journal) == 1 and entry.at <= at
        payload = {"target": f"stay.{word}"}
        if not (vague and only and not visit.numbers):
            payload["target_occurred_at"] = iso(entry.at)
        self.tell("stay.cancelled", at, self.about(visit), **payload)
        visit.journal.remove(entry)

    @rule(days=st.integers(5, 45))
    def weeks_go_by(self, days: int) -> None:
        self.now += timedelta(days=days)

    # Who is who ---------------------------------------------------------------------------------------------------

    @precondition(lambda self: len(self.hospital.holders) > 1)
    @rule(wait=minutes, one=picks, other=picks, manner=st.sampled_from(["merge", "link", "renumber", ""]))
    def merges(self, wait: int, one: int, other: int, manner: str) -> None:
        survivor, merged = self.token(one), self.token(other)
        if survivor == merged or self.born(survivor) != self.born(merged):
            return
        pair = (self.hospital.holders[survivor], self.hospital.holders[merged])
        if pair in self.reused:
            return
        if pair in self.hospital.merges:
            self.hospital.merges.remove(pair)
        self.hospital.merges.append(pair)
        for token in (merged, survivor):  # who is named to survive is in use again
            self.retired.pop(token, None)
        if manner != "link":
            self.retired[merged] = pair
        self.tell_merge(survivor, merged, self.tick(wait), manner)

    @precondition(lambda self: bool(self.hospital.merges))
    @rule(wait=minutes, which=picks)
    def parts(self, wait: int, which: int) -> None:
        pair = self.hospital.merges[which % len(self.hospital.merges)]
        if pair in self.reused or (pair[1], pair[0]) in self.hospital.merges:
            return
        self.hospital.merges.remove(pair)
        self.retired = {token: merge for token, merge in self.retired.items() if merge != pair}
        survivor, merged = (holder.split("/")[0] for holder in pair)
        self.tell_merge(survivor, merged, self.tick(wait), "", status=Status.CANCELLED)

    @precondition(lambda self: bool(self.retired))
    @rule(wait=minutes, which=picks, unit=units, bed=beds)
    def a_retired_number_is_given_to_somebody_else(self, wait: int, which: int, unit: str, bed: str) -> None:
        token = sorted(self.retired)[which % len(self.retired)]
        before = self.hospital.holders[token]
        told = [entry for visit in self.hospital.visits for entry in visit.journal if entry.of == before]
        if not any(entry.word == "admitted" for entry in told):
            return  # nobody could tell: no birth date is known of whoever had it before
        self.reused |= {pair for pair in self.hospital.merges if before in pair}
        del self.retired[token]
        self.hospital.holders[token] = f"{token}/{self.numbers}"
        self.births[self.hospital.holders[token]] = f"19{70 + self.numbers % 30}-05-0{1 + self.numbers // 30 % 9}"
        visit = self.fresh_visit(token)
        for each in self.hospital.visits:  # were one of these taken back, nobody could tell
            each.reused = each.reused or each.token == token or any(entry.of == before for entry in each.journal)
        self.enter(visit, "admitted", wait, unit, bed, **{"class": "inpatient", "born": self.born(token)})

    # What becomes of visits ---------------------------------------------------------------------------------------

    @precondition(lambda self: self.some() and len(self.hospital.holders) > 1)
    @rule(wait=minutes, which=picks, whom=picks, lag=st.booleans())
    def a_visit_is_given_to_another_patient(self, wait: int, which: int, whom: int, *, lag: bool) -> None:
        visit, token = self.pick(which), self.token(whom)
        if visit.reused or token == visit.token or self.born(token) != self.births[visit.holder]:
            return
        self.tell("stay.moved", self.tick(wait), About(encounter=visit.number, patient=token), from_patient=visit.token)
        visit.left_tokens = (visit.left_tokens | {visit.token}) - {token}
        visit.token, visit.holder = token, self.hospital.holders[token]
        if lag:
            old = min(visit.left_tokens)
            self.tell("stay.updated", self.tick(1), About(encounter=visit.number, patient=old), sex="female")

    @precondition(lambda self: self.some())
    @rule(wait=minutes, which=picks)
    def a_visit_is_renumbered(self, wait: int, which: int) -> None:
        visit = self.pick(which)
        if visit.numbers or visit.reused:
            return  # one that was renumbered before is not, here
        self.numbers += 1
        old, visit.number, visit.deleted_at = visit.number, f"v{self.numbers}", None
        visit.numbers.add(old)
        self.tell("stay.moved", self.tick(wait), self.about(visit), from_encounter=old)

    @precondition(lambda self: len(self.some()) > 1)
    @rule(wait=minutes, one=picks, other=picks)
    def two_visits_are_merged(self, wait: int, one: int, other: int) -> None:
        visit, gone = self.pick(one), self.pick(other)
        if visit is gone or visit.token != gone.token or visit.numbers or gone.numbers:
            return
        if visit.left_tokens or gone.left_tokens or visit.reused or gone.reused:
            return
        self.tell("stay.moved", self.tick(wait), self.about(visit), from_encounter=gone.number)
        visit.numbers.add(gone.number)
        visit.journal += gone.journal
        self.hospital.visits.remove(gone)

    @precondition(lambda self: self.some())
    @rule(wait=minutes, which=picks, again=st.booleans(), unit=units, bed=beds)
    def a_visit_is_deleted(self, wait: int, which: int, unit: str, bed: str, *, again: bool) -> None:
        visit = self.pick(which)
        if visit.numbers or visit.left_tokens or visit.reused:
            return
        at = self.tick(wait)
        self.tell("stay.cancelled", at, self.about(visit), target="stay")
        visit.journal = [entry for entry in visit.journal if entry.at > at]
        visit.deleted_at = at
        if again:  # the number is used for the right patient now
            visit.journal = []
            self.now += 11 * MINUTE
            token = self.fresh_token()
            visit.token, visit.holder = token, self.hospital.holders[token]
            self.enter(visit, "admitted", 1, unit, bed, **{"class": "inpatient", "born": self.born(token)})

    @precondition(lambda self: any(visit.over() for visit in self.some()))
    @rule(wait=minutes, which=picks, unit=units, bed=beds)
    def a_visit_number_is_given_to_somebody_else(self, wait: int, which: int, unit: str, bed: str) -> None:
        over = [
            visit for visit in self.some() if visit.over() and not (visit.numbers or visit.left_tokens or visit.reused)
        ]
        if not over:
            return
        old = over[which % len(over)]
        self.hospital.visits.remove(old)
        self.now += 11 * MINUTE
        visit = Visit(old.number, token := self.fresh_token(), self.hospital.holders[token])
        visit.reused = True
        self.hospital.visits.append(visit)
        self.enter(visit, "admitted", wait, unit, bed, **{"class": "inpatient", "born": self.born(token)})

    # Telling it ---------------------------------------------------------------------------------------------------

    def patient(self, token: str) -> str:
        return token

    def visit(self, number: str) -> str:
        return number

    def enter(
        self,
        visit: Visit,
        word: str,
        wait: int,
        unit: str | None = None,
        bed: str | None = None,
        *,
        skew: int = 0,
        **told: str,
    ) -> None:
        at = self.tick(wait)
        if skew:
            at += skew * MINUTE + SKEW
        place = f"demo/{unit}" if unit else None
        lies = f"{place}/{bed}" if bed else None
        if visit.deleted_at is None or at > visit.deleted_at:
            visit.journal.append(Entry(word, at, place, lies, visit.holder))
        about = About(unit=place, bed=lies, encounter=visit.number, patient=visit.token)
        self.tell(f"stay.{word}", at, about, **told)

    def tell(self, kind: str, at: datetime, about: About, *, status: Status = Status.FINAL, **payload: str) -> None:
        number = len(self.told)
        self.told.append(
            Draft(id=f"s{number}", kind=kind, occurred_at=at, source="adt", about=about, status=status, payload=payload)
        )

    def tell_merge(
        self, survivor: str, merged: str, at: datetime, manner: str, *, status: Status = Status.FINAL
    ) -> None:
        payload = {"merged_patient": merged} | ({"manner": manner} if manner else {})
        self.tell("stay.merged", at, About(patient=survivor), status=status, **payload)

    def about(self, visit: Visit) -> About:
        return About(encounter=visit.number, patient=visit.token)

    def born(self, token: str) -> str:
        return self.births[self.hospital.holders[token]]

    def tick(self, wait: int) -> datetime:
        self.now += wait * MINUTE
        return self.now

    def some(self) -> list[Visit]:
        return self.hospital.visits

    def pick(self, which: int) -> Visit:
        return self.hospital.visits[which % len(self.hospital.visits)]

    def token(self, which: int) -> str:
        return sorted(self.hospital.holders)[which % len(self.hospital.holders)]

    def a_token(self, known: int) -> str:
        """A new patient, or one who was here before; a retired number may linger in a lagging system."""
        return self.token(known) if known % 3 == 0 and self.hospital.holders else self.fresh_token()

    def fresh_token(self) -> str:
        self.numbers += 1
        token = f"p{self.numbers}"
        self.births[token] = BORN[self.numbers % 2]
        self.hospital.holders[token] = token
        return token

    def fresh_visit(self, token: str) -> Visit:
        self.numbers += 1
        visit = Visit(f"v{self.numbers}", token, self.hospital.holders[token])
        self.hospital.visits.append(visit)
        return visit

    # Judging it ---------------------------------------------------------------------------------------------------

    def teardown(self) -> None:
        if not getattr(self, "told", None):
            return
        in_order = Delivery(self.told, self.chance, end=self.now + 30 * MINUTE)
        self.judge(in_order.view())
        mixed = list(self.told) + [self.chance.choice(self.told) for _ in range(len(self.told) // 3)]
        self.chance.shuffle(mixed)
        shuffled = Delivery(mixed, self.chance, end=self.now + 30 * MINUTE)
        self.judge(shuffled.view())
        assert state_digests(shuffled.view()) == state_digests(in_order.view())
        for delivery in (in_order, shuffled):
            delivery.judge_as_it_was()

    def judge(self, view: View) -> None:
        hospital = self.hospital
        assert census(view) == hospital.census()
        lying = {key: set(bed.patients) for key, bed in bed_board(view).items() if bed.patients}
        assert lying == {bed: {self.visit(number) for number in there} for bed, there in hospital.beds().items()}
        known, named = people(view), hospital.persons()
        for token, holder in hospital.holders.items():
            assert known.surviving(self.patient(token)) == self.patient(named[holder].split("/")[0])
        told = stays(view)
        for visit in hospital.visits:
            stay = told.get(self.visit(visit.number))
            # Of one that was deleted, and then spoken of without a beginning, nobody can tell whose it is.
            if stay is not None and any(entry.word in OPENINGS for entry in visit.journal):
                person = known.of_visit(str(stay.patient), stay.encounter, *stay.numbers)
                assert person == self.patient(named[visit.holder].split("/")[0])


class Delivery:
    """Facts handed to a log one by one, with a ledger that lives through it and forgets now and then."""

    folder = FOLDER

    def __init__(self, drafts: Sequence[Draft], chance: Random, *, end: datetime) -> None:
        self.end = end
        self.log = MemoryLog()
        self.lease = self.log.lease("demo", "test")
        self.history = History(self.log, "demo", since=drafts[0].occurred_at)
        self.was: tuple[Instant, dict[str, str]] | None = None
        halfway = len(drafts) // 2
        ledger_of(self._view(Instant(end, 0), self.history))
        for index, draft in enumerate(drafts):
            now = max(draft.occurred_at, self.history.recorded_at)
            self.history.add(self.log.append(self.lease, Batch([draft]), now))
            if chance.random() < 0.1:
                self.history.forget(now)
            self.settle(now, draft)
            if index == halfway:
                instant = Instant(self.history.recorded_at, self.history.position)
                self.was = (instant, state_digests(self._view(instant, self.history)))

    def settle(self, now: datetime, draft: Draft) -> None:
        """What a worker does once a fact is in the log."""

    def view(self) -> View:
        return self._view(Instant(max(self.end, self.history.recorded_at), self.history.position), self.history)

    def judge_as_it_was(self) -> None:
        """What was said halfway is what the whole log says of that instant; and the end is what a fresh fold says."""
        fresh = History(self.log, "demo")
        assert self.was is not None
        instant, digests = self.was
        assert state_digests(self._view(instant, fresh)) == digests
        assert state_digests(self._view(self.view().instant, fresh)) == state_digests(self.view())

    def _view(self, instant: Instant, history: History) -> View:
        return View(self.folder, instant, history, SHELF)


TestHistories = Histories.TestCase
TestHistories.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=set(Phase) - {Phase.explain},
)
