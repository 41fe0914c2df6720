"""Full files: what stood before for the stretch a file covers, and is not in it, is withdrawn.

Each fact of such a feed carries a mark of the list and the day it belongs to; the marks of a file span its stretch.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

from wardwise.feeds.files.table import Row
from wardwise.feeds.mapped.emitter import COVERS
from wardwise.feeds.mapped.fact import Facts, fact_name, mark_of
from wardwise.feeds.mapped.ground import Ground
from wardwise.feeds.mapped.notes import Origin
from wardwise.feeds.mapped.trouble import Unreadable
from wardwise.feeds.reading import Quarantine
from wardwise.loop.capture.event import Draft, KnownBasis, Status
from wardwise.loop.capture.ids import event_id
from wardwise.loop.capture.inbox import Raw
from wardwise.loop.capture.kinds import kind_of
from wardwise.sites.csv_mapping import Covers, CsvMapping
from wardwise.sites.kinds import kinds_in

_UNREAD = Quarantine(
    "not-withdrawn",
    "what this full file leaves out still stands, because it has rows that could not be told apart",
    "Correct those rows and deliver the whole file again.",
)


@dataclass(frozen=True, slots=True)
class Covering:
    """Which list, day and row a fact belongs to."""

    mapping: CsvMapping
    ground: Ground[Row]

    def mark(self, row: Row) -> str:
        """The flag of the row's facts; raises Unreadable where the day cannot be read."""
        covers = self.mapping.covers
        named = self.ground.tokens.fact("covers", tuple(row.get(name, "") for name in covers.within))
        day = self._day(row.get(covers.day, "")) if covers.day else ""
        return f"{COVERS}{named}:{day}:{self.row(tuple(row.get(name, '') for name in self.mapping.key))}"

    def _day(self, text: str) -> str:
        found = self.ground.day(text)
        if found is None:
            raise Unreadable("bad-date", "the row does not say its day", "Fill it in at the source.")
        return found.isoformat()

    def row(self, key: tuple[str, ...]) -> str:
        """The name of a row by what stands in its key columns; tells nothing of that."""
        return self.ground.tokens.fact("row", key)


@dataclass(frozen=True, slots=True)
class Told:
    """What a full file says: its facts and the names of rows that were set aside; `unread` where one had no key."""

    drafts: Sequence[Draft]
    aside: frozenset[str]
    unread: bool


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """Facts that a file withdraws, or why it withdraws none."""

    drafts: tuple[Draft, ...] = ()
    held_back: Quarantine | None = None


def withdrawn(told: Told, facts: Facts, mapping: CsvMapping, raw: Raw, *, origin: Origin, first: int) -> Withdrawn:
    """The facts that stood for the stretch of a file and that it does not tell; `first` is the first free index.

    A row that was set aside keeps what it told before. Nothing is withdrawn where such a row could not be told apart,
    nor where more than the mapping's share of what stood would go.
    """
    days = _days(told.drafts)
    standing = facts.standing(kinds_in(mapping), _stretch(days), raw)
    named = {fact_name(draft) for draft in told.drafts}
    gone = [
        standing[name]
        for name in sorted(standing.keys() - named)
        if mark_of(standing[name]).rpartition(":")[2] not in told.aside
    ]
    if gone and told.unread:
        return Withdrawn(held_back=_UNREAD)
    far = _too_far(days, mapping.covers) if gone else None
    if far:
        return Withdrawn(held_back=far)
    most = mapping.covers.withdraws_at_most_percent
    if 100 * len(gone) > most * len(standing):
        return Withdrawn(held_back=_cut_off(len(gone), len(standing), most))
    return Withdrawn(tuple(_taken_back(each, origin, first + place) for place, each in enumerate(gone)))


def _taken_back(draft: Draft, origin: Origin, index: int) -> Draft:
    """The fact cancelled, as known since the file came: what it leaves out, nobody said earlier."""
    letter = kind_of(draft.kind, draft.version).letter
    return replace(
        draft,
        id=event_id(letter, raw=origin.raw, index=index, mapping=origin.mapping),
        raw=origin.raw,
        status=Status.CANCELLED,
        supersedes=None,
        flags=tuple(flag for flag in draft.flags if flag in {fact_name(draft), mark_of(draft)}),
        known_at=origin.now,
        known_basis=KnownBasis.OBSERVED,
    )


def _cut_off(gone: int, stood: int, most: int) -> Quarantine:
    return Quarantine(
        "not-withdrawn",
        f"this full file leaves out {gone} of {stood} that stood, more than {most}%; they still stand",
        "See whether it was cut off. If it is right, raise `covers.withdraws_at_most_percent` of the mapping.",
    )


def _too_far(days: Mapping[str, Collection[str]], covers: Covers) -> Quarantine | None:
    """Why the days of a list cannot be its stretch: it is longer than a file is, or days are missing in it."""
    for each in days.values():
        found = sorted(date.fromisoformat(day) for day in each if day)
        reach = (found[-1] - found[0]).days + 1 if found else 0
        if reach > covers.days_at_most:
            return _mistyped(f"reaches over {reach} days, more than {covers.days_at_most}", "days_at_most")
        gap = max(((after - before).days for before, after in pairwise(found)), default=0)
        if gap > covers.gap_at_most_days:
            return _mistyped(f"has no row for {gap - 1} days on end within its stretch", "gap_at_most_days")
    return None


def _mistyped(what: str, setting: str) -> Quarantine:
    return Quarantine(
        "not-withdrawn",
        f"this full file {what}; what it leaves out still stands",
        f"See whether one of its days is mistyped. If they are right, raise `covers.{setting}` of the mapping.",
    )


def _days(drafts: Iterable[Draft]) -> Mapping[str, Collection[str]]:
    """The days that these facts are of, by list."""
    days: dict[str, set[str]] = {}
    for draft in drafts:
        _, of, day, _ = mark_of(draft).split(":")
        days.setdefault(of, set()).add(day)
    return days


def _stretch(days: Mapping[str, Collection[str]]) -> Callable[[str], bool]:
    """Whether a mark is of one of these lists and lies between the first and the last day of it here."""
    spans = {of: (min(each), max(each)) for of, each in days.items()}

    def holds(mark: str) -> bool:
        _, of, day, _ = mark.split(":")
        return of in spans and spans[of][0] <= day <= spans[of][1]

    return holds
