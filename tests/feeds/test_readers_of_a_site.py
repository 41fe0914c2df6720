"""Every feed of a site that is read has its reader; tables that are imported have none."""

from pathlib import Path

from wardwise.feeds.dropped import DroppedReader
from wardwise.feeds.files.csv_reader import CsvReader
from wardwise.feeds.hl7v2.reader import Hl7Reader
from wardwise.feeds.log_archive import SOURCE as ARCHIVED
from wardwise.feeds.log_archive import ArchiveReader
from wardwise.feeds.people.reader import PeopleReader
from wardwise.feeds.readers import readers
from wardwise.loop.capture.dropped import SOURCE as DROPPED
from wardwise.sites.load import SiteFolder, load_site
from wardwise.stores.memory.log import MemoryLog


def test_each_feed_of_the_demo_has_the_reader_of_its_kind(demo: SiteFolder) -> None:
    found = readers(demo, token_key=b"k" * 32, log=MemoryLog())
    assert {name: type(reader) for name, reader in found.items()} == {
        "adt": Hl7Reader, "oru": Hl7Reader, "roster": CsvReader, "staff": CsvReader, "ed-history": CsvReader,
        "board": PeopleReader, "cds": PeopleReader, ARCHIVED: ArchiveReader, DROPPED: DroppedReader,
    }  # fmt: skip


def test_a_table_for_research_is_imported_and_not_read() -> None:
    folder = load_site(Path(__file__).parents[2] / "sites" / "research")
    assert set(readers(folder, token_key=b"k" * 32, log=MemoryLog())) == {
        "sepsis",
        ARCHIVED,
        DROPPED,
    }  # a log is a table of events
