"""The FHIR servers that a site asks: for each feed that says how, connections and a cursor of its own."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random

from wardwise.assemble.databases import open_inbox, server_for
from wardwise.feeds.asked_feed import AskedFeed
from wardwise.feeds.fhir.hook import Hook, listen
from wardwise.feeds.fhir.poller import LISTENER, Poller
from wardwise.feeds.fhir.rounds import Rounds
from wardwise.feeds.fhir.server import Server, connect
from wardwise.feeds.fhir.sign_in import Backend, Bearer, SignIn, secret_in
from wardwise.hospital.clock import Clock
from wardwise.sites.load import load_site
from wardwise.sites.poll import Poll
from wardwise.stores.cursors import Cursors
from wardwise.stores.folder import DataFolder
from wardwise.stores.sql.access import Access
from wardwise.stores.unreached import UnreachedServers


def make_rounds(site: Path, data: Path, clock: Clock, *, say: Callable[[str], None]) -> list[Rounds]:
    """The rounds of every feed of a site that asks a server, storing into a prepared data folder."""
    described = load_site(site).site
    folder = DataFolder.found(data).require()
    rounds = []
    for feed in described.feeds:
        if feed.poll is not None:
            inbox = open_inbox(folder, server_for(folder), Access.WRITE)  # one each: they work side by side
            server = server_of(site, feed.poll, clock)
            cursors = Cursors(folder.cursors, feed.name)
            asked = AskedFeed(described.slug, feed.name, LISTENER, inbox, clock)
            poller = Poller(asked, feed.poll, server, cursors)
            chance = Random(str(data) + feed.name)  # noqa: S311 - to spread, not to hide
            rounds.append(Rounds(poller, chance, say, UnreachedServers(folder.unreached)))
    return rounds


def make_listening(site: Path, rounds: Rounds) -> Callable[[], None] | None:
    """What listens for the server of a feed until the process ends; None where the feed has no hook."""
    asked = rounds.poller.poll.hook
    if asked is None:
        return None
    hook = Hook(rounds.poller.feed.name, partial(secret_in, site / asked.token), rounds.hurry, rounds.say)
    return partial(listen, hook, asked.port)


def server_of(site: Path, poll: Poll, clock: Clock) -> Server:
    """The server of a feed, signed in to as the site says."""
    authority = site / poll.authority if poll.authority else None
    return connect(poll.url, _sign_in(site, poll, clock), authority=authority)


def _sign_in(site: Path, poll: Poll, clock: Clock) -> SignIn:
    if poll.client is not None:
        return Backend(poll.client, partial(secret_in, site / poll.client.key), clock)
    return Bearer(partial(secret_in, site / poll.token) if poll.token else None)
