"""Policies: the numbers people decided on, with measure, source, owner and dates.

A value is valid from the start of the local day `from` to the end of the local day `to` (both included; no
`to`: until further notice). `policies.py` says which of several counts.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from enum import IntEnum
from typing import Annotated

from pydantic import BaseModel, Discriminator, Field, RootModel, Tag

from wardwise.errors import ImpossibleValue
from wardwise.sites.broken import Problem
from wardwise.sites.fields import Cell, Day, Name, Slug, Text, Ucum

Row = Mapping[Name, Cell]


def _form(value: object) -> str:
    return "table" if isinstance(value, list | tuple) else "cell"


Value = Annotated[Annotated[Cell, Tag("cell")] | Annotated[tuple[Row, ...], Tag("table")], Discriminator(_form)]


class Level(IntEnum):
    """How specific a policy is; the higher wins."""

    GENERAL = 0
    REGION = 1
    SITE = 2
    UNIT = 3


class Policy(BaseModel, frozen=True, extra="forbid"):
    """One decided value and its citation. `value` is a number, a text, or a table (a list of rows)."""

    id: Name = Field(description="the value's name, such as ed_nurse_grid")
    value: Value = Field(description="a number, a text, or a list of rows")
    ucum: Ucum | None = None
    valid_from: Day = Field(alias="from", description="the first day it counts, as 2026-03-01")
    valid_to: Day | None = Field(default=None, alias="to")
    source: Text = Field(description="the document it comes from")
    owner: Text = Field(description="who may change it")
    region: Slug | None = None
    site: Slug | None = None
    unit: Slug | None = None

    @property
    def level(self) -> Level:
        """How specific it is."""
        if self.unit:
            return Level.UNIT
        if self.site:
            return Level.SITE
        return Level.REGION if self.region else Level.GENERAL

    @property
    def citation(self) -> str:
        """`Staffing policy 12, in force from 2026-01-01`."""
        return f"{self.source}, in force from {self.valid_from.isoformat()}"

    @property
    def number(self) -> Decimal:
        """The value, when it is a number; raises ImpossibleValue otherwise."""
        if isinstance(self.value, Decimal):
            return self.value
        raise ImpossibleValue(what=f"policy {self.id} is not a number", remedy="Write a number as its `value`.")

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows, when it is a table; raises ImpossibleValue otherwise."""
        if isinstance(self.value, tuple):
            return self.value
        raise ImpossibleValue(what=f"policy {self.id} is not a table", remedy="Write a list of rows as its `value`.")

    def holds_on(self, day: date) -> bool:
        """Whether it is valid on a local day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)

    def rivals(self, other: "Policy") -> bool:
        """Whether nothing would tell which of the two counts on some day."""
        mine = (self.id, self.level, self.region, self.site, self.unit)
        if mine != (other.id, other.level, other.region, other.site, other.unit):
            return False
        return self.valid_from <= (other.valid_to or date.max) and other.valid_from <= (self.valid_to or date.max)

    def problems(self) -> Iterator[Problem]:
        """Dates the wrong way round, a unit without its site, rows that are not alike."""
        if self.valid_to is not None and self.valid_to < self.valid_from:
            yield Problem(("to",), "is before `from`", "Correct one of the two dates")
        if self.unit and not self.site:
            yield Problem(("unit",), "stands without `site`", "Add `site`, or move this to the site's own policies")
        if isinstance(self.value, tuple):
            yield from _uneven(self.value)


def _uneven(rows: tuple[Row, ...]) -> Iterator[Problem]:
    if not rows:
        yield Problem(("value",), "is a table without rows", "Write at least one row")
    for index, row in enumerate(rows):
        if row.keys() != rows[0].keys():
            names = ", ".join(rows[0])
            yield Problem(("value", index), "has other columns than the first row", f"Give each row: {names}")


class PolicyFile(RootModel[tuple[Policy, ...]], frozen=True):
    """policy.yaml: a list of policies."""

    def problems(self) -> Iterator[Problem]:
        """The problems of each policy."""
        for index, policy in enumerate(self.root):
            yield from (problem.under(index) for problem in policy.problems())


class RegionFile(BaseModel, frozen=True, extra="forbid"):
    """region.yaml: the region's id and, by workflow, its policies."""

    region: Slug = Field(description="the region's id in lower case")
    workflows: Mapping[Name, tuple[Policy, ...]] = Field(description="by workflow, a list of policies")

    def problems(self) -> Iterator[Problem]:
        """The problems of each policy, and claims to be more than the region's."""
        for workflow, policies in self.workflows.items():
            for index, policy in enumerate(policies):
                yield from (problem.under("workflows", workflow, index) for problem in policy.problems())
                if policy.site or policy.unit:
                    what = "belongs to one site, not to the region"
                    yield Problem(("workflows", workflow, index), what, "Move it to that site's own policies")
