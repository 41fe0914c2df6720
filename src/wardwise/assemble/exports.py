"""A bulk export of the server of a feed, fetched into a folder of its own, to be imported from there."""

import shutil
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from wardwise.assemble.pollers import server_of
from wardwise.errors import NotRunnable
from wardwise.feeds.fhir.bulk import Fetched, Wait, Wanted, fetch
from wardwise.feeds.fhir.references import NEEDED
from wardwise.feeds.fhir.refusal import Refused
from wardwise.hospital.clock import Clock
from wardwise.sites.feed import Feed
from wardwise.sites.load import load_site
from wardwise.sites.poll import Poll

_WHAT = "fetching an export"


def fetch_export(site: Path, feed: str, into: Path, wanted: Wanted, *, clock: Clock, wait: Wait) -> Fetched:
    """Fetch what a feed asks for, and what that refers to, into a new folder; all of it or nothing.

    Raises NotRunnable for a feed without a server, a folder that is there, and a server that refuses.
    """
    poll = _poll(load_site(site).site.feeds, feed)
    wanted = replace(wanted, types=wanted.types or tuple(sorted({*poll.types, *NEEDED})))
    try:
        into.mkdir(mode=0o700, parents=True)
    except OSError as fault:
        raise NotRunnable(what=_WHAT, why=f"{into}: {fault.strerror}", remedy="Name a new folder.") from None
    try:
        with closing(server_of(site, poll, clock)) as server:
            return fetch(server, wanted, into, wait=wait)
    except BaseException as fault:
        shutil.rmtree(into, ignore_errors=True)
        if isinstance(fault, Refused):
            why = f"the server did not give {fault.facts['what']}: {fault.facts['why']}"
            remedy = "Ask its people; then fetch it again, nothing of it was kept."
            raise NotRunnable(what=_WHAT, why=why, remedy=remedy) from None
        if isinstance(fault, OSError):
            remedy = "Name a folder on a disk with room for it; nothing of it was kept."
            raise NotRunnable(what=_WHAT, why=f"{into}: {fault.strerror}", remedy=remedy) from None
        raise


def _poll(feeds: tuple[Feed, ...], name: str) -> Poll:
    asked = {feed.name: feed.poll for feed in feeds if feed.poll is not None}
    if name not in asked:
        known = ", ".join(asked) or "none; add `poll` to a FHIR feed of site.yaml"
        why = f"the site has no feed {name} that asks a server"
        raise NotRunnable(what=_WHAT, why=why, remedy=f"Those that do: {known}.")
    return asked[name]
