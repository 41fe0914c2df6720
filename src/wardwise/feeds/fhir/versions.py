"""Versions of resources: what a later one replaces or withdraws, and which come too late to say anything.

Each event carries the name of its resource and the version that told it as flags, so the log alone says what stands.
Only raws before the one that is read count, so reading a raw again gives the same.
"""

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache

from wardwise.feeds.fhir.version import Version, version_in
from wardwise.feeds.mapped.emitter import STATE
from wardwise.feeds.mapped.fact import fact_name
from wardwise.feeds.mapped.token import fingerprint
from wardwise.hospital.moment import iso, micros
from wardwise.loop.capture.event import About, Draft, Status
from wardwise.loop.capture.ids import event_id
from wardwise.loop.capture.inbox import Raw
from wardwise.loop.capture.kinds import kind_of
from wardwise.loop.capture.log import Log, Selection

RECORD = "record:"  # the flag that names the resource an event was read from
WITHDRAWN = "withdrawn"
UNCHANGED, DELETED = "record.unchanged", "record.deleted"

_RAWS, _SUBJECTS = 10_000, 20_000

Subject = tuple[str | None, str | None, frozenset[str]]


@dataclass(slots=True)
class Told:
    """What one version of a resource says. Not `whole`: part of it could not be read, so nothing is withdrawn."""

    record: str
    version: Version
    drafts: list[Draft]
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Pass:
    """One reading of a raw; `read` are the ids of the events read in it so far."""

    raw: Raw
    mapping: str
    read: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Entry:
    event: Draft
    version: Version
    sequence: int

    def before(self, now: Pass) -> bool:
        """Whether it was told by an earlier raw, or earlier in this one."""
        return self.event.id in now.read if self.event.raw == now.raw.id else self.sequence < now.raw.sequence


