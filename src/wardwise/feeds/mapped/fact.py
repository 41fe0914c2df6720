"""What a later event of the same fact replaces: a reading of the log and of this run, the same for every re-reading.

An event whose mapping gives a `fact_key` carries the key's name as a flag. Before a draft with the same name stands,
in the order of the raws, at most one latest event: with the same content the draft is dropped, with other content it
supersedes it (a `state_key` names what changes with time: there it replaces nothing). Both depend on raws before this
one alone, so reading a raw again gives the same.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from wardwise.feeds.mapped.emitter import COVERS, FACT, STATE
from wardwise.feeds.mapped.token import fingerprint
from wardwise.hospital.moment import iso
from wardwise.loop.capture.event import Draft, Event, Status
from wardwise.loop.capture.inbox import Raw
from wardwise.loop.capture.log import Log, Selection

REPLACES_UNKNOWN = "replaces-unknown"  # a correction or withdrawal of something never heard of

_TIMED = "stay."  # when a movement was is what it says; an order's or a result's own time is part of its key
_RAWS = 10_000
_SUBJECTS = 4_000  # how many stays are remembered; the log is asked again for others
_CORRECTING = frozenset({Status.CORRECTED, Status.CANCELLED})


@dataclass(frozen=True, slots=True)
class _Entry:
    id: str
    content: str
    raw: str
    sequence: int
    draft: Draft | None = None  # kept of full files' facts, which a later file may withdraw


_Known = dict[str, list[_Entry]]


class Facts:
    """The facts of one feed."""

    def __init__(self, log: Log, *, site: str) -> None:
        """`log` is read only, and only what stood in it before this process first asked."""
        self._log = log
        self._site = site
        self._subjects: OrderedDict[tuple[str, str | None], _Known] = OrderedDict()
        self._upto: int | None = None
        self._forgot = False
        self._sequence = lru_cache(maxsize=_RAWS)(self._read_sequence)

    def settled(self, drafts: list[Draft], raw: Raw) -> list[Draft]:
        """The drafts of one raw that say something new, naming what they replace."""
        ids: set[str] = set()
        kept = []
        for draft in drafts:
            name = fact_name(draft)
            settled = draft if name is None else self._settle(draft, name, raw=raw, read=ids)
            if settled is not None:
                kept.append(settled if settled.supersedes or draft.status not in _CORRECTING else _unknown(settled))
            ids.add(draft.id)
        return kept

    def standing(self, kinds: Iterable[str], covered: Callable[[str], bool], raw: Raw) -> dict[str, Draft]:
        """What full files of its source, before this raw, told of a stretch and none withdrew since, by their names.

        `covered` says whether a mark lies in the stretch.
        """
        found: dict[str, Draft] = {}
        for kind in sorted(kinds):
            for name, entries in self._of_subject((kind, None)).items():
                last = _before(entries, raw=raw, read=set())
                draft = last.draft if last is not None else None
                if draft is None or draft.status is Status.CANCELLED or draft.source != raw.arrival.source:
                    continue
                if covered(mark_of(draft)):
                    found[name] = draft
        return found

    def _settle(self, draft: Draft, name: str, *, raw: Raw, read: set[str]) -> Draft | None:
        entries = self._subject(draft).setdefault(name, [])
        before = _before(entries, raw=raw, read=read)
        content = _content(draft)
        if before is not None and before.content == content:
            return None
        if all(entry.id != draft.id for entry in entries):
            entries.append(_Entry(draft.id, content, raw.id, raw.sequence, draft if mark_of(draft) else None))
        return replace(draft, supersedes=before.id) if before is not None and name.startswith(FACT) else draft

    def _subject(self, draft: Draft) -> _Known:
        return self._of_subject((draft.kind, None if mark_of(draft) else draft.about.encounter))

    def _of_subject(self, key: tuple[str, str | None]) -> _Known:
        known = self._subjects.get(key)
        if known is None:
            known = self._subjects[key] = self._load(*key)
            if len(self._subjects) > _SUBJECTS:
                self._subjects.popitem(last=False)
                self._forgot = True
        else:
            self._subjects.move_to_end(key)
        return known

    def _load(self, kind: str, encounter: str | None) -> _Known:
        if self._upto is None:
            self._upto = self._log.head(self._site).position
        upto = None if self._forgot else self._upto
        where = Selection(kinds=frozenset({kind}), encounter=encounter)
        known: _Known = {}
        after = 0
        while page := self._log.read(self._site, after=after, upto=upto, where=where):
            for event in page:
                self._add(event, known)
            after = page[-1].position
        return known

    def _add(self, event: Event, known: _Known) -> None:
        name = fact_name(event)
        if name is None or event.raw is None:
            return
        kept = _as_told(event) if mark_of(event) else None
        entry = _Entry(event.id, _content(event), event.raw, self._sequence(event.raw), kept)
        known.setdefault(name, []).append(entry)

    def _read_sequence(self, raw: str) -> int:
        dealt = self._log.disposition(self._site, raw)
        return dealt.sequence if dealt else 0


def fact_name(draft: Draft) -> str | None:
    """The flag that names the draft's fact or state, if its mapping gives them names."""
    return next((flag for flag in draft.flags if flag.startswith((FACT, STATE))), None) if draft.flags else None


def mark_of(draft: Draft) -> str:
    """The flag that says which list, day and row of a full file a fact belongs to; empty where it has none."""
    return next((flag for flag in draft.flags if flag.startswith(COVERS)), "") if draft.flags else ""


def _as_told(event: Event) -> Draft:
    """The event as the draft it was, without its place in the log."""
    return Draft(**{name: getattr(event, name) for name in Draft.__dataclass_fields__})


def _before(entries: list[_Entry], *, raw: Raw, read: set[str]) -> _Entry | None:
    """The latest of an earlier raw, or of this one if it was read before in it."""
    fitting = (
        entry
        for entry in reversed(entries)
        if (entry.id in read if entry.raw == raw.id else entry.sequence < raw.sequence)
    )
    return next(fitting, None)


def _content(draft: Draft) -> str:
    about = draft.about
    content = [draft.payload, draft.status.value, about.unit, about.bed, about.patient, about.staff]
    if draft.kind.startswith(_TIMED) and not any(flag.startswith(STATE) for flag in draft.flags):
        content.append(iso(draft.occurred_at))
    return fingerprint(content)


def _unknown(draft: Draft) -> Draft:
    return replace(draft, flags=(*draft.flags, REPLACES_UNKNOWN))
