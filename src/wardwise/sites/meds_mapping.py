"""Mapping files of MEDS tables (subject_id, time, code, numeric_value, text_value), and of OMOP tables, whose rows are
told as such (see feeds/files/omop.py for their codes): code -> kind of event.

`code` is exact, or a beginning that ends in `*`; the exact one wins, then the longest beginning. `payload` holds
constants. `ucum` with an optional `conversion` is the measure of the number after conversion; `words` names a
table from numbers or texts of the source to words. `ignore` lists codes that carry nothing for us, and why; a
code in neither list is counted as unmapped and passed over. `stay` codes need `encounter` in the table.
`known_lag_minutes` by entry, else the file's; without either the fact counts as known when it happened (assumed).
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from wardwise.sites.broken import Path, Problem, unresolved
from wardwise.sites.emit import Tables
from wardwise.sites.fields import Cell, Kind, Minutes, Name, Slug, Text, Ucum
from wardwise.sites.named import Conversion

Code = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^*]*\*?$")]


class MedsEntry(BaseModel, frozen=True, extra="forbid"):
    """What a code of the table means."""

    code: Code = Field(description="the code as the table writes it, or its beginning and *")
    kind: Kind = Field(description="the kind of event, such as sign.measured")
    payload: Mapping[Name, Cell] = {}
    ucum: Ucum | None = None
    conversion: Conversion | None = None
    words: Name | None = None
    unit: Slug | None = None
    known_lag_minutes: Minutes | None = None


class MedsIgnored(BaseModel, frozen=True, extra="forbid"):
    """A code that carries nothing for us, and why."""

    code: Code = Field(description="the code as the table writes it, or its beginning and *")
    reason: Text = Field(description="why it carries nothing for us")


class MedsMapping(BaseModel, frozen=True, extra="forbid"):
    """The reading of MEDS or OMOP tables; `version` is raised with every change, it is part of each event's id."""

    format: Literal["meds", "omop"]
    version: int = Field(ge=1, description="raised with every change")
    over: tuple[Text, ...] = ()
    title: Text | None = None
    authority: Text = Field(description="who assigned the subject ids")
    known_lag_minutes: Minutes | None = None
    codes: Tables = {}
    entries: Annotated[tuple[MedsEntry, ...], Field(min_length=1, description="what each code means")]
    ignore: tuple[MedsIgnored, ...] = ()

    def named_kinds(self) -> Iterator[tuple[Path, str]]:
        """Each kind and where it stands."""
        for index, entry in enumerate(self.entries):
            yield ("entries", index, "kind"), entry.kind

    def entry(self, code: str) -> MedsEntry | None:
        """What a code means: the exact entry, else the longest beginning that fits."""
        fitting = [each for each in self.entries if _fits(each.code, code)]
        return max(fitting, key=lambda each: (each.code == code, len(each.code)), default=None)

    def ignored(self, code: str) -> MedsIgnored | None:
        """Why a code is passed over, if it is."""
        return next((each for each in self.ignore if _fits(each.code, code)), None)

    def problems(self) -> Iterator[Problem]:
        """Codes that stand twice, tables that do not exist, a conversion to nowhere."""
        seen: set[str] = set()
        for index, entry in enumerate(self.entries):
            if entry.code in seen:
                yield Problem(("entries", index, "code"), f"`{entry.code}` stands twice", "Remove one of the two")
            seen.add(entry.code)
            if entry.words is not None and entry.words not in self.codes:
                yield unresolved(("entries", index, "words"), entry.words, "table", known=self.codes)
            if entry.conversion and not entry.ucum:
                yield Problem(("entries", index, "conversion"), "stands without `ucum`", "Add the measure it leads to")


def _fits(pattern: str, code: str) -> bool:
    return code.startswith(pattern[:-1]) if pattern.endswith("*") else code == pattern
