"""The reader of every feed of a site."""

from collections.abc import Callable

from wardwise.feeds.fhir.reader import FhirReader
from wardwise.feeds.files.csv_reader import CsvReader
from wardwise.feeds.hl7v2.reader import Hl7Reader
from wardwise.feeds.log_archive import SOURCE, ArchiveReader
from wardwise.feeds.people.reader import PeopleReader
from wardwise.feeds.reading import Reader
from wardwise.feeds.second_source import SecondSource
from wardwise.loop.capture.log import Log
from wardwise.sites.feed import Feed, FeedKind
from wardwise.sites.load import SiteFolder


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
    second: dict[str, set[str]] = {}
    for pair in folder.site.two_sources:
        second.setdefault(pair.second, set()).add(pair.kind)
    for repeat in folder.site.repeats:
        second.setdefault(repeat.batch, set()).update(repeat.single_facts)
    standing_by = {
        name: SecondSource(found[name], frozenset(kinds)) for name, kinds in second.items() if kinds and name in found
    }
    return {SOURCE: ArchiveReader(), **found, **standing_by}
