"""What a site fetches from other servers: for each feed that says how, a server, a memory and a rhythm of its own."""

from collections.abc import Callable
from pathlib import Path
from random import Random

from wardwise.assemble.databases import open_inbox, server_for
from wardwise.assemble.drops import drop_folder
from wardwise.errors import NotRunnable
from wardwise.feeds.asked_feed import AskedFeed
from wardwise.feeds.files.fetch import Fetcher, Server
from wardwise.feeds.files.view import LISTENER, Database, ViewPoller
from wardwise.feeds.round import Round
from wardwise.hospital.clock import Clock
from wardwise.sites.csv_mapping import CsvMapping
from wardwise.sites.feed import Feed
from wardwise.sites.load import load_site
from wardwise.sites.mapping import Mapping as FeedMapping
from wardwise.sites.sftp import Sftp
from wardwise.sites.view import View
from wardwise.stores.cursors import Cursors
from wardwise.stores.durable import write_durably
from wardwise.stores.folder import DataFolder
from wardwise.stores.place import Place
from wardwise.stores.sql.access import Access
from wardwise.stores.unreached import UnreachedServers
from wardwise.stores.views.sqlite import SqliteView

_Turn = tuple[float, Callable[[], object], Callable[[], bool]]


def make_fetching(site: Path, data: Path, clock: Clock, *, say: Callable[[str], None]) -> list[Round]:
    """The rounds of every feed of a site that is fetched, into a prepared data folder.

    Raises NotRunnable when a driver is not installed.
    """
    described = load_site(site)
    folder = DataFolder.found(data).require()
    standing = UnreachedServers(folder.unreached)
    fetched = [feed for feed in described.site.feeds if feed.fetched]
    standing.only([feed.name for feed in described.site.feeds if feed.has_server])
    return [
        Round(
            feed=feed.name,
            every_seconds=every,
            turn=turn,
            clock=clock,
            standing=standing,
            chance=Random(str(data) + feed.name),  # noqa: S311 - to spread, not to hide
            say=say,
            closed=lambda: folder.room.trouble,
            unsettled=unsettled,
        )
        for feed in fetched
        for every, turn, unsettled in [
            _turn(site, described.site.slug, feed, folder=folder, clock=clock, mapping=described.mappings[feed.name])
        ]
    ]


def _turn(site: Path, slug: str, feed: Feed, *, folder: DataFolder, clock: Clock, mapping: FeedMapping) -> _Turn:
    """How often a feed is fetched, in seconds, what fetches it once, and whether it should be looked at again soon."""
    inbox = open_inbox(folder, server_for(folder), Access.WRITE)  # one each: they work side by side
    cursors = Cursors(folder.cursors, feed.name)
    if feed.view is not None:
        assert isinstance(mapping, CsvMapping)  # noqa: S101 - the folder's own checks see to it
        poller = ViewPoller(
            feed=AskedFeed(slug, feed.name, LISTENER, inbox, clock),
            view=feed.view,
            mapping=mapping,
            database=_database(site, feed.view),
            cursors=cursors,
        )
        return float(feed.view.every_seconds), poller.turn, bool
    assert feed.sftp is not None  # noqa: S101 - the site's own checks see to it
    assert feed.folder is not None  # noqa: S101
    fetcher = Fetcher(
        site=slug,
        feed=feed.name,
        folder=drop_folder(folder.path, feed.folder),
        server=_server(site, feed.sftp),
        inbox=inbox,
        fetched=cursors,
        clock=clock,
        keep=lambda path, body, changed: write_durably(path, body, changed=changed),
        vouched=feed.manifest,
        remove=feed.sftp.remove,
    )
    return float(feed.sftp.every_seconds), fetcher.turn, lambda: fetcher.unsettled


def _database(site: Path, view: View) -> Database:
    limits = {"page": view.page, "overlap": view.overlap, "timeout_seconds": view.timeout_seconds}
    if view.address is None:
        return SqliteView(site / str(view.file), view.view, **limits)
    try:
        from wardwise.stores.postgres.server import server_of  # noqa: PLC0415 - an extra
        from wardwise.stores.views.postgres import PostgresView  # noqa: PLC0415
    except ImportError as absence:
        raise NotRunnable(
            what="reading a view in PostgreSQL",
            why="its driver is not installed",
            remedy="Install `wardwise[postgres]`, or `psycopg[binary]` beside wardwise.",
        ) from absence
    server_of(view.address)  # a bad one is told at the start
    place = Place(view.address, site / view.password_file if view.password_file else None)
    return PostgresView(view.address, view.view, **limits, password=lambda: place.password({}))


def _server(site: Path, at: Sftp) -> Server:
    try:
        from wardwise.feeds.files.sftp import SftpServer  # noqa: PLC0415 - an extra
    except ImportError as absence:
        raise NotRunnable(
            what="fetching files by SFTP",
            why="its library is not installed",
            remedy="Install `wardwise[sftp]`, or `asyncssh` beside wardwise.",
        ) from absence
    return SftpServer(
        at,
        known_hosts=site / at.known_hosts,
        key=site / at.key if at.key else None,
        password=site / at.password if at.password else None,
    )
