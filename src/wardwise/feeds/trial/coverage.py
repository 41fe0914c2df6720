"""What messages hold that their mapping does not read: counts of fields, and codes that no table knows.

Nothing of a patient comes out: of fields only names and counts; of texts only those of fields that hold codes and have
the look of one, all others are counted.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from wardwise.feeds.hl7v2.each import each
from wardwise.feeds.hl7v2.errors import HL7Error
from wardwise.feeds.hl7v2.message import Message
from wardwise.feeds.hl7v2.place import Seen
from wardwise.feeds.hl7v2.sort import Told
from wardwise.feeds.intake import read_one
from wardwise.feeds.mapped.ground import NULL
from wardwise.feeds.mapped.notes import Notes
from wardwise.feeds.reading import Reader
from wardwise.feeds.trial.asked import Asked, Lookup, asked_of, field_of, fields_of
from wardwise.loop.capture.inbox import Raw
from wardwise.sites.hl7_mapping import Hl7Mapping, Hl7Rule

NOT_SHOWN = "(not shown)"

_ALWAYS_READ = frozenset({"EVN-1", "PID-7"})
_ENVELOPE = frozenset({"MSH", "FHS", "BHS", "BTS", "FTS"})
_CODED_FIELDS = (
    "PV1-2 PV1-3 PV1-4 PV1-6 PV1-10 PV1-14 PV1-18 PV1-36 PV1-42 PID-8 OBX-2 OBX-3 OBX-6 OBX-8 OBX-11 OBR-4 OBR-5 OBR-27"
    " ORC-1 ORC-5 ORC-7 TQ1-9 NPU-1 NPU-2 MFE-1 LOC-1 STF-8 STF-19 ORG-2 TXA-2 TXA-17 TXA-19 SCH-10 SCH-25 AIL-3 AIS-3 "
    "ZBE-4 ZBE-6 RXO-1"
)
_CODED = frozenset(_CODED_FIELDS.split())
_CODE = re.compile(r"[A-Za-z0-9%/*+\[][A-Za-z0-9 .:/&%*^+\[\]_-]{0,23}")
_NUMBER_OF_A_PERSON = re.compile(r"[0-9]{8}")  # a code has fewer digits in a row, a record number may stand anywhere
_TYPE, _TRIGGER, _SEGMENT = (re.compile(form) for form in (r"[A-Z][A-Z0-9]{2}", r"[A-Z0-9]{1,4}", r"[A-Z][A-Z0-9]{2}"))
_SET_ID = re.compile(rb"[0-9]{1,4}")


@dataclass(slots=True)
class Coverage:
    """Gathers over the messages of one feed. `reader` and `mapping` are the feed's."""

    feed: str
    mapping: Hl7Mapping
    reader: Reader
    outcomes: dict[str, Counter[str]] = field(default_factory=dict)
    unread: Counter[tuple[str, str]] = field(default_factory=Counter)
    unknown: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    _rules: dict[int, tuple[frozenset[str], tuple[Asked, ...], frozenset[bytes]]] = field(default_factory=dict)

    def look(self, raw: Raw) -> None:
        """Take one message into account."""
        reading = read_one(raw, {raw.arrival.source: self.reader})
        if reading.quarantine is not None:
            said = f"quarantined: {reading.quarantine.code}"
        else:
            said = "mapped" if reading.drafts else f"ignored: {reading.ignored}"
        try:
            message = Message.parse(raw.arrival.body)
        except HL7Error:
            self._count("not HL7 v2", said)
            return
        seen = Seen.of(message)
        told = Told.of(seen)
        self._count(_sort(told), said)
        for index, rule in enumerate(self.mapping.rules):
            if told.fits(rule.match):
                self._inside(message, seen, *self._asked(index, rule))
                return

    def figures(self) -> dict[str, Any]:
        """The result for machines."""
        return {
            "feed": self.feed,
            "messages": sum(sum(counts.values()) for counts in self.outcomes.values()),
            "sorts": {sort: dict(counts.most_common()) for sort, counts in sorted(self.outcomes.items())},
            "unread": [
                {"sort": sort, "field": name, "messages": count} for (sort, name), count in self.unread.most_common()
            ],
            "unknown": [
                {"place": place, "tables": tables, "code": code, "times": count}
                for (place, tables, code), count in self.unknown.most_common()
            ],
        }

    def _count(self, sort: str, said: str) -> None:
        self.outcomes.setdefault(sort, Counter())[said] += 1

    def _asked(self, index: int, rule: Hl7Rule) -> tuple[frozenset[str], tuple[Asked, ...], frozenset[bytes]]:
        if index not in self._rules:
            fields = fields_of(rule)
            names = frozenset(name[:3].encode() for name in fields)
            self._rules[index] = fields | _ALWAYS_READ, asked_of(rule, self.mapping.codes), names
        return self._rules[index]

    def _inside(
        self, message: Message, seen: Seen, fields: frozenset[str], asked: tuple[Asked, ...], names: frozenset[bytes]
    ) -> None:
        sort = _sort(Told.of(seen))
        for name in set(_filled(message)) - fields:
            self.unread[sort, name] += 1
        for head, emits in groupby(asked, key=lambda each: each.head):
            group = tuple(emits)
            for spot in _spots(message, seen, head, names):
                for found in _unknown(spot, group):
                    self.unknown[found] += 1


