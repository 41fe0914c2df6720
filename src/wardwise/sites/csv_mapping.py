"""Mapping files of CSV and XLSX feeds: columns by any of their names, one or more events from each row.

`header`: our name of a column -> the names it may have in the file (the first found counts; compared without
regard to case and to blanks around it). Every column must be found, save those in `optional`; a file whose
header lacks one is refused whole. Columns nobody names are passed over. `charset` and zone are the feed's.
`time_formats` and `date_formats`: how times and dates are written, in the signs of strptime, tried in order;
so the order of day and month is always stated, never guessed. Where a workbook comes in the place of a CSV file,
its `sheet` is read, or the first that is visible; cells that are days or times there need no format.
`delivers`: `delta` (only changes) or `full`: what files before told of the stretch it `covers`, and is not in it, is
withdrawn; each emit then names its fact by a `fact_key`. A row that is read tells everything anew, one that is set
aside keeps what it told before. Nothing is withdrawn by a file with a row that has no key to read, nor where more than
`withdraws_at_most_percent` (50) of what stood would go: such a file was cut off. Nor by one whose days reach over more
than `days_at_most` (91) or leave out more than `gap_at_most_days` (7) in a row: one of them is mistyped.
`key`: the columns that tell rows apart; a row whose key stood earlier in the file is quarantined.
`known_at`: when the source knew the fact (its own record time); else `known_lag_minutes` after it happened; else,
for live files, when the file arrived. A row whose value cannot be read is quarantined, the others count; so is
a row that no `emit` is for (a table with `unknown: skip` passes rows over on purpose).

How a value is worked out: see emit.py; a place is one of our column names.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from wardwise.sites.broken import Path, Problem, unresolved
from wardwise.sites.emit import Emit, Source, Tables
from wardwise.sites.emit_checks import EmitCheck
from wardwise.sites.fields import Format, Minutes, Name, Text, Texts


class Delivers(StrEnum):
    """Whether a file says everything or only what changed."""

    FULL = "full"
    DELTA = "delta"


class Covers(BaseModel, frozen=True, extra="forbid"):
    """Which stretch a full file says everything of: the days from the first to the last of its `day` column, for each
    list that its `within` columns name (a location, say). Without `day` it is the whole list.
    """

    day: Name | None = None
    within: tuple[Name, ...] = ()
    days_at_most: int = Field(default=91, ge=1, le=3_660, description="from the first to the last day of a file")
    gap_at_most_days: int = Field(default=7, ge=1, le=3_660, description="from one day of a file to the next")
    withdraws_at_most_percent: int = Field(default=50, ge=0, le=100, description="of what stood for the stretch")

    @property
    def columns(self) -> tuple[Name, ...]:
        """The columns it names."""
        return (*self.within, *((self.day,) if self.day else ()))


class CsvMapping(BaseModel, frozen=True, extra="forbid"):
    """The reading of a CSV feed; `version` is raised with every change, it is part of each event's id."""

    format: Literal["csv"]
    version: int = Field(ge=1, description="raised with every change")
    over: tuple[Text, ...] = ()
    title: Text | None = None
    sheet: Text | None = None
    delimiter: Annotated[str, Field(pattern=r"^[,;|\t]$")] = ","
    header: Mapping[Name, Texts] = Field(min_length=1, description="our name of each column -> its names there")
    optional: tuple[Name, ...] = ()
    time_formats: tuple[Format, ...] = ("%Y-%m-%d %H:%M",)
    date_formats: tuple[Format, ...] = ("%Y-%m-%d",)
    delivers: Delivers = Field(description="full or delta")
    covers: Covers = Covers()
    key: Annotated[tuple[Name, ...], Field(min_length=1, description="the columns that tell rows apart")]
    known_at: Source | None = None
    known_lag_minutes: Minutes | None = None
    codes: Tables = {}
    emit: Annotated[tuple[Emit, ...], Field(min_length=1, description="the events of a row")]

    def named_kinds(self) -> Iterator[tuple[Path, str]]:
        """Each kind and where it stands."""
        for index, emit in enumerate(self.emit):
            yield ("emit", index, "kind"), emit.kind

    def problems(self) -> Iterator[Problem]:
        """Columns and tables that do not exist, names taken twice, two answers to when a fact was known."""
        check = EmitCheck(self.codes, self._column)
        for index, emit in enumerate(self.emit):
            yield from check.emit(emit, ("emit", index))
            if emit.for_each:
                yield Problem(
                    ("emit", index, "for_each"), "is for HL7 v2 and FHIR only", "Remove it; every row is read"
                )
        for part in ("optional", "key"):
            for index, name in enumerate(getattr(self, part)):
                if name not in self.header:
                    yield unresolved((part, index), name, "column", known=self.header)
        if self.known_at is not None:
            yield from check.source(self.known_at, ("known_at",))
            if self.known_lag_minutes is not None:
                yield Problem(("known_lag_minutes",), "stands beside `known_at`", "Keep one of the two")
        yield from self._aliases()
        yield from self._covered()

    def _covered(self) -> Iterator[Problem]:
        for index, name in enumerate(self.covers.columns):
            if name not in self.header:
                yield unresolved(("covers", index), name, "column", known=self.header)
        if self.delivers is not Delivers.FULL:
            if self.covers != Covers():
                yield Problem(("covers",), "is of no use where a file delivers changes only", "Remove `covers`")
            return
        for index, emit in enumerate(self.emit):
            if not emit.fact_key:
                what = "is missing, and a full file withdraws facts by their names"
                yield Problem(("emit", index, "fact_key"), what, "Add `fact_key: [...]`, or deliver changes: `delta`")

    def _column(self, place: str, path: Path) -> Problem | None:
        if place in self.header:
            return None
        return unresolved(path, place, "column", known=self.header)

    def _aliases(self) -> Iterator[Problem]:
        seen: dict[str, str] = {}
        for name, aliases in self.header.items():
            for alias in aliases:
                first = seen.setdefault(alias.strip().lower(), name)
                if first != name:
                    yield Problem(("header", name), f"claims `{alias}`, as does `{first}`", "Keep it in one of the two")
