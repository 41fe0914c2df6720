"""A hospital told in plain words, slow and obvious: what the fold of any feed that tells of it has to come to.

It knows what is meant, never what a message says: a cancelled move is struck from the visit's journal, a merged patient
gets the other's name. Nothing here is shared with the code it judges.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

PLACES = ("arrived", "admitted", "transferred")


@dataclass
class Entry:
    """One line of a visit's journal."""

    word: str
    at: datetime
    unit: str | None = None
    bed: str | None = None
    of: str = ""  # the holder whom it was told of


@dataclass
class Visit:
    """One visit as people in the hospital know it: whose, under which number, and its journal."""

    number: str
    token: str
    holder: str
    journal: list[Entry] = field(default_factory=list)
    numbers: set[str] = field(default_factory=set)
    left_tokens: set[str] = field(default_factory=set)
    deleted_at: datetime | None = None  # what is told later of a time before that did not happen either
    reused: bool = False  # its number was somebody else's before; no more becomes of it

    def last(self, word: str) -> Entry | None:
        found = [entry for entry in self.journal if entry.word == word]
        return max(found, key=lambda entry: entry.at) if found else None

    def place(self) -> tuple[str, str | None] | None:
        """Unit and bed of a patient who is here and not on leave."""
        here, ended, away = False, False, False
        unit: str | None = None
        bed: str | None = None
        for entry in sorted(self.journal, key=lambda entry: entry.at):
            if entry.word == "admitted":
                here, ended, away = True, False, False
            elif entry.word == "discharged":
                ended, away = True, False
            elif ended:
                continue
            elif entry.word == "arrived":
                here = True
            elif entry.word in ("left", "returned"):
                away = entry.word == "left"
            if entry.word in PLACES and entry.unit:
                unit, bed = entry.unit, entry.bed
        return (unit, bed) if here and not ended and not away and unit else None

    def over(self) -> bool:
        """Whether the last word on coming and going is a discharge."""
        ends = [e for e in sorted(self.journal, key=lambda e: e.at) if e.word in ("admitted", "discharged")]
        return bool(ends) and ends[-1].word == "discharged"


@dataclass
class Hospital:
    """Visits, and who is who: `merges` are (survivor's holder, merged holder), in the order they were last said."""

    visits: list[Visit] = field(default_factory=list)
    merges: list[tuple[str, str]] = field(default_factory=list)
    holders: dict[str, str] = field(default_factory=dict)  # a token's holder today

    def census(self) -> dict[str, int]:
        counts: dict[str, int] = {}
        for visit in self.visits:
            place = visit.place()
            if place:
                counts[place[0]] = counts.get(place[0], 0) + 1
        return counts

    def beds(self) -> dict[str, set[str]]:
        """Who lies in each bed, by visit number."""
        lying: dict[str, set[str]] = {}
        for visit in self.visits:
            place = visit.place()
            if place and place[1]:
                lying.setdefault(place[1], set()).add(visit.number)
        return lying

    def persons(self) -> dict[str, str]:
        """Whom each holder is known as today."""
        group = {holder: [holder] for holder in self._everybody()}
        for survivor, merged in self.merges:
            ours, theirs = group[survivor], group[merged]
            if ours is not theirs:
                joined = ours + theirs
                for holder in joined:
                    group[holder] = joined
            elif ours[0] == merged:
                ours.remove(survivor)
                ours.insert(0, survivor)
        return {holder: named[0] for holder, named in group.items()}

    def _everybody(self) -> Iterable[str]:
        return {*self.holders.values(), *(h for pair in self.merges for h in pair), *(v.holder for v in self.visits)}


MINUTE = timedelta(minutes=1)
