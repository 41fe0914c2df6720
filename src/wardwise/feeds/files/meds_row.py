"""One subject's rows of a MEDS table to facts: which stay each belongs to, what its code means, in which measure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from wardwise.feeds.mapped.measured import NON_NUMERIC, Scale, converted
from wardwise.feeds.mapped.notes import Notes
from wardwise.feeds.mapped.plausible import check_time, judge
from wardwise.feeds.mapped.token import Tokens
from wardwise.feeds.mapped.trouble import Unreadable
from wardwise.feeds.mapped.typed import number, spelled
from wardwise.hospital.moment import Localised, localise
from wardwise.hospital.place import unit_of
from wardwise.loop.capture.canonical import Json, decimal
from wardwise.loop.capture.event import About, Draft, KnownBasis, Status
from wardwise.loop.capture.ids import event_id, raw_id
from wardwise.loop.capture.kinds import kind_of
from wardwise.loop.capture.kinds.kind import Kind
from wardwise.sites.mapping import edition_of
from wardwise.sites.meds_mapping import MedsEntry, MedsMapping
from wardwise.sites.named import CONVERSIONS

OUTSIDE = "outside"  # the stay of facts that belong to none
LINGERS = timedelta(hours=24)  # an arrival that is followed by no admission holds what follows for so long

_BIRTH = "MEDS_BIRTH"
_OPENING = frozenset({"stay.arrived", "stay.registered", "stay.admitted"})
_REMEMBERED = 4_096


@dataclass(frozen=True, slots=True)
class MedsRow:
    """One row; `time` is naive and local, `instant` what the table says with an offset."""

    row: int
    subject: str
    time: datetime
    code: str
    number: str | None
    text: str | None
    stay: str | None
    instant: datetime | None = None


@dataclass(slots=True)
class _Period:
    """A patient's time in the house where the table does not name its stays."""

    count: int = 0
    since: datetime | None = None
    admitted: bool = False

    def name(self, kind: str, at: datetime) -> str:
        """The name of the period a fact belongs to; facts of stays begin and end it."""
        running = self.since is not None and (self.admitted or at - self.since <= LINGERS)
        if kind in _OPENING and not (running and not self.admitted):
            self.count += 1
            self.since, running = at, True
        name = str(self.count) if running else OUTSIDE
        self.admitted = running and (self.admitted or kind == "stay.admitted")
        if kind == "stay.discharged" or not running:
            self.since, self.admitted = None, False
        return name


class RowReader:
    """Reads rows through a mapping; the same rows always give the same facts."""

    def __init__(self, mapping: MedsMapping, site: str, zone: str, *, source: str, tokens: Tokens, file: str) -> None:
        """`file` is the SHA-256 of the table."""
        self._mapping = mapping
        self._site = site
        self._source = source
        self._tokens = tokens
        self._raw = raw_id(source, "", file)
        self._version = f"{source}@{edition_of(mapping)}"
        self._entry = lru_cache(maxsize=None)(mapping.entry)
        self._at = lru_cache(maxsize=_REMEMBERED)(lambda time: localise(time, zone))

    def facts(self, rows: list[MedsRow]) -> Iterator[Draft]:
        """The facts of one subject, whose rows are in the order of time."""
        born = next((row.time.date() for row in rows if row.code == _BIRTH), None)
        period = _Period()
        for row in rows:
            entry = self._entry(row.code)
            if entry is None:
                continue
            at = self._at(row.time) if row.instant is None else Localised(row.instant.astimezone(UTC))
            try:
                check_time(at.at, now=at.at, born=born)  # dates of research tables may lie in any century
            except Unreadable:
                continue
            yield self._fact(row, entry, at, stay=row.stay or period.name(entry.kind, at.at), born=str(born or ""))

    def _fact(self, row: MedsRow, entry: MedsEntry, at: Localised, *, stay: str, born: str) -> Draft:
        kind = kind_of(entry.kind, 1)
        notes = Notes(flags=list(at.flags))
        payload = {**_constants(entry, kind), **self._value(row, entry, notes)}
        if born and any(field.name == "born" for field in kind.fields):
            payload.setdefault("born", born)
        judge(entry.kind, payload, notes)
        lag = entry.known_lag_minutes if entry.known_lag_minutes is not None else self._mapping.known_lag_minutes
        authority = self._mapping.authority
        return Draft(
            id=event_id(kind.letter, raw=self._raw, index=row.row, mapping=self._version),
            kind=kind.name,
            version=kind.version,
            occurred_at=at.at,
            known_at=at.at + timedelta(minutes=lag or 0),
            known_basis=KnownBasis.ASSUMED if lag is None else KnownBasis.DECLARED,
            source=self._source,
            raw=self._raw,
            sequence=row.row,
            about=About(
                unit=unit_of(self._site, entry.unit) if entry.unit else None,
                patient=self._tokens.of(authority, row.subject),
                encounter=self._tokens.of(f"{authority}/stay", f"{row.subject}/{stay}"),
            ),
            status=Status.SUSPECT if notes.doubted else Status.FINAL,
            flags=tuple(notes.flags),
            payload=payload,
        )

    def _value(self, row: MedsRow, entry: MedsEntry, notes: Notes) -> dict[str, Json]:
        found = number(row.number) if row.number else None
        if entry.words is not None:
            word = self._word(entry.words, row, found)
            if word is None:
                notes.doubt(f"unknown-code:{entry.words}")
            return {} if word is None else {"word": word}
        if not entry.ucum:
            return {}
        if found is None:
            if row.text:
                notes.doubt(NON_NUMERIC)
            return {}
        if entry.conversion is None:
            return {"value": decimal(float(found)), "ucum": entry.ucum}
        scale = Scale(entry.ucum, CONVERSIONS[entry.conversion])
        return converted(found, scale, measure=row.code.rsplit("//", 1)[-1])

    def _word(self, name: str, row: MedsRow, found: Decimal | None) -> str | None:
        table: Mapping[str, object] = self._mapping.codes[name]
        asked = row.text if found is None else _plain(found)
        cell = table.get(asked or "")
        return cell if isinstance(cell, str) else None


def _plain(found: Decimal) -> str:
    """`4.0` and `4` are one key of a table."""
    return format(found.normalize(), "f")


def _constants(entry: MedsEntry, kind: Kind) -> dict[str, Json]:
    integers = {field.name for field in kind.fields if field.type == "integer"}
    texts = {name: spelled(cell) for name, cell in entry.payload.items()}
    return {name: int(text) if name in integers else text for name, text in texts.items()}
