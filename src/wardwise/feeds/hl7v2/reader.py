"""HL7 v2 messages to facts, by the feed's mapping and nothing else."""

import re
from collections.abc import Callable, Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import groupby

from wardwise.feeds.hl7v2.each import each
from wardwise.feeds.hl7v2.errors import BadTimestamp, HL7Error
from wardwise.feeds.hl7v2.hours import Hours
from wardwise.feeds.hl7v2.message import Message
from wardwise.feeds.hl7v2.place import Seen, Visit, birth, place_of
from wardwise.feeds.hl7v2.sort import Choices, Told
from wardwise.feeds.hl7v2.timestamps import read_day, read_format
from wardwise.feeds.hl7v2.visit import once_a_visit
from wardwise.feeds.mapped.emitter import Emitter
from wardwise.feeds.mapped.fact import Facts
from wardwise.feeds.mapped.ground import Ground
from wardwise.feeds.mapped.harvest import Harvest
from wardwise.feeds.mapped.notes import Origin
from wardwise.feeds.mapped.token import Tokens
from wardwise.feeds.mapped.trouble import PassedOver, UnknownCode, Unreadable
from wardwise.feeds.reading import Quarantine, Reading
from wardwise.hospital.moment import Localised, localise
from wardwise.loop.capture.inbox import Raw
from wardwise.loop.capture.log import Log
from wardwise.sites.feed import Feed
from wardwise.sites.hl7_mapping import Hl7Ignored, Hl7Mapping, Hl7Rule
from wardwise.sites.load import SiteFolder
from wardwise.sites.mapping import edition_of

_NAME = re.compile(r"[A-Z][A-Z0-9]{2}")


@dataclass(frozen=True, slots=True)
class _Part:
    """Emits that look at the same segments: the message, or each segment of a name."""

    head: str | None
    emitters: tuple[Emitter[Seen], ...]
    names: AbstractSet[bytes]

    def spots(self, seen: Seen, message: Message) -> Iterable[Seen]:
        """What to look at, one after the other."""
        if self.head is None:
            return (seen,)
        visits: dict[tuple[bytes, bytes], Visit] = {}
        groups = each(message, self.head, self.names)
        return (seen.within(scope, visits.setdefault(visit, {})) for visit, scope in groups)


