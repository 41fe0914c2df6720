"""CSV and XLSX files to facts, by the feed's mapping: a file is one raw, a row is one part of it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from wardwise.feeds.files.blame import Blame
from wardwise.feeds.files.contents import contents
from wardwise.feeds.files.full import Covering, Told, withdrawn
from wardwise.feeds.files.rows import FINER
from wardwise.feeds.files.table import NEVER, Line, Row, table
from wardwise.feeds.files.workbook import DAY, MINUTE, SECOND
from wardwise.feeds.mapped.emitter import Emitter
from wardwise.feeds.mapped.fact import Facts
from wardwise.feeds.mapped.ground import Ground
from wardwise.feeds.mapped.harvest import Harvest
from wardwise.feeds.mapped.notes import Notes, Origin
from wardwise.feeds.mapped.time import instant_of
from wardwise.feeds.mapped.token import Tokens
from wardwise.feeds.mapped.trouble import PassedOver, Unreadable
from wardwise.feeds.reading import Quarantine, Reading
from wardwise.hospital.moment import Localised, localise
from wardwise.loop.capture.event import Draft, KnownBasis
from wardwise.loop.capture.inbox import Raw
from wardwise.loop.capture.log import Log
from wardwise.sites.csv_mapping import CsvMapping, Delivers
from wardwise.sites.feed import Feed
from wardwise.sites.load import SiteFolder
from wardwise.sites.mapping import edition_of

_REMEMBERED = 8_192
_LONGEST_REMEMBERED = 40
_CALCULATE = "Open the workbook in a spreadsheet program, let it calculate, save it and deliver it again."
_EMPTY = "empty: the file has no rows"

# How cells that are days and times show themselves.
_OF_CELLS = (f"{DAY} {MINUTE}", f"{DAY} {SECOND}", *FINER)

Known = tuple[datetime | None, KnownBasis]


class CsvReader:
    """`Reader` of one CSV feed. Pure but for its configuration and what the log already holds."""

    def __init__(self, folder: SiteFolder, feed: Feed, *, token_key: bytes, log: Log) -> None:
        """`feed` is a CSV feed of the folder; raises UnknownKind for a mapping that emits one."""
        mapping = folder.mappings[feed.name]
        assert isinstance(mapping, CsvMapping)  # noqa: S101 - the folder's own checks see to it
        self._mapping = mapping
        self._feed = feed
        self._version = f"{feed.name}@{edition_of(mapping)}"
        tokens = Tokens(token_key)
        self._of_text = _form(mapping, _ground(folder, feed, mapping, tokens))
        self._of_cells = _form(mapping, _ground(folder, feed, _in_cells(mapping), tokens))
        self._facts = Facts(log, site=folder.site.slug)

    def read(self, raw: Raw, now: datetime) -> Reading:
        """The facts of a file in its order; a row that cannot be read is set aside, a broken header all of it."""
        harvest = Harvest()
        seen: set[tuple[str, ...]] = set()
        rows, aside = 0, set[tuple[str, ...]]()
        try:
            held = contents(raw.arrival.body, self._mapping, self._feed.charset)
            origin = Origin(raw=raw.id, source=raw.arrival.source, mapping=self._version, now=now, flags=held.flags)
            form = self._of_cells if held.typed else self._of_text
            for line in table(held.rows, self._mapping):
                wrong = line.wrong or self._repeated(line, seen)
                if wrong:
                    harvest.aside(_bad(line, wrong))
                if (wrong or not form.take(line, harvest, origin=origin, ordinal=rows)) and form.covering:
                    aside.add(self._key(line))
                rows += 1
        except Unreadable as broken:
            return Reading(quarantine=broken.quarantine)
        if not rows:
            return Reading(ignored=_EMPTY)
        if form.covering:
            keyless = any("" in key for key in aside)
            told = Told(tuple(harvest.drafts), frozenset(map(form.covering.row, aside)), keyless)
            gone = withdrawn(told, self._facts, self._mapping, raw, origin=origin, first=rows * len(form.emitters))
            harvest.drafts += gone.drafts
            if gone.held_back:
                harvest.aside(gone.held_back)
        return harvest.reading(raw, self._facts)

    def _key(self, line: Line) -> tuple[str, ...]:
        return tuple(line.cells.get(name, "") for name in self._mapping.key)

    def _repeated(self, line: Line, seen: set[tuple[str, ...]]) -> str:
        key = self._key(line)
        if key in seen:
            return f"has the same {', '.join(self._mapping.key)} as a row before it"
        seen.add(key)
        return ""


@dataclass(frozen=True, slots=True)
class _Form:
    """The mapping as it reads text, or cells that have types."""

    emitters: tuple[Emitter[Row], ...]
    known_at: Callable[[Row, Notes], datetime | None] | None
    known_lag: timedelta | None
    blame: Blame
    covering: Covering | None

    def take(self, line: Line, harvest: Harvest, *, origin: Origin, ordinal: int) -> bool:
        """Whether a row was not set aside: all of it counts or nothing; what the mapping passes over is passed over."""
        try:
            drafts = self._drafts(line, harvest.notes, origin, ordinal)
        except PassedOver:
            return True
        except Unreadable as trouble:
            harvest.aside(self.blame.of(line, trouble.quarantine))
            return False
        if not drafts:
            harvest.aside(self.blame.unmatched(line))
        harvest.drafts += drafts
        return bool(drafts)

    def _drafts(self, line: Line, notes: Notes, origin: Origin, ordinal: int) -> list[Draft]:
        first = ordinal * len(self.emitters)
        marks = (self.covering.mark(line.cells),) if self.covering else ()
        found = []
        for place, emitter in enumerate(self.emitters):
            draft = emitter.draft(line.cells, notes, origin=origin, index=first + place)
            if draft is not None:
                found.append(self._dated(_marked(draft, marks), line.cells, notes, origin.now))
        return found

    def _dated(self, draft: Draft, row: Row, notes: Notes, now: datetime) -> Draft:
        at, basis = self._known(draft, row, notes)
        return draft if at is None else replace(draft, known_at=min(at, now), known_basis=basis)

    def _known(self, draft: Draft, row: Row, notes: Notes) -> Known:
        if self.known_at is not None:
            return self.known_at(row, notes), KnownBasis.OBSERVED
        if self.known_lag is not None:
            return draft.occurred_at + self.known_lag, KnownBasis.DECLARED
        return None, KnownBasis.OBSERVED


def _form(mapping: CsvMapping, ground: Ground[Row]) -> _Form:
    lag = mapping.known_lag_minutes
    return _Form(
        emitters=tuple(Emitter(emit, ground) for emit in mapping.emit),
        known_at=instant_of(mapping.known_at, ground) if mapping.known_at else None,
        known_lag=None if lag is None else timedelta(minutes=lag),
        blame=Blame(mapping, ground),
        covering=Covering(mapping, ground) if mapping.delivers is Delivers.FULL else None,
    )


def _marked(draft: Draft, marks: tuple[str, ...]) -> Draft:
    return replace(draft, flags=(*draft.flags, *marks)) if marks else draft


def _in_cells(mapping: CsvMapping) -> CsvMapping:
    """The mapping for a workbook, whose cells may be days and times by themselves."""
    formats = {"time_formats": (*mapping.time_formats, *_OF_CELLS), "date_formats": (*mapping.date_formats, DAY)}
    return mapping.model_copy(update=formats)


def _bad(line: Line, wrong: str) -> Quarantine:
    remedy = _CALCULATE if line.code == NEVER else "Correct the row and deliver it again."
    return Quarantine(line.code, f"line {line.number} {wrong}", remedy)


def _ground(folder: SiteFolder, feed: Feed, mapping: CsvMapping, tokens: Tokens) -> Ground[Row]:
    zone = folder.zone(feed.name)
    instant = _instants(mapping, zone)
    remembered = lru_cache(maxsize=_REMEMBERED)(instant)
    return Ground(
        site=folder.site.slug,
        units=folder.site.beds,
        zone=zone,
        tables=mapping.codes,
        tokens=tokens,
        place=lambda name: lambda row: row.get(name, ""),
        instant=lambda text, _row: remembered(text) if len(text) <= _LONGEST_REMEMBERED else instant(text),
        day=lambda text: _day(text, mapping),
        born=lambda _row: None,
    )


def _instants(mapping: CsvMapping, zone: str) -> Callable[[str], Localised]:
    def read(text: str) -> Localised:
        for form in mapping.time_formats:
            try:
                at = datetime.strptime(text, form)  # noqa: DTZ007 - the zone is the feed's
                return Localised(at.astimezone(UTC)) if at.tzinfo else localise(at, zone)
            except (ValueError, OverflowError):
                continue
        raise _unwritten("time")

    return read


def _day(text: str, mapping: CsvMapping) -> date:
    for form in mapping.date_formats:
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day, not an instant
        except ValueError:
            continue
    raise _unwritten("date")


def _unwritten(what: str) -> Unreadable:
    why = f"a {what} is written in none of the ways of `{what}_formats`"
    return Unreadable(f"bad-{what}", why, "Correct it at the source, or add how it is written to the mapping.")