class Versions:
    """The resources of one feed."""

    def __init__(self, log: Log, *, site: str, source: str, kinds: frozenset[str]) -> None:
        """`kinds` are those that the feed's mapping can emit. The log is read only."""
        self._log, self._site, self._source, self._kinds = log, site, source, kinds
        self._subjects: OrderedDict[Subject, dict[str, list[_Entry]]] = OrderedDict()
        self._upto: int | None = None
        self._forgot = False
        self._gone: dict[str, list[_Entry]] | None = None
        self._sequence = lru_cache(maxsize=_RAWS)(self._read_sequence)

    def settled(self, told: Told, now: Pass) -> list[Draft] | None:
        """The events that a version adds; None when a later version, or the deletion, was read before."""
        entries = self._entries(told)
        before = [entry for entry in (*entries, *self._deletions().get(told.record, ())) if entry.before(now)]
        newest = max((entry.version for entry in before), default=None)
        late = newest is not None and told.version.told and told.version < newest
        kept = [marked for draft in told.drafts if (marked := self._kept(draft, told, before, late=late)) is not None]
        if not late and told.whole:
            kept += self._withdrawn(told, before, now)
        if not (kept or late or newest is None or told.version <= newest):
            kept = [self._note(UNCHANGED, told, now, told.drafts[0].about)]
        self._remember(kept, told.version, entries, now)
        return None if late and not kept else kept

    def deleted(self, told: Told, now: Pass) -> list[Draft]:
        """The withdrawals of a resource that is gone, and the note of it; none where that was told before."""
        gone = self._deletions().setdefault(told.record, [])
        known = [entry for entry in gone if entry.before(now)]
        if any(entry.version >= told.version for entry in known):
            return []
        standing = [entry for entry in self._all_of(told.record) if entry.before(now)]
        if told.version.told and any(entry.version > told.version for entry in standing):
            return []
        withdrawn = self._withdrawn(told, standing, now)
        for draft in withdrawn:
            entries = self._entries(Told(told.record, told.version, [draft]))
            self._remember([draft], told.version, entries, now)
        note = self._note(DELETED, told, now, About())
        self._remember([note], told.version, gone, now)
        return [*withdrawn, note]

    def _kept(self, draft: Draft, told: Told, before: list[_Entry], *, late: bool) -> Draft | None:
        """The draft with its flags and what it replaces; None where it says nothing new."""
        name = fact_name(draft)
        same = [entry for entry in before if fact_name(entry.event) == name]
        marked = _flagged(draft, told)
        if name is not None and name.startswith(STATE):
            return None if any(entry.version[:2] == told.version[:2] for entry in same) else marked
        # A fact without a time of its own has that of its version: told again later it says nothing new.
        timed = micros(draft.occurred_at) != told.version.recorded
        if late or (same and _content(same[-1].event, timed=timed) == _content(draft, timed=timed)):
            return None
        return replace(marked, supersedes=same[-1].event.id) if same else marked

    def _withdrawn(self, told: Told, before: list[_Entry], now: Pass) -> list[Draft]:
        """A cancellation of every fact that the version no longer states."""
        latest = {name: entry.event for entry in before if (name := fact_name(entry.event)) is not None}
        stated = {fact_name(draft) for draft in told.drafts}
        gone = {name: event for name, event in latest.items() if name not in stated and not name.startswith(STATE)}
        return [
            self._cancelled(name, event, told, now)
            for name, event in gone.items()
            if event.status is not Status.CANCELLED
        ]

    def _cancelled(self, name: str, event: Draft, told: Told, now: Pass) -> Draft:
        kind = kind_of(event.kind, event.version)
        draft = Draft(
            id=event_id(kind.letter, raw=now.raw.id, index=0, mapping=f"{now.mapping}/{told.version}/{name}"),
            kind=event.kind,
            version=event.version,
            occurred_at=event.occurred_at,
            source=self._source,
            raw=now.raw.id,
            about=event.about,
            status=Status.CANCELLED,
            supersedes=event.id,
            flags=(name, WITHDRAWN),
            payload=event.payload,
        )
        return _flagged(draft, told)

    def _note(self, kind: str, told: Told, now: Pass, about: About) -> Draft:
        place = f"{now.mapping}/{kind}/{told.record}/{told.version}"
        draft = Draft(
            id=event_id(kind_of(kind, 1).letter, raw=now.raw.id, index=0, mapping=place),
            kind=kind,
            occurred_at=now.raw.arrival.received_at,
            source=self._source,
            raw=now.raw.id,
            about=About(patient=about.patient, encounter=about.encounter),
            payload={"record": told.record.removeprefix(RECORD), "version": str(told.version)},
        )
        return _flagged(draft, told)

    def _remember(self, drafts: list[Draft], version: Version, entries: list[_Entry], now: Pass) -> None:
        known = {entry.event.id for entry in entries}
        entries += [_Entry(draft, version, now.raw.sequence) for draft in drafts if draft.id not in known]
        now.read.update(draft.id for draft in drafts)

    def _entries(self, told: Told) -> list[_Entry]:
        """What was told of a resource, in the order told."""
        about = told.drafts[0].about
        kinds = self._kinds if about.encounter or about.patient else frozenset(draft.kind for draft in told.drafts)
        subject = about.encounter, None if about.encounter else about.patient, kinds
        known = self._subjects.get(subject)
        if known is None:
            known = self._subjects[subject] = self._load(subject)
            if len(self._subjects) > _SUBJECTS:
                self._subjects.popitem(last=False)
                self._forgot = True
        else:
            self._subjects.move_to_end(subject)
        return known.setdefault(told.record, [])

    def _load(self, subject: Subject) -> dict[str, list[_Entry]]:
        encounter, patient, kinds = subject
        where = Selection(kinds=kinds | {UNCHANGED}, encounter=encounter, patient=patient)
        found: dict[str, list[_Entry]] = {}
        for event in self._events(where):
            if encounter or (event.about.encounter is None and event.about.patient == patient):
                _add(found, self._entry(event), event)
        return found

    def _deletions(self) -> dict[str, list[_Entry]]:
        if self._gone is None:
            self._gone = {}
            for event in self._events(Selection(kinds=frozenset({DELETED}))):
                _add(self._gone, self._entry(event), event)
        return self._gone

    def _all_of(self, record: str) -> list[_Entry]:
        """Everything told of a resource, whomever it was about: a deletion says no more than its name."""
        told = [e for e in self._events(Selection(kinds=self._kinds)) if record in e.flags and e.source == self._source]
        entries = [self._entry(event) for event in told]
        known = {entry.event.id for entry in entries}
        here = (each for subject in self._subjects.values() for each in subject.get(record, ()))
        return entries + [entry for entry in here if entry.event.id not in known and entry.event.kind != UNCHANGED]

    def _events(self, where: Selection) -> Iterator[Draft]:
        if self._upto is None:
            self._upto = self._log.head(self._site).position
        upto = None if self._forgot else self._upto
        after = 0
        while page := self._log.read(self._site, after=after, upto=upto, where=where):
            yield from page
            after = page[-1].position

    def _entry(self, event: Draft) -> _Entry:
        return _Entry(event, version_in(event.flags) or Version(), self._sequence(event.raw or ""))

    def _read_sequence(self, raw: str) -> int:
        dealt = self._log.disposition(self._site, raw)
        return dealt.sequence if dealt else 0


def _add(found: dict[str, list[_Entry]], entry: _Entry, event: Draft) -> None:
    for record in _records(event.flags):
        found.setdefault(record, []).append(entry)


def _records(flags: Iterable[str]) -> list[str]:
    return [flag for flag in flags if flag.startswith(RECORD)]


def _flagged(draft: Draft, told: Told) -> Draft:
    return replace(draft, flags=(*draft.flags, told.record, str(told.version)))


def _content(draft: Draft, *, timed: bool) -> str:
    about = draft.about
    whom = [about.unit, about.bed, about.patient, about.encounter, about.staff]
    return fingerprint([draft.payload, draft.status.value, *whom, *([iso(draft.occurred_at)] if timed else [])])
