"""A view of a vendor's reporting database whose new rows a feed asks for, through its mapping and no SQL of its own."""

import re
from collections.abc import Iterator
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field

from wardwise.sites.broken import Problem, unresolved, wrong
from wardwise.sites.csv_mapping import CsvMapping, Delivers
from wardwise.sites.fields import Name, Text
from wardwise.sites.store_at import without_password

_NAMED = re.compile(r"[A-Za-z_][A-Za-z0-9_$]{0,62}(\.[A-Za-z_][A-Za-z0-9_$]{0,62})?")


def _view(text: str) -> str:
    if not _NAMED.fullmatch(text):
        raise wrong(f"`{text[:60]}` is not the name of a view", "Write `view` or `schema.view`: letters, digits and _")
    return text


class View(BaseModel, frozen=True, extra="forbid"):
    """A view in PostgreSQL (`address`) or in an SQLite file (`file`, absolute or below the site's folder).

    Asked for are the columns that the mapping names, of rows whose `cursor` column (a number or a time that only grows)
    is at or beyond the last, less `overlap`: seconds of a time, or so much of a number. A row whose cursor is empty is
    never seen. `since` is where the first question begins. What is asked may take `timeout_seconds`; it is in a
    transaction that can only read. `password_file` is its owner's alone.
    """

    address: Annotated[Text, AfterValidator(without_password)] | None = None
    password_file: Text | None = None
    file: Text | None = None
    view: Annotated[str, AfterValidator(_view), Field(description="the view, such as reporting.shifts")]
    cursor: Name = Field(description="our name of the column that grows with every new or changed row")
    since: int | Annotated[str, Field(min_length=1, max_length=40)] = Field(
        description="where to begin: a time or number"
    )
    overlap: Annotated[int, Field(ge=0, le=10_000_000)] = 60
    every_seconds: Annotated[int, Field(ge=1, le=86_400)] = 60
    page: Annotated[int, Field(ge=1, le=5_000)] = 1_000
    timeout_seconds: Annotated[int, Field(ge=1, le=600)] = 30

    def problems(self) -> Iterator[Problem]:
        """Two databases or none; what only one of them knows."""
        if (self.address is None) == (self.file is None):
            what = "is missing, and so is `file`" if self.address is None else "stands beside `file`"
            yield Problem(("address",), what, "Give one of the two: a PostgreSQL server, or an SQLite file")
        if self.file is not None and self.password_file is not None:
            yield Problem(("password_file",), "is of no use to a file", "Remove `password_file`")
        if self.file is not None and "." in self.view:
            yield Problem(("view",), "names a schema, which a file has not", "Write the name of the view alone")

    def fits(self, mapping: CsvMapping) -> Iterator[Problem]:
        """What a mapping lacks to be asked for by it."""
        if self.cursor not in mapping.header:
            yield unresolved(("cursor",), self.cursor, "column of the mapping", known=mapping.header)
        if mapping.delivers is Delivers.FULL:
            yield Problem((), "tells what is new, and its mapping `delivers: full`", "Set `delivers: delta` there")
        if not all(emit.fact_key or emit.state_key for emit in mapping.emit):
            what = "asks for some rows again, and an event of its mapping has no `fact_key`, so it would count twice"
            yield Problem((), what, "Add `fact_key: [...]` to each event of the mapping")
