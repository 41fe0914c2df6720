"""The streams that a site reads: for each feed that says so, a broker, an inbox and a rhythm of its own."""

from collections.abc import Callable
from pathlib import Path
from random import Random

from wardwise.assemble.databases import open_inbox, server_for
from wardwise.assemble.doors import misfit_of
from wardwise.brokers.sign_in import Files
from wardwise.errors import NotRunnable
from wardwise.feeds.round import Round
from wardwise.feeds.stream.broker import Broker
from wardwise.feeds.stream.intake import Intake
from wardwise.feeds.stream.subscription import Subscription
from wardwise.hospital.clock import Clock
from wardwise.sites.feed import Feed
from wardwise.sites.load import load_site
from wardwise.sites.site import Site
from wardwise.sites.stream import Stream
from wardwise.stores.folder import DataFolder
from wardwise.stores.sql.access import Access
from wardwise.stores.unreached import UnreachedServers

_LONGEST_SECONDS = 5.0  # a broker that is back is noticed within so long


def make_subscriptions(
    site: Path, data: Path, clock: Clock, *, say: Callable[[str], None], stopped: Callable[[], bool]
) -> list[Round]:
    """The rounds of every feed of a site that reads a stream, into a prepared data folder.

    Raises NotRunnable when a library is not installed.
    """
    described = load_site(site).site
    folder = DataFolder.found(data).require()
    standing = UnreachedServers(folder.unreached)
    standing.only([feed.name for feed in described.feeds if feed.has_server])
    return [
        Round(
            feed=feed.name,
            every_seconds=0.0,  # a broker that has nothing takes its time to say so
            turn=_subscription(
                described, feed, _broker(site, described, feed, feed.stream), folder, clock, stopped
            ).turn,
            clock=clock,
            standing=standing,
            chance=Random(str(data) + feed.name),  # noqa: S311 - to spread, not to hide
            say=say,
            longest_seconds=_LONGEST_SECONDS,
        )
        for feed in described.feeds
        if feed.stream is not None
    ]


def _subscription(
    site: Site, feed: Feed, broker: Broker, folder: DataFolder, clock: Clock, stopped: Callable[[], bool]
) -> Subscription:
    inbox = open_inbox(folder, server_for(folder), Access.WRITE)  # one each: they work side by side
    unfit = misfit_of(inbox, folder, site.slug)
    return Subscription(
        broker=broker,
        intake=Intake(site.slug, feed, broker.name),
        inbox=inbox,
        clock=clock,
        closed=lambda: unfit or folder.room.trouble,
        stopped=stopped,
    )


def _broker(site: Path, described: Site, feed: Feed, stream: Stream) -> Broker:
    named = f"wardwise-{described.slug}-{feed.name}"
    try:
        # Imported one by one: extras, and a site seldom needs both.
        if stream.kafka is not None:
            from wardwise.feeds.stream.kafka import KafkaTopic  # noqa: PLC0415

            return KafkaTopic(stream.kafka, named, Files(site))
        from wardwise.feeds.stream.jetstream import JetStream  # noqa: PLC0415

        assert stream.nats is not None  # noqa: S101 - the site's own checks see to it
        return JetStream(stream.nats, named, Files(site))
    except ImportError as absence:
        raise NotRunnable(
            what=f"reading the stream of the feed {feed.name}",
            why="its library is not installed",
            remedy="Install `wardwise[streams]`.",
        ) from absence
