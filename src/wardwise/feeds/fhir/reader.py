"""FHIR resources to facts, by the feed's mapping and nothing else."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from itertools import groupby

from wardwise.feeds.fhir.delivery import Deleted, Delivery
from wardwise.feeds.fhir.document import TYPE, Resource, read_resource, text
from wardwise.feeds.fhir.moments import day, instant
from wardwise.feeds.fhir.seen import Seen, birth, place
from wardwise.feeds.fhir.versions import RECORD, Pass, Told, Versions
from wardwise.feeds.mapped.emitter import Emitter
from wardwise.feeds.mapped.ground import Ground
from wardwise.feeds.mapped.harvest import NOTHING_NEW, Harvest
from wardwise.feeds.mapped.notes import Origin
from wardwise.feeds.mapped.token import Tokens
from wardwise.feeds.mapped.trouble import PassedOver, UnknownCode, Unreadable
from wardwise.feeds.reading import Quarantine, Reading
from wardwise.hospital.moment import Localised
from wardwise.loop.capture.event import Draft
from wardwise.loop.capture.inbox import Raw
from wardwise.loop.capture.log import Log
from wardwise.sites.emit import Emit
from wardwise.sites.feed import Feed
from wardwise.sites.fhir_mapping import FhirMapping
from wardwise.sites.kinds import kinds_in
from wardwise.sites.load import SiteFolder
from wardwise.sites.mapping import edition_of

OUTDATED = "outdated: a later version was read before"
EMPTY = "empty: no resources"

_REMEMBERED = 8_192
_LONGEST_REMEMBERED = 40


@dataclass(frozen=True, slots=True)
class _Rule:
    """The emitters of a type of resource, those together that look at the items of one list."""

    parts: tuple[tuple[str | None, tuple[Emitter[Seen], ...]], ...]
    otherwise: str | None


@dataclass(slots=True)
class _Work:
    """One reading: what is gathered, the pass it belongs to, and why resources gave nothing."""

    harvest: Harvest
    now: Pass
    origin: Origin
    passed: Counter[str]
    index: int = 0


class FhirReader:
    """`Reader` of one FHIR feed. Pure but for its configuration and what the log already holds."""

    def __init__(self, folder: SiteFolder, feed: Feed, *, token_key: bytes, log: Log) -> None:
        """`feed` is a FHIR feed of the folder; raises UnknownKind for a mapping that emits one."""
        mapping = folder.mappings[feed.name]
        assert isinstance(mapping, FhirMapping)  # noqa: S101 - the folder's own checks see to it
        zone = folder.zone(feed.name)
        self._feed = feed
        self._version = f"{feed.name}@{edition_of(mapping)}"
        self._tokens = Tokens(token_key)
        self._instant = lru_cache(maxsize=_REMEMBERED)(lambda written: instant(written, zone))
        self._zone = zone
        ground = self._ground(folder, mapping)
        self._rules = {rule.match.type: _Rule(_parts(rule.emit, ground), rule.otherwise) for rule in mapping.rules}
        self._ignored = {each.match.type: each.reason for each in mapping.ignore}
        self._versions = Versions(log, site=folder.site.slug, source=feed.name, kinds=kinds_in(mapping))

    def read(self, raw: Raw, now: datetime) -> Reading:
        """The facts of all resources of a body; a resource that cannot be read is set aside, a broken body whole."""
        try:
            delivery = Delivery.of(read_resource(raw.arrival.body))
        except Unreadable as refused:
            return Reading(quarantine=refused.quarantine)
        origin = Origin(raw=raw.id, source=raw.arrival.source, mapping=self._version, now=now)
        work = _Work(Harvest(), Pass(raw, self._version), origin, Counter())
        for resource in delivery.resources:
            self._take(resource, delivery, work)
        for gone in delivery.deleted:
            self._gone(gone, work)
        return _reading(work)

    def _take(self, resource: Resource, delivery: Delivery, work: _Work) -> None:
        kind = text(resource, TYPE)
        rule = self._rules.get(kind)
        if rule is None:
            self._unread(kind, work)
            return
        seen = Seen(resource, delivery, self._clock)
        told = Told(self._record(kind, text(resource, "id")), seen.version, [])
        try:
            told.whole = self._gather(seen, rule, work, told.drafts)
        except Unreadable as trouble:  # a code or time that nobody knows may change all of it
            _aside(work, kind, trouble.quarantine)
            return
        told.version = seen.version
        if told.drafts:
            settled = self._versions.settled(told, work.now) if told.record else told.drafts
            work.passed.update([OUTDATED] if settled is None else [] if settled else [NOTHING_NEW])
            work.harvest.drafts += settled or ()
        elif told.whole:
            self._nothing(kind, rule, work)

    def _gather(self, seen: Seen, rule: _Rule, work: _Work, drafts: list[Draft]) -> bool:
        """Fill the drafts; whether all of the resource could be read. Raises Unreadable where none of it counts."""
        whole = True
        for head, emitters in rule.parts:
            for spot in seen.each(head) if head else (seen,):
                for emitter in emitters:
                    whole = self._emit(emitter, spot, work, drafts) and whole
        return whole

    def _emit(self, emitter: Emitter[Seen], spot: Seen, work: _Work, drafts: list[Draft]) -> bool:
        work.index += 1
        try:
            draft = emitter.draft(spot, work.harvest.notes, origin=work.origin, index=work.index)
        except PassedOver:
            return True
        except UnknownCode:
            raise
        except Unreadable as trouble:
            _aside(work, text(spot.resource, TYPE), trouble.quarantine)
            return False
        if draft is not None:
            drafts.append(draft)
        return True

    def _gone(self, gone: Deleted, work: _Work) -> None:
        if gone.type not in self._rules:
            self._unread(gone.type, work)
            return
        withdrawn = self._versions.deleted(Told(self._record(gone.type, gone.id), gone.version, []), work.now)
        work.harvest.drafts += withdrawn
        work.passed.update([] if withdrawn else [NOTHING_NEW])

    def _record(self, kind: str, name: str) -> str:
        return RECORD + self._tokens.fact("record", (self._feed.name, kind, name)) if name else ""

    def _unread(self, kind: str, work: _Work) -> None:
        if kind in self._ignored:
            work.passed[self._ignored[kind]] += 1
            return
        why = (
            f"no rule of the feed's mapping is for resources of the type {kind[:40] if kind.isalpha() else '(strange)'}"
        )
        remedy = "Add a rule, or list the type under `ignore` with a reason; then read the raw again."
        work.harvest.aside(Quarantine("no-rule", why, remedy))

    def _nothing(self, kind: str, rule: _Rule, work: _Work) -> None:
        if rule.otherwise:
            work.passed[rule.otherwise] += 1
            return
        why = "the mapping has a rule for this resource but it gave no event"
        remedy = "Add what is missing to the mapping, or give the rule an `otherwise`; then read the raw again."
        _aside(work, kind, Quarantine("nothing-mapped", why, remedy))

    def _clock(self, written: str) -> datetime | None:
        found = self._localised(written)
        return None if found is None else found.at

    def _localised(self, written: str) -> Localised | None:
        return self._instant(written) if len(written) <= _LONGEST_REMEMBERED else instant(written, self._zone)

    def _ground(self, folder: SiteFolder, mapping: FhirMapping) -> Ground[Seen]:
        return Ground(
            site=folder.site.slug,
            units=folder.site.beds,
            zone=self._zone,
            tables=mapping.codes,
            tokens=self._tokens,
            place=place,
            instant=lambda written, _seen: self._localised(written),
            day=day,
            born=birth,
        )


def _reading(work: _Work) -> Reading:
    """What was gathered; a quarantine where there was nothing but trouble."""
    harvest = work.harvest
    problems = harvest.told_aside()
    ignored = "; ".join(f"{reason} ({count})" if count > 1 else reason for reason, count in work.passed.items())
    if problems and not harvest.drafts and not ignored:
        return Reading(quarantine=problems[0], problems=problems[1:])
    identities = tuple(harvest.notes.identities.values())
    said = ignored or ("" if harvest.drafts or problems else EMPTY)
    return Reading(tuple(harvest.drafts), ignored=said, identities=identities, problems=problems)


def _aside(work: _Work, kind: str, problem: Quarantine) -> None:
    work.harvest.aside(replace(problem, why=f"{kind}: {problem.why}"))


def _parts(emits: Iterable[Emit], ground: Ground[Seen]) -> tuple[tuple[str | None, tuple[Emitter[Seen], ...]], ...]:
    return tuple(
        (head, tuple(Emitter(emit, ground) for emit in each))
        for head, each in groupby(emits, key=lambda emit: emit.for_each)
    )
