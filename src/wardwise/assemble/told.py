"""A table of events told to a log in memory, through the mapping of a site: what rehearsals are judged on."""

from collections.abc import Callable, Collection
from datetime import UTC, datetime
from pathlib import Path

from wardwise.assemble.meds import find_tables
from wardwise.assemble.site import configure
from wardwise.errors import NotRunnable
from wardwise.feeds.files.meds import Importing, read_rows
from wardwise.loop.capture.log import Batch
from wardwise.rehearse.asked import Told
from wardwise.rehearse.replay.parity import Ground
from wardwise.rehearse.story.play import Shelf
from wardwise.sites.feed import Feed, FeedKind
from wardwise.sites.load import SiteFolder
from wardwise.stores.memory.log import MemoryLog

_AFTER_ALL = datetime(2400, 1, 1, tzinfo=UTC)  # research tables shift their dates, some by more than a century
_KEY = b"a rehearsal names nobody outside"


def tell_by(site: Path | None, workflow: str) -> Callable[[Path, Collection[str]], Told]:
    """What tells a table to a log of its own by the MEDS feed of a site; raises NotRunnable where there is none."""

    def tell(path: Path, kinds: Collection[str]) -> Told:
        if site is None or not site.is_dir():
            remedy = "Name a site with a MEDS feed: --dataset meds:SITE, such as meds:sites/research of the source."
            raise NotRunnable(what=f"reading {path.name}", why="no site says how", remedy=remedy)
        found = configure(site)
        feed = _feed(found.folder)
        (table,) = find_tables(found, path, feed).counted
        into = Importing(
            site=found.folder.site.slug, zone=found.folder.zone(feed.name), source=feed.name, token_key=_KEY
        )
        log = MemoryLog()
        lease = log.lease(into.site, "rehearsal")
        for drafts in read_rows(table[0], found.folder.mappings[feed.name], into):  # type: ignore[arg-type]  # its feed is MEDS
            log.append(lease, Batch([draft for draft in drafts if draft.kind in kinds]), _AFTER_ALL)
        return Told(Ground(log, found.folder, Shelf()), found.workflows[workflow])

    return tell


def _feed(folder: SiteFolder) -> Feed:
    feeds = [feed for feed in folder.site.feeds if feed.kind is FeedKind.MEDS]
    if len(feeds) != 1:
        why = f"the site has {len(feeds)} feeds of MEDS tables"
        raise NotRunnable(what="the rehearsal", why=why, remedy="Name a site with one of them: --dataset meds:SITE.")
    return feeds[0]