def _spots(message: Message, seen: Seen, head: str | None, names: frozenset[bytes]) -> Iterator[Seen]:
    if head is None:
        yield seen
        return
    for _, scope in each(message, head, names):
        yield seen.within(scope, {})


def _unknown(spot: Seen, group: tuple[Asked, ...]) -> Iterator[tuple[str, str, str]]:
    """Texts that no table knows: of the emits that are meant; or, where none is, of the tables that decide it."""
    notes = Notes()
    meant = [asked for asked in group if all(holds(spot) for holds in asked.holds)]
    for lookup in dict.fromkeys(lookup for asked in meant for lookup in asked.lookups):
        text = lookup.text(spot, notes)
        if text not in {"", NULL} and text not in lookup.known:
            yield lookup.place, lookup.table, _shown(lookup, text)
    if meant:
        return
    gates: dict[str, list[Lookup]] = {}
    for gate in (gate for asked in group for gate in asked.gates):
        gates.setdefault(gate.place, []).append(gate)
    for place, several in gates.items():
        text = several[0].text(spot, notes)
        if text not in {"", NULL} and not any(text in gate.known for gate in several):
            yield place, " or ".join(sorted({gate.table for gate in several})), _shown(several[0], text)


def _shown(lookup: Lookup, text: str) -> str:
    """The text where its field holds codes, and it looks like one."""
    places = lookup.place.split(" or ")
    coded = all(field_of(place) in _CODED and not place.endswith((".2", ".5")) for place in places)
    fits = _CODE.fullmatch(text) is not None and _NUMBER_OF_A_PERSON.search(text) is None
    return text if coded and fits else NOT_SHOWN


def _sort(told: Told) -> str:
    kind = told.type if _TYPE.fullmatch(told.type) else "(strange type)"
    trigger = f"^{told.trigger}" if _TRIGGER.fullmatch(told.trigger) else ""
    return f"{kind}{trigger}"


def _filled(message: Message) -> Iterator[str]:
    """The fields that hold something, but for the numbers that count segments."""
    mark = message.separators.field.encode("ascii")
    for line in message.lines:
        name, *cells = line.split(mark)
        shown = name.decode("latin-1")
        if shown in _ENVELOPE or not _SEGMENT.fullmatch(shown):
            continue
        for number, cell in enumerate(cells, 1):
            if cell.strip() and cell != b'""' and not (number == 1 and _SET_ID.fullmatch(cell)):
                yield f"{shown}-{number}"
