"""MEDS and OMOP tables into the log: facts straight from the table, whose SHA-256 is the raw that each of them names.

The table itself is not kept in the inbox; a second import of the same bytes through the same mapping adds nothing.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import polars as pl
from polars.exceptions import PolarsError

from wardwise.assemble.site import take_effect
from wardwise.assemble.stores import Stores
from wardwise.assemble.tenure import holder, tenure
from wardwise.errors import BrokenFile, NotRunnable
from wardwise.feeds.files.coded import CodedTable
from wardwise.feeds.files.meds import Importing, MedsCounts, count_rows, meds_table, read_rows
from wardwise.feeds.files.omop import omop_table
from wardwise.feeds.mapped.token import Tokens
from wardwise.loop.capture.event import Draft, Event, Status
from wardwise.loop.capture.log import Batch, Lease
from wardwise.rehearse.replay.decisions import Configuration
from wardwise.sites.feed import Feed, FeedKind
from wardwise.sites.meds_mapping import MedsMapping
from wardwise.stores.vault import Person

_ENDING = "*.parquet"
_MOST = 10  # unmapped codes that are named
_REMEDY = "Export it as MEDS says"


@dataclass(frozen=True, slots=True)
class Tables:
    """The tables to be imported, each found readable and counted, and the feed whose mapping reads them."""

    feed: Feed
    mapping: MedsMapping
    counted: tuple[tuple[CodedTable, MedsCounts], ...]

    @property
    def rows(self) -> int:
        """Rows that the mapping makes facts of."""
        return sum(sum(counts.kinds.values()) for _, counts in self.counted)


@dataclass(slots=True)
class _Tally:
    """What an import has added so far."""

    facts: int = 0
    suspect: int = 0
    kinds: Counter[str] = field(default_factory=Counter)

    def add(self, drafts: Sequence[Draft], events: Sequence[Event]) -> None:
        self.facts += len(drafts)
        self.kinds.update(event.kind for event in events)
        self.suspect += sum(event.status is Status.SUSPECT for event in events)


def find_tables(configuration: Configuration, path: Path, feed: Feed) -> Tables:
    """The tables of a file or folder; raises BrokenFile for one that is none, before anything is stored.

    OMOP is a folder whose tables belong together, so that they are one.
    """
    mapping = configuration.folder.mappings[feed.name]
    assert isinstance(mapping, MedsMapping)  # noqa: S101 - the folder's own checks see to it
    if feed.kind is FeedKind.OMOP:
        with _readable(path.name):
            table = omop_table(path)
            return Tables(feed, mapping, ((table, count_rows(table, mapping)),))
    files = sorted(path.rglob(_ENDING)) if path.is_dir() else [path]
    if not files:
        raise NotRunnable(
            what=f"importing {path.name}", why="no .parquet file is in the folder", remedy="Name one that has some."
        )
    return Tables(feed, mapping, tuple(_counted(file, mapping) for file in files))


def import_tables(
    stores: Stores, configuration: Configuration, tables: Tables, *, now: datetime, progress: Callable[[int, int], None]
) -> dict[str, object]:
    """Append the facts of the tables in batches; returns counts of what was added and of what was passed over."""
    site = configuration.folder.site.slug
    zone = configuration.folder.zone(tables.feed.name)
    into = Importing(site=site, zone=zone, source=tables.feed.name, token_key=stores.keys.token)
    tally = _Tally()
    with tenure(stores, site, holder("import")) as lease:
        take_effect(stores, lease, configuration, now)
        for table, _ in tables.counted:
            for drafts, events in _appended(stores, lease, table, tables=tables, into=into, now=now):
                tally.add(drafts, events)
                progress(tally.facts, tables.rows)
    progress(tables.rows, tables.rows)
    return _figures(tables, tally)


def _appended(
    stores: Stores, lease: Lease, table: CodedTable, *, tables: Tables, into: Importing, now: datetime
) -> Iterator[tuple[Sequence[Draft], Sequence[Event]]]:
    unknown = _people(table, tables.mapping.authority, into.token_key)
    with _readable(table.name):
        for drafts in read_rows(table, tables.mapping, into):
            met = {draft.about.patient for draft in drafts} & unknown.keys()
            stores.vault.remember([unknown.pop(str(token)) for token in sorted(map(str, met))])
            yield drafts, stores.log.append(lease, Batch(drafts), now)


def _people(table: CodedTable, authority: str, token_key: bytes) -> dict[str, Person]:
    """The table's subjects by their tokens."""
    tokens = Tokens(token_key)
    subjects = table.frame.select(pl.col("subject").unique()).collect()["subject"]
    people = (Person(tokens.of(authority, subject), authority, subject) for subject in subjects.drop_nulls())
    return {person.token: person for person in people}


def _counted(file: Path, mapping: MedsMapping) -> tuple[CodedTable, MedsCounts]:
    with _readable(file.name):
        schema = pl.read_parquet_schema(file)
        table = meds_table(file)
        counts = count_rows(table, mapping)  # it names a column that is missing
        _check_types(file, schema)
    return table, counts


@contextmanager
def _readable(name: str) -> Iterator[None]:
    try:
        yield
    except (PolarsError, OSError) as fault:
        what = "it is no such table, or it is damaged"
        remedy = "Export it again, as MEDS or OMOP says, or fetch it again"
        raise BrokenFile(file=name, line=1, field="file", what=what, remedy=remedy) from fault


def _check_types(file: Path, schema: Mapping[str, pl.DataType]) -> None:
    for column, (fits, says) in _TYPES.items():
        if column in schema and not fits(schema[column]):
            what = f"the column holds {schema[column]}, not {says}"
            raise BrokenFile(file=file.name, line=1, field=column, what=what, remedy=f"{_REMEDY}: {says}")


def _named(kind: pl.DataType) -> bool:
    return kind.is_integer() or kind == pl.String


def _local(kind: pl.DataType) -> bool:
    return kind == pl.Date or (isinstance(kind, pl.Datetime) and kind.time_zone is None)


def _textual(kind: pl.DataType) -> bool:
    return kind in {pl.String, pl.Categorical, pl.Enum}


def _numeric(kind: pl.DataType) -> bool:
    return kind.is_numeric()


_TYPES: dict[str, tuple[Callable[[pl.DataType], bool], str]] = {
    "subject_id": (_named, "whole numbers or text"),
    "time": (_local, "local times without a zone"),
    "code": (_textual, "text"),
    "numeric_value": (_numeric, "numbers"),
    "value": (_numeric, "numbers"),
}


def _figures(tables: Tables, tally: _Tally) -> dict[str, object]:
    unmapped: Counter[str] = Counter()
    ignored: Counter[str] = Counter()
    for _, counts in tables.counted:
        unmapped.update(counts.unmapped)
        ignored.update(counts.ignored)
    return {
        "files": len(tables.counted),
        "rows": sum(counts.rows for _, counts in tables.counted),
        "facts": tally.facts,
        "events": tally.kinds.total(),
        "kinds": dict(tally.kinds),
        "suspect": tally.suspect,
        "left_out": tables.rows - tally.facts,
        "ignored": dict(ignored),
        "unmapped": {"codes": len(unmapped), "rows": unmapped.total(), "most": dict(unmapped.most_common(_MOST))},
    }
