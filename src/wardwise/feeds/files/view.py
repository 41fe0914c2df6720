"""Asks a view what is new, and stores the rows before the cursor moves; a turn that broke off is asked again whole."""

import hashlib
import re
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from wardwise.errors import Unanswered
from wardwise.feeds.asked_feed import AskedFeed
from wardwise.feeds.files.drop import LARGEST
from wardwise.feeds.files.rows import as_body, as_text
from wardwise.feeds.kept import Kept
from wardwise.sites.csv_mapping import CsvMapping
from wardwise.sites.view import View

LISTENER = "view"
CURSOR = "cursor"

_AHEAD = timedelta(days=2)  # of our time in UTC, whatever the zone of theirs
_DATED = re.compile(r"\d{4}-")
_REMEMBERED = 20_000  # rows; one that is asked for again and is not among them is known by its fact


class Page(Protocol):
    """Some rows, in the order of the cursor, and the cursor of the last as the database writes it."""

    @property
    def rows(self) -> Sequence[Sequence[object]]:
        """The rows."""
        ...

    @property
    def cursor(self) -> str:
        """The cursor of the last."""
        ...


class OpenView(Protocol):
    """A view in one transaction that can only read; raises Unanswered."""

    def columns(self) -> Sequence[str]:
        """Its columns as the database spells them."""
        ...

    def pages(self, columns: Sequence[str], *, cursor: str, beyond: str) -> Iterator[Page]:
        """These columns of the rows whose cursor column is `beyond` less the overlap, or more."""
        ...


class Database(Protocol):
    """Where a view is opened."""

    def opened(self) -> AbstractContextManager[OpenView]:
        """The view, for one turn."""
        ...


@dataclass(slots=True, kw_only=True)
class ViewPoller:
    """One feed. Not safe for threads."""

    feed: AskedFeed
    view: View
    mapping: CsvMapping
    database: Database
    cursors: Kept
    _told: OrderedDict[bytes, None] = field(default_factory=OrderedDict)

    def turn(self) -> int:
        """Store all that is new, then move the cursor; returns how many rows.

        Raises Unanswered (the cursor stays) and StoreUnavailable. Times to come are stored and move no cursor.
        """
        at = self.cursors.read().get(CURSOR, str(self.view.since))
        new, to_come = 0, False
        with self.database.opened() as view:
            columns = self._columns(view.columns())
            for page in view.pages(list(columns.values()), cursor=columns[self.view.cursor], beyond=at):
                new += self._take(list(columns.values()), page.rows)
                to_come = to_come or self._is_to_come(page.cursor)
                if page.cursor != at and not to_come:
                    at = page.cursor
                    self.cursors.keep({CURSOR: at})
        if to_come:
            raise Unanswered(what="an order to read on in", why="its cursor column holds times that are still to come")
        self.feed.beat(as_body(list(columns.values()), ()), of="nothing-new")
        return new

    def _is_to_come(self, cursor: str) -> bool:
        """Whether a cursor is a time of no day yet, in any zone: behind it nothing would ever be new."""
        if _DATED.match(cursor) is None:
            return False
        try:
            at = datetime.fromisoformat(cursor).replace(tzinfo=None)
        except ValueError:
            return False
        return at - self.feed.clock.now().replace(tzinfo=None) > _AHEAD

    def _columns(self, there: Sequence[str]) -> dict[str, str]:
        """What each of our columns is called there; raises Unanswered for one that is not."""
        spelled = {name.strip().casefold(): name for name in there}
        found: dict[str, str] = {}
        for name, aliases in self.mapping.header.items():
            known = [spelled[each] for alias in aliases if (each := alias.strip().casefold()) in spelled]
            if known:
                found[name] = known[0]
            elif name not in self.mapping.optional or name == self.view.cursor:
                raise Unanswered(what="its rows", why=f"its view has no column `{name}` by any name of the mapping")
        return found

    def _take(self, columns: list[str], rows: Sequence[Sequence[object]]) -> int:
        fresh: dict[bytes, list[str]] = {}
        for row in rows:
            cells = [self._cell(column, value) for column, value in zip(columns, row, strict=True)]
            mark = hashlib.blake2b("\x1f".join(cells).encode("utf-8", "surrogatepass"), digest_size=16).digest()
            if mark in self._told:
                self._told.move_to_end(mark)
            else:
                fresh[mark] = cells
        if fresh:
            self._store(as_body(columns, list(fresh.values())))
        self._told.update(dict.fromkeys(fresh))  # only now: a page that was not stored is told whole the next time
        while len(self._told) > _REMEMBERED:
            self._told.popitem(last=False)
        return len(fresh)

    def _cell(self, column: str, value: object) -> str:
        try:
            return as_text(value)
        except ValueError as fault:
            raise Unanswered(
                what="its rows", why=f"column `{column}` holds {fault}, which is no single value"
            ) from None

    def _store(self, body: bytes) -> None:
        if len(body) > LARGEST:
            raise Unanswered(what="its rows", why=f"a page of them is larger than {LARGEST:,} bytes; lower `page`")
        self.feed.store(body, of="rows")
