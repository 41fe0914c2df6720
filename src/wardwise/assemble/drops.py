"""The drop folders of a site's file feeds, under the data folder unless the site names another place."""

from collections.abc import Callable
from pathlib import Path

from wardwise.assemble.stores import Stores
from wardwise.feeds.files.drop import Drop
from wardwise.hospital.clock import Clock
from wardwise.sites.load import SiteFolder


def make_drops(stores: Stores, folder: SiteFolder, clock: Clock, data: Path) -> Callable[[], int]:
    """A function that takes what lies complete in any drop folder, and says how many files it took."""
    drops = [
        Drop(drop_folder(data, feed.folder), feed.name, folder.site.slug, inbox=stores.inbox, clock=clock)
        for feed in folder.site.feeds
        if feed.folder is not None
    ]
    return lambda: sum(drop.scan() for drop in drops)


def drop_folder(data: Path, named: str) -> Path:
    """Where a feed's files are dropped: under the data folder, or the absolute path a site gives."""
    path = Path(named)
    return path if path.is_absolute() else data / path
