"""Mapping files of FHIR R4 feeds: match a type of resource, emit events; paths, tables and named functions only.

**Paths.** Elements as FHIR names them, with dots: `period.start`, `code.coding.code`. Of a list the first item that has
what the rest of the path asks for; `identifier[use=official].value` the first whose `use` is `official` (a path may
stand before the sign too: `identifier[type.coding.code=MR].value`), `identifier[2].value` the second. `->` follows a
reference: `subject->birthDate`, `location->partOf->name`; `actor->Practitioner.name.text` only one that leads to
a resource of that type. What a reference leads to is looked for in what was delivered together (contained resources,
entries of the Bundle); a reference to something else leads nowhere. True and false are texts, numbers too.

**Worked out for every mapping** (feeds/fhir/journey.py): an Encounter has `step`, a list in the order of time of what
happened in it, from its period, class, status and location histories. `step.what` is planned, began, class, moved, left
(on leave), returned, ended or cancelled; `step.at`, `step.class` and `step.before` (the class then and before it),
`step.moved` (true where a new class came with a new place), `step.number` (the how manyth of its sort), and
`step.ward`, `step.bed` and `step.from`: the Locations of the patient then, and the ward before it. A Location has
`place.ward` and `place.bed` of its own, and a resource that names an encounter those of the patient at its time.
An Appointment has one `step`: booked, changed (any version but the first), cancelled, no-show, started or ended.
`record.at` is when the version was recorded (meta.lastUpdated).

**for_each** names a list (`step`, `component`, `link`): one event for each item, and a path that begins with it means
this item.

**Which rule.** The first whose `match.type` is the resource's type. `ignore` as in HL7 v2 mappings; `otherwise` too.

**Versions.** A `fact_key` names what a resource says. A later version of the resource (by meta.lastUpdated, then
meta.versionId) that says it otherwise replaces it, one that says it no longer withdraws it, and a version older
than one that was read already says nothing, so that the order of delivery does not matter. A `state_key` names what
changes with time: every version is told and replaces nothing.

**Times** are FHIR's; less than a minute's precision is not an instant. A time without an offset is in the feed's zone.
How a value is worked out: see emit.py; extending other files: extends.py.
"""

import re
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from wardwise.sites.broken import Path, Problem
from wardwise.sites.emit import Tables
from wardwise.sites.emit_checks import EmitCheck
from wardwise.sites.fields import Text
from wardwise.sites.rules import Ignored, Rule, emits_of, kinds_of

_NAME = r"[a-z][A-Za-z0-9]{0,63}"
_FILTER = rf"\[([1-9][0-9]?|{_NAME}(\.{_NAME}){{0,4}}=[^\]]{{1,120}})\]"
PART = rf"{_NAME}({_FILTER})?"
FHIR_PATH = re.compile(rf"{PART}(\.{PART}|->([A-Z][A-Za-z]{{1,63}}\.)?{PART}){{0,11}}")

TypeName = Annotated[str, Field(pattern=r"^[A-Z][A-Za-z]{1,63}$", description="a type of resource, such as Encounter")]


class FhirMatch(BaseModel, frozen=True, extra="forbid"):
    """Which resources a rule is for."""

    type: TypeName


FhirRule = Rule[FhirMatch]
FhirIgnored = Ignored[FhirMatch]


class FhirMapping(BaseModel, frozen=True, extra="forbid"):
    """The reading of a FHIR feed; `version` is raised with every change, it is part of each event's id."""

    format: Literal["fhir"]
    version: int = Field(ge=1, description="raised with every change")
    over: tuple[Text, ...] = ()
    title: Text | None = None
    codes: Tables = {}
    rules: tuple[FhirRule, ...] = Field(min_length=1, description="match and emit")
    ignore: tuple[FhirIgnored, ...] = ()

    def named_kinds(self) -> Iterator[tuple[Path, str]]:
        """Each kind and where it stands."""
        return kinds_of(self.rules)

    def problems(self) -> Iterator[Problem]:
        """Paths, tables and columns that cannot be, facts without a name, and rules that are never reached."""
        check = EmitCheck(self.codes, _path_problem)
        seen: dict[str, int] = {}
        for path, emit in emits_of(self.rules):
            yield from check.emit(emit, path)
            if not (emit.fact_key or emit.state_key):
                what = "has neither `fact_key` nor `state_key`, so no later version could correct it"
                yield Problem(path, what, "Name the places that tell it apart, such as `fact_key: id`")
        for index, rule in enumerate(self.rules):
            earlier = seen.setdefault(rule.match.type, index)
            if earlier != index:
                what = f"is never reached: rule {earlier + 1} is for all resources of this type"
                yield Problem(("rules", index, "match"), what, "Put its emits into the earlier rule")


def _path_problem(place: str, path: Path) -> Problem | None:
    if FHIR_PATH.fullmatch(place):
        return None
    what = f"`{place[:60]}` is not a path"
    return Problem(
        path, what, "Write elements with dots, `identifier[use=official].value`, a reference as `subject->id`"
    )
