"""The ledger: what a site's state is folded from, kept up event by event, and the state at any instant."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from wardwise.hospital.moment import micros
from wardwise.loop.capture.event import Event
from wardwise.loop.capture.instant import Instant
from wardwise.loop.capture.log import Selection
from wardwise.loop.derive.fold import evidence
from wardwise.loop.derive.fold.bed import BEDS, BedSaid
from wardwise.loop.derive.fold.book import Book, Replaced
from wardwise.loop.derive.fold.evidence import Seen, Whereabouts
from wardwise.loop.derive.fold.fact import Fact, fact_of
from wardwise.loop.derive.fold.merge import EVERYBODY, MERGES, VISITS, Visit, merges_told, visits_of
from wardwise.loop.derive.fold.people import People, people_of
from wardwise.loop.derive.fold.shift import SHIFTS, STAFF, Listing, Starting
from wardwise.loop.derive.fold.stay import STAYS, Stay
from wardwise.loop.derive.fold.visit_numbers import Links, joined

SLACK = timedelta(days=2)  # how far behind the newest instant the state can be asked for without reading the log
FACTS = frozenset().union(*(each.kinds for each in (STAYS, MERGES, VISITS, BEDS, SHIFTS, STAFF)))
KINDS = FACTS | {evidence.KIND}

Recall = Callable[[Selection, int], Iterable[Event]]


class Ledger:
    """Facts may come in any order and lateness. One log, one ledger; not safe for threads.

    `recall(where, upto)` reads the log: what was let go comes back whole when something new is told of it.
    `floor` is the earliest instant that can be asked for; None while nothing was let go.
    """

    def __init__(self, recall: Recall) -> None:
        """An empty ledger of a log's beginning."""
        self.recall = recall
        self.position = 0
        self.floor: datetime | None = None
        self.replaced = Replaced()
        self.stay_book = Book(STAYS, self.replaced)
        self.merge_book = Book(MERGES, self.replaced)
        self.visit_book = Book(VISITS, self.replaced)
        self.bed_book = Book(BEDS, self.replaced)
        self.shift_book = Book(SHIFTS, self.replaced)
        self.staff_book = Book(STAFF, self.replaced)
        self.whereabouts = Whereabouts()
        self.links = Links()
        self._joined: tuple[dict[str, Stay], Links, dict[str, Stay]] | None = None

    @property
    def books(self) -> tuple[Book[Any], ...]:
        """Every book, in a fixed order."""
        return (self.stay_book, self.merge_book, self.visit_book, self.bed_book, self.shift_book, self.staff_book)

    def add(self, event: Event) -> None:
        """Take an event over, of whatever kind."""
        self.position = max(self.position, event.position)
        if event.kind in FACTS:
            fact = fact_of(event)
            if self.floor is not None:
                self._bring_back(fact)
            self.put(fact)
        elif event.kind == evidence.KIND:
            self.whereabouts.add(event)
            if event.supersedes is not None:
                self.replaced.add(event.supersedes, event.position, micros(event.known_at))
                if event.supersedes in self.stay_book.causes:
                    self.stay_book.unfold()

    def put(self, fact: Fact) -> None:
        """Enter a fact in every book that keeps its kind."""
        if fact.supersedes is not None:
            self.replaced.add(fact.supersedes, fact.position, fact.known)
            for book in self.books:
                book.unfold()
        for book in self.books:
            if fact.kind in book.projection.kinds:
                key = book.projection.key(fact)
                if key is not None:
                    book.add(key, fact)
        if fact.kind == "stay.moved" and fact.told.get("from_encounter"):
            self.links = self.links.with_(fact)

    def stays(self, instant: Instant) -> dict[str, Stay]:
        """Every stay in sight by its encounter token, renumbered ones under their last number. Not to be changed."""
        base = self.stay_book.at(instant)
        if not self.links.moves:
            return base
        if self._joined is not None and self._joined[0] is base and self._joined[1] is self.links:
            return self._joined[2]
        found = joined(self.stay_book, self.links, instant)
        whole = self.stay_book.whole(instant)
        self._joined = (base, self.links, found) if whole else None
        return found

    def people(self, instant: Instant) -> People:
        """Who is one person."""
        merges = merges_told(EVERYBODY, self.merge_book.facts((EVERYBODY,), instant))
        return people_of(merges, lambda token: self._visits(token, instant))

    def beds(self, instant: Instant) -> dict[str, BedSaid]:
        """What was last said of each bed, by its key."""
        return self.bed_book.at(instant)

    def shifts(self, instant: Instant) -> dict[str, Starting]:
        """The roster by start of shift."""
        return self.shift_book.at(instant)

    def staff(self, instant: Instant) -> dict[str, tuple[Listing, ...]]:
        """How each member of staff is listed."""
        return self.staff_book.at(instant)

    def signs(self, encounter: str, instant: Instant) -> list[Seen]:
        """Where an encounter's vital signs were taken in the last three days, oldest first."""
        return self.whereabouts.of(encounter, instant, self.replaced.hides)

    def forget(self, instant: Instant) -> None:
        """Let go of what is out of sight; the state at instants up to two days before stays as it is."""
        since = instant.at - SLACK
        alive = self.stay_book.alive(instant, since).keys() | self.stays(instant).keys()
        kept = alive.union(*(self.links.together(key) for key in alive)) if self.links.moves else alive
        named = {fact.patient for fact in self.stay_book.every() if fact.encounter in kept and fact.patient}
        self.stay_book.keep(kept)
        self.visit_book.keep(named | self._merged())
        self.shift_book.keep(self.shift_book.alive(instant, since).keys())
        for book in (self.bed_book, self.staff_book):
            book.trim(micros(since))
        self.whereabouts.forget(since - evidence.LASTS)
        self.floor = since if self.floor is None else max(self.floor, since)

    def _visits(self, token: str, instant: Instant) -> tuple[Visit, ...]:
        return visits_of(token, self.visit_book.facts((token,), instant))

    def _merged(self) -> set[str]:
        every = self.merge_book.every()
        return {token for fact in every for token in (str(fact.patient), str(fact.told["merged_patient"]))}

    def _bring_back(self, fact: Fact) -> None:
        if fact.kind == "stay.merged":
            for token in {str(fact.patient), str(fact.told["merged_patient"])} - self._merged():
                self.visit_book.drop(token)
                self._read(self.visit_book, Selection(kinds=VISITS.kinds, patient=token), fact.position)
        elif fact.kind in STAYS.kinds and fact.encounter is not None:
            asked = {fact.encounter, fact.told.get("from_encounter")} - {None}
            numbers = set().union(*(self.links.together(str(number)) for number in asked))
            for number in sorted(number for number in numbers if number not in self.stay_book):
                self._read(self.stay_book, Selection(kinds=STAYS.kinds, encounter=number), fact.position)

    def _read(self, book: Book[Any], where: Selection, before: int) -> None:
        for event in self.recall(where, before - 1):
            fact = fact_of(event)
            key = book.projection.key(fact)
            if key is not None:
                book.add(key, fact)
