"""The form of a workflow's policies (policy_forms.yaml): which there are, their measure, columns, words and bounds.

A policy is one `cell`, or a table of `columns` (every row has them all). A cell is a `number` or a `whole` number, both
at least `lowest` (0 if left out) and at most `highest`; a `text`; or a word out of `words` and, with `among: shifts` or
`units`, those of the site. A table's `key` tells its rows apart. `every` names a column of words that must each have a
row; a row of the word `instead_of_all` stands for all of them.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, Field, RootModel

from wardwise.sites.broken import Problem, unresolved
from wardwise.sites.fields import Name, Text, Ucum


class CellType(StrEnum):
    """What a cell may hold."""

    NUMBER = "number"
    WHOLE = "whole"
    TEXT = "text"
    WORD = "word"


class Among(StrEnum):
    """Words that the site brings."""

    SHIFTS = "shifts"
    UNITS = "units"


class CellForm(BaseModel, frozen=True, extra="forbid"):
    """What one cell may hold; bounds are included."""

    type: CellType = Field(description="number, whole, text or word")
    lowest: Decimal = Decimal(0)
    highest: Decimal | None = None
    words: tuple[Text, ...] = ()
    among: Among | None = None


class PolicyForm(BaseModel, frozen=True, extra="forbid"):
    """What one policy may be: a single cell or a table."""

    ucum: Ucum | None = None
    cell: CellForm | None = None
    columns: Mapping[Name, CellForm] = {}
    key: tuple[Name, ...] = ()
    every: Name | None = None
    instead_of_all: Text | None = None

    def problems(self) -> Iterator[Problem]:
        """Neither cell nor columns, or columns that are not there."""
        if (self.cell is None) == (not self.columns):
            yield Problem((), "must have either `cell` or `columns`", "Give one of the two")
        for part, names in (("key", self.key), ("every", (self.every,) if self.every else ())):
            for name in names:
                if name not in self.columns:
                    yield unresolved((part,), name, "column", known=self.columns)


class FormFile(RootModel[Annotated[Mapping[Name, PolicyForm], Field()]], frozen=True):
    """policy_forms.yaml: the form of each policy by its id."""

    def problems(self) -> Iterator[Problem]:
        """The problems of each form."""
        for name, form in self.root.items():
            yield from (problem.under(name) for problem in form.problems())
