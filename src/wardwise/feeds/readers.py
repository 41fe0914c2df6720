"""The reader of every feed of a site."""

from collections.abc import Callable

from wardwise.feeds.dropped import DroppedReader
from wardwise.feeds.fhir.reader import FhirReader
from wardwise.feeds.files.csv_reader import CsvReader
from wardwise.feeds.hl7v2.reader import Hl7Reader
from wardwise.feeds.log_archive import SOURCE, ArchiveReader
from wardwise.feeds.people.reader import PeopleReader
from wardwise.feeds.reading import Reader
from wardwise.feeds.second_source import SecondSource
from wardwise.loop.capture.dropped import SOURCE as DROPPED
from wardwise.loop.capture.log import Log
from wardwise.sites.feed import Feed, FeedKind
from wardwise.sites.load import SiteFolder
from wardwise.sites.two_sources import STAYS


def readers(folder: SiteFolder, *, token_key: bytes, log: Log) -> dict[str, Reader]:
    """The reader of each feed by its name, and of what the house itself tells.

    Tables of MEDS and OMOP are imported, not read, so they have none.
    Raises UnknownKind for a mapping that emits a kind nobody knows.
    """
    makers: dict[FeedKind, Callable[[Feed], Reader]] = {
        FeedKind.HL7V2: lambda feed: Hl7Reader(folder, feed, token_key=token_key, log=log),
        FeedKind.FHIR: lambda feed: FhirReader(folder, feed, token_key=token_key, log=log),
        FeedKind.CSV: lambda feed: CsvReader(folder, feed, token_key=token_key, log=log),
        FeedKind.BOARD: lambda _feed: PeopleReader(log, folder),
        FeedKind.CDS_HOOKS: lambda _feed: PeopleReader(log, folder),
    }
    found = {feed.name: makers[feed.kind](feed) for feed in folder.site.feeds if feed.kind in makers}
    ours: dict[str, Reader] = {SOURCE: ArchiveReader(), DROPPED: DroppedReader(log, folder.site.slug)}
    return ours | {name: _standing_by(folder, name, reader) for name, reader in found.items()}


def _standing_by(folder: SiteFolder, name: str, reader: Reader) -> Reader:
    """The reader of a feed that is the second to tell of something; another one as it is."""
    pairs = [pair for pair in folder.site.two_sources if pair.second == name]
    batches = [repeat.single_facts for repeat in folder.site.repeats if repeat.batch == name]
    kinds = frozenset(pair.kind for pair in pairs).union(*batches)
    within = next((pair.agrees.within_minutes for pair in pairs if pair.kind == STAYS), 0)
    return SecondSource(reader, kinds, within) if kinds else reader
