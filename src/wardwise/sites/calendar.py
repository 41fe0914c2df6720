"""The site's calendar of local events (a marathon, a fair, a game) that bring or keep away patients."""

import csv
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel, Field, RootModel

from wardwise.sites.broken import Problem
from wardwise.sites.document import read_yaml, validated
from wardwise.sites.fields import Day, Text
from wardwise.sites.tree import Document, Spot, Tree, read_text


class LocalEvent(BaseModel, frozen=True, extra="forbid"):
    """An event on local days, first and last included."""

    title: Text = Field(description="what it is")
    first_day: Day = Field(alias="from", description="its first day, as 2026-07-04")
    last_day: Day = Field(alias="to", description="its last day, as 2026-07-04")


class Calendar(RootModel[tuple[LocalEvent, ...]], frozen=True):
    """A list of local events."""

    def problems(self) -> Iterator[Problem]:
        """Events that end before they begin."""
        for index, event in enumerate(self.root):
            if event.last_day < event.first_day:
                yield Problem((index, "to"), "is before `from`", "Correct one of the two dates")


def read_calendar(file: Path) -> tuple[LocalEvent, ...]:
    """The local events of a YAML list or of a CSV file with the columns title, from, to."""
    if file.suffix == ".csv":
        return validated(_rows(file), Calendar).root
    return read_yaml(file, Calendar).root


def _rows(file: Path) -> Document:
    reader = csv.DictReader(read_text(file).splitlines(), restkey="(more columns)")
    rows: list[Tree] = []
    spots: dict[tuple[str | int, ...], Spot] = {(): Spot(str(file), 1)}
    for row in reader:
        spots[len(rows),] = Spot(str(file), reader.line_num)
        rows.append({key: value for key, value in row.items() if value is not None})
    return Document(str(file), rows, spots)
