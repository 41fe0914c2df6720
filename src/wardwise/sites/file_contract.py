"""Contracts of files: what a delivered or downloaded table promises, column by column, and what must add up.

`period` names the column that tells the parts of a file apart (a year, a winter, a release): a part that differs from
the others is a finding. `known` lists findings that are agreed on, each with what is done about it.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, Field

from wardwise.sites.broken import Problem, nearest
from wardwise.sites.contract import Type
from wardwise.sites.fields import Charset, Slug, Text


class Column(BaseModel, frozen=True, extra="forbid"):
    """One column. `at_most` names another column that this one may not exceed; `codes` close the choice."""

    name: Text = Field(description="its name in the header, as written there")
    type: Type = Field(description="text, integer, decimal, boolean, time or date")
    required: bool = False
    lowest: Decimal | None = None
    highest: Decimal | None = None
    codes: tuple[str, ...] = ()
    never_zero: bool = False
    at_most: Text | None = None


class AddsUp(BaseModel, frozen=True, extra="forbid"):
    """Rows of one `within` (a day) are parts of a whole in `column`; `label` names the part a row is for."""

    column: Text = Field(description="the number that adds up")
    within: Text = Field(description="the column that tells the wholes apart, such as a date")
    label: Annotated[tuple[Text, ...], Field(min_length=1, description="the columns that name the part")]


class Known(BaseModel, frozen=True, extra="forbid"):
    """A finding that is agreed on; without a column, every finding of the rule."""

    rule: Slug = Field(description="the finding's rule")
    column: Text | None = None
    handling: Text = Field(description="what is done about it")


class FileContract(BaseModel, frozen=True, extra="forbid"):
    """The promise of a file."""

    file: Slug = Field(description="a short name of the file")
    version: int = Field(ge=1, description="raised with every change")
    title: Text = Field(description="what it holds")
    owner: Text = Field(description="who answers for the source")
    steward: Text = Field(description="who answers for the meaning of the data")
    charset: Charset = "utf-8"
    delimiter: Annotated[str, Field(pattern=r"^[,;|\t]$")] = ","
    key: tuple[Text, ...] = ()
    period: Text | None = None
    calendar: Text | None = None
    missing: tuple[str, ...] = ()
    columns: Annotated[tuple[Column, ...], Field(min_length=1, description="the columns")]
    adds_up: AddsUp | None = None
    known: tuple[Known, ...] = ()

    def column(self, name: str) -> Column | None:
        """The column of a name."""
        return next((column for column in self.columns if column.name == name), None)

    def handling(self, rule: str, column: str) -> str:
        """What is done about a finding that is agreed on; empty for one that is not."""
        return next((k.handling for k in self.known if k.rule == rule and k.column in {None, column}), "")

    def problems(self) -> Iterator[Problem]:
        """Columns named twice, or named elsewhere and not described."""
        names = [column.name for column in self.columns]
        for index, name in enumerate(names):
            if name in names[:index]:
                yield Problem(("columns", index, "name"), f"`{name}` stands twice", "Join the two")
        for path, name in self._named():
            if name not in names:
                yield Problem(path, f"`{name}` is none of the columns", nearest(name, names))

    def _named(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        yield from ((("key", index), name) for index, name in enumerate(self.key))
        yield from (((path,), str(getattr(self, path))) for path in ("period", "calendar") if getattr(self, path))
        if self.adds_up:
            yield from ((("adds_up", path), str(getattr(self.adds_up, path))) for path in ("column", "within"))
            yield from ((("adds_up", "label", index), name) for index, name in enumerate(self.adds_up.label))
        for index, column in enumerate(self.columns):
            if column.at_most:
                yield ("columns", index, "at_most"), column.at_most