class Hl7Reader:
    """`Reader` of one HL7 v2 feed. Pure but for its configuration and what the log already holds."""

    def __init__(self, folder: SiteFolder, feed: Feed, *, token_key: bytes, log: Log) -> None:
        """`feed` is an HL7 v2 feed of the folder; raises UnknownKind for a mapping that emits one."""
        mapping = folder.mappings[feed.name]
        assert isinstance(mapping, Hl7Mapping)  # noqa: S101 - the folder's own checks see to it
        self._mapping = mapping
        self._feed = feed
        self._zone = folder.zone(feed.name)
        self._version = f"{feed.name}@{edition_of(mapping)}"
        self._hours = Hours(self._zone)
        names: set[bytes] = set()
        ground = self._ground(folder, Tokens(token_key), names)
        self._rules = [(rule, _parts(rule, ground, names)) for rule in mapping.rules]
        self._choices = Choices(self._choose)
        self._facts = Facts(log, site=folder.site.slug)

    def read(self, raw: Raw, now: datetime) -> Reading:
        """The facts of a message in its order; what cannot be one is set aside with its reason."""
        try:
            message = Message.parse(raw.arrival.body, default_charset=self._feed.charset)
        except HL7Error as error:
            return Reading(quarantine=Quarantine("not-hl7", str(error), "Ask the sender to correct it."))
        seen = Seen.of(message)
        chosen = self._choices.of(seen)
        if isinstance(chosen, Reading):
            return chosen
        rule, parts = chosen
        origin = Origin(raw=raw.id, source=raw.arrival.source, mapping=self._version, now=now, flags=message.flags)
        harvest = Harvest()
        try:
            unused = _gather((seen, message), parts, harvest, origin)
        except UnknownCode as unknown:
            return Reading(quarantine=unknown.quarantine)
        if rule.otherwise and harvest.empty:
            return Reading(ignored=rule.otherwise)
        return harvest.reading(raw, self._facts, unused=unused)

    def _ground(self, folder: SiteFolder, tokens: Tokens, names: set[bytes]) -> Ground[Seen]:
        """`names` gathers the segments that the mapping asks for."""

        def place(text: str) -> Callable[[Seen], str]:
            names.add(text[:3].encode("ascii"))
            return place_of(text)

        return Ground(
            site=folder.site.slug,
            units=folder.site.beds,
            zone=self._zone,
            tables=self._mapping.codes,
            tokens=tokens,
            place=place,
            instant=self._instant,
            day=self._day,
            born=birth,
            once_a_visit=once_a_visit,
            two_digit_years=any("%y" in written for written in self._mapping.date_formats),
        )

    def _instant(self, text: str, seen: Seen) -> Localised | None:
        if text not in seen.instants:
            seen.instants[text] = self._read_stamp(text, seen.header)
        return seen.instants[text]

    def _read_stamp(self, text: str, header: str) -> Localised | None:
        for written in self._mapping.time_formats:
            if (naive := read_format(text, written)) is not None:
                return Localised(naive.astimezone(UTC)) if naive.tzinfo else localise(naive, self._zone)
        try:
            return self._hours.instant(text, header)
        except BadTimestamp as bad:
            raise Unreadable("bad-time", str(bad), "Ask the sender to write times as HL7 v2 has them.") from None

    def _day(self, text: str) -> date | None:
        for written in self._mapping.date_formats:
            if (found := read_format(text, written)) is not None:
                return found.date()
        return _day(text)

    def _choose(self, told: Told) -> tuple[Hl7Rule, tuple[_Part, ...]] | Reading:
        """What to do with messages of this sort; what is said of them where no rule is for them."""
        found = next(((rule, parts) for rule, parts in self._rules if told.fits(rule.match)), None)
        return self._without_rule(told) if found is None else found

    def _without_rule(self, told: Told) -> Reading:
        ignored: Hl7Ignored | None = next((each for each in self._mapping.ignore if told.fits(each.match)), None)
        if ignored is not None:
            return Reading(ignored=ignored.reason)
        names = [name for name in (told.type, told.trigger) if _NAME.fullmatch(name)]
        shown = f" {'^'.join(names)}" if names else ""
        return Reading(
            quarantine=Quarantine(
                "no-rule",
                f"no rule of the feed's mapping is for this type of message{shown}",
                "Add a rule, or list the type under `ignore` with a reason; then read the raw again.",
            )
        )


def _gather(read: tuple[Seen, Message], parts: tuple[_Part, ...], harvest: Harvest, origin: Origin) -> str:
    """Fill the harvest; says which segments had no rule."""
    seen, message = read
    index = 0
    unused: list[str] = []
    for part in parts:
        spots = met = 0
        for spot in part.spots(seen, message):
            tried = [_try(e, spot, harvest, origin=origin, index=index + n) for n, e in enumerate(part.emitters)]
            index += len(tried)
            spots += 1
            met += any(tried)
        if part.head and met < spots:
            unused.append(f"{spots - met} of {spots} {part.head} have no rule")
    return ", ".join(unused)


def _try(emitter: Emitter[Seen], seen: Seen, harvest: Harvest, *, origin: Origin, index: int) -> bool:
    """Whether the mapping means something by these segments."""
    try:
        draft = emitter.draft(seen, harvest.notes, origin=origin, index=index)
    except PassedOver:
        return True
    except UnknownCode:
        raise
    except Unreadable as trouble:
        harvest.aside(trouble.quarantine)
        return True
    if draft is None:
        return False
    harvest.drafts.append(draft)
    return True


def _parts(rule: Hl7Rule, ground: Ground[Seen], names: AbstractSet[bytes]) -> tuple[_Part, ...]:
    return tuple(
        _Part(head, tuple(Emitter(emit, ground) for emit in emits), names)
        for head, emits in groupby(rule.emit, key=lambda emit: emit.for_each)
    )


def _day(text: str) -> date | None:
    """A birth date or the like; None where it says less than a day. Raises Unreadable."""
    try:
        return read_day(text)
    except BadTimestamp as bad:
        raise Unreadable("bad-value", str(bad), "Ask the sender to write dates as YYYYMMDD.") from None
