"""Mapping files of HL7 v2 feeds: match a message, emit events; addresses, tables and named functions only.

**Addresses.** `SEG-F[.C[.S]]`: segment, field, component, subcomponent, counted from 1; a part left out is 1
(`PV1-2` is PV1-2.1.1). MSH-1 and MSH-2 are the delimiters themselves, so MSH-9 is the message type.
`PID-3[2].1` is the second repetition; `PID-3[5=MR].1` the first repetition whose component 5 is `MR`;
without brackets it is the first. `PID(2)-3.1` is the second PID of the message (never with `for_each`). Segments of
any name, Z-segments too.

**Which segment.** Without `for_each`: the first of its name in the message. With `for_each: OBX`, for each OBX:
an OBX address means this OBX; any other means the nearest one of its name before this OBX (its own OBR, its
own PID), or, if none stands before, the first after it.

**Which rule.** Rules are tried in order; the first whose `match` fits is used, and only that one. `type` is
MSH-9.1, `trigger` a list for MSH-9.2 (or EVN-1 when MSH-9.2 is empty; left out: any), `sender` MSH-3 and MSH-4.
All `emit` entries of that rule are worked out in order; their place in the order is the event's index in the
message. No rule fits: `ignore` is asked (the raw message is kept, nothing is emitted, the reason is counted);
else the message is quarantined as unmapped. A rule that fits but whose emits give nothing: quarantined too, unless
it has `otherwise`, the reason why that is as it should be.

**Times.** HL7 TS `YYYY[MM[DD[HHMM[SS[.S...]]]]][+/-ZZZZ]`. Less than a minute's precision is not an instant:
that place counts as empty and the next is tried. No offset in the text: the offset of MSH-7 if it has one, else
the feed's zone. A sender that writes times or dates otherwise: `time_formats` and `date_formats`, in the signs of
strptime, tried before that form; a text fits only if it is written just so (`%y%m%d%H%M` for 2603010400). A
birth whose year has two digits is the latest that has happened.

**Dialects.** `extends: standard/adt.yaml` takes everything from another mapping file: see extends.py. `names` gives a
place (or a list of them, or a whole value) a name; `$name` stands for it anywhere, in other names too. So a sender
that writes the unit elsewhere needs a file of a few lines.

How a value is worked out: see emit.py.
"""

import re
from collections.abc import Iterator
from typing import Literal

from pydantic import BaseModel, Field

from wardwise.sites.broken import Path, Problem
from wardwise.sites.emit import Tables
from wardwise.sites.emit_checks import EmitCheck
from wardwise.sites.feed import Sender
from wardwise.sites.fields import Format, Text, Texts
from wardwise.sites.rules import Ignored, Rule, emits_of, kinds_of

ADDRESS = re.compile(
    r"(?P<segment>[A-Z][A-Z0-9]{2})(\((?P<occurrence>[1-9][0-9]?)\))?-(?P<field>[1-9][0-9]{0,2})"
    r"(\[((?P<repetition>[1-9][0-9]?)|(?P<where>[1-9][0-9]?)=(?P<equals>[^\]=]{1,40}))\])?"
    r"(\.(?P<component>[1-9][0-9]?)(\.(?P<subcomponent>[1-9][0-9]?))?)?"
)


class Match(BaseModel, frozen=True, extra="forbid"):
    """Which messages a rule is for; no trigger means any."""

    type: Text = Field(description="the message type, such as ADT")
    trigger: Texts = ()
    sender: Sender | None = None

    def covers(self, other: "Match") -> bool:
        """Whether every message of the other would fit this one too."""
        triggers = not self.trigger or (bool(other.trigger) and set(other.trigger) <= set(self.trigger))
        return self.type == other.type and triggers and self.sender in {None, other.sender}


Hl7Rule = Rule[Match]
Hl7Ignored = Ignored[Match]


class Hl7Mapping(BaseModel, frozen=True, extra="forbid"):
    """The reading of an HL7 v2 feed; `version` is raised with every change, it is part of each event's id."""

    format: Literal["hl7v2"]
    version: int = Field(ge=1, description="raised with every change")
    over: tuple[Text, ...] = ()
    title: Text | None = None
    time_formats: tuple[Format, ...] = ()
    date_formats: tuple[Format, ...] = ()
    codes: Tables = {}
    rules: tuple[Hl7Rule, ...] = Field(min_length=1, description="match and emit")
    ignore: tuple[Hl7Ignored, ...] = ()

    def named_kinds(self) -> Iterator[tuple[Path, str]]:
        """Each kind and where it stands."""
        return kinds_of(self.rules)

    def problems(self) -> Iterator[Problem]:
        """Addresses, tables and columns that cannot be, and rules that are never reached."""
        whole, within = EmitCheck(self.codes, _address_problem), EmitCheck(self.codes, _one_of_its_name)
        for path, emit in emits_of(self.rules):
            check = within if emit.for_each else whole
            if emit.for_each and not emit.for_each.isupper():
                what = f"`{emit.for_each}` is no segment"
                yield Problem((*path, "for_each"), what, "Write its name, such as `OBX`")
            yield from check.emit(emit, path)
        for index, rule in enumerate(self.rules):
            earlier = next((n for n in range(index) if self.rules[n].match.covers(rule.match)), None)
            if earlier is not None:
                what = f"is never reached: rule {earlier + 1} matches all of these messages before it"
                yield Problem(("rules", index, "match"), what, "Move it up, or narrow the earlier rule")


def _address_problem(place: str, path: Path) -> Problem | None:
    if ADDRESS.fullmatch(place):
        return None
    what = f"`{place[:40]}` is not an address"
    return Problem(path, what, "Write segment, field and component as `PV1-3.1`, a repetition as `PID-3[5=MR].1`")


def _one_of_its_name(place: str, path: Path) -> Problem | None:
    if "(" in place:
        what = f"`{place[:40]}` counts segments of the whole message, but here each is looked at by itself"
        return Problem(path, what, "Write the address without the number in brackets")
    return _address_problem(place, path)
