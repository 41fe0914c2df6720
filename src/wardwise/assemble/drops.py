"""The drop folders of a site's file feeds, under the data folder unless the site names another place."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from wardwise.assemble.stores import Stores
from wardwise.feeds.files.contents import contents
from wardwise.feeds.files.drop import Drop, Vouched
from wardwise.feeds.mapped.trouble import Unreadable
from wardwise.hospital.clock import Clock
from wardwise.sites.csv_mapping import CsvMapping, Delivers
from wardwise.sites.feed import Feed
from wardwise.sites.load import SiteFolder
from wardwise.sites.mapping import Mapping as FeedMapping


def make_drops(stores: Stores, folder: SiteFolder, clock: Clock, data: Path) -> Callable[[], int]:
    """A function that takes what lies complete in any drop folder, and says how many files it took."""
    drops = [
        Drop(
            drop_folder(data, feed.folder),
            feed.name,
            folder.site.slug,
            inbox=stores.inbox,
            clock=clock,
            vouched=_vouched(feed, folder.mappings[feed.name]),
        )
        for feed in folder.site.feeds
        if feed.folder is not None
    ]
    return lambda: sum(drop.scan() for drop in drops)


def _vouched(feed: Feed, mapping: FeedMapping) -> Vouched:
    full = isinstance(mapping, CsvMapping) and mapping.delivers is Delivers.FULL
    return Vouched(required=feed.manifest, anew=full, count=partial(_rows, mapping, feed.charset))


def _rows(mapping: FeedMapping, charset: str, body: bytes) -> int | None:
    """How many rows a file has below its header; None where it has no rows or cannot be read: that is said later."""
    if not isinstance(mapping, CsvMapping):
        return None
    try:
        return max(sum(1 for _ in contents(body, mapping, charset).rows) - 1, 0)
    except Unreadable:
        return None


def drop_folder(data: Path, named: str) -> Path:
    """Where a feed's files are dropped: under the data folder, or the absolute path a site gives."""
    path = Path(named)
    return path if path.is_absolute() else data / path
