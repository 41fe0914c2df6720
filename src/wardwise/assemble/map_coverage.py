"""Coverage of a site's HL7 v2 mappings: over files of messages, or over the raw inbox."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from wardwise.assemble.site import configure
from wardwise.assemble.stores import READ_ONLY, open_stores
from wardwise.errors import NotRunnable
from wardwise.feeds.hl7v2.framing import Frame
from wardwise.feeds.hl7v2.reception import Reception
from wardwise.feeds.hl7v2.routing import UNKNOWN, Routing
from wardwise.feeds.readers import readers
from wardwise.feeds.trial.coverage import Coverage
from wardwise.loop.capture.inbox import Raw, Receipt
from wardwise.sites.feed import FeedKind
from wardwise.sites.hl7_mapping import Hl7Mapping
from wardwise.sites.load import SiteFolder
from wardwise.stores.memory.log import MemoryLog

_PAGE = 500
_KEY = b"no token made here is kept"


def coverage_of_files(site: Path, messages: Path, *, feed: str | None, now: datetime) -> dict[str, Any]:
    """Every message of a file or folder, each by the feed of its sender, or all by one feed."""
    folder = configure(site).folder
    kept = _coverages(folder)
    if feed is not None and feed not in kept:
        known = ", ".join(kept) or "none"
        why = "the site has no HL7 v2 feed of that name"
        raise NotRunnable(what=f"coverage of {feed}", why=why, remedy=f"Name one of: {known}.")
    return _figures(kept, _raws(folder, messages, feed=feed, now=now))


def coverage_of_inbox(site: Path, data: Path) -> dict[str, Any]:
    """Every message of a data folder's inbox that a feed of the site has read."""
    folder = configure(site).folder
    with open_stores(data, READ_ONLY) as stores:
        return _figures(_coverages(folder), _pages(stores.inbox.pending, folder.site.slug))


def _coverages(folder: SiteFolder) -> dict[str, Coverage]:
    made = readers(folder, token_key=_KEY, log=MemoryLog())
    return {
        feed.name: Coverage(feed.name, mapping, made[feed.name])
        for feed in folder.site.feeds
        if feed.kind is FeedKind.HL7V2 and isinstance(mapping := folder.mappings[feed.name], Hl7Mapping)
    }


def _figures(kept: dict[str, Coverage], raws: Iterator[Raw]) -> dict[str, Any]:
    refused = strangers = 0
    for raw in raws:
        if raw.receipt is Receipt.REFUSED:
            refused += 1
        elif raw.arrival.source in kept:
            kept[raw.arrival.source].look(raw)
        elif raw.arrival.source == UNKNOWN:
            strangers += 1
    feeds = [each.figures() for each in kept.values() if each.outcomes]
    return {"feeds": feeds, "refused": refused, "unknown_senders": strangers}


def _raws(folder: SiteFolder, messages: Path, *, feed: str | None, now: datetime) -> Iterator[Raw]:
    files = sorted(each for each in messages.rglob("*") if each.is_file()) if messages.is_dir() else [messages]
    reception = Reception(folder.site.slug, "coverage", Routing.of(folder.site.feeds), batch=None)
    number = 0
    for file in files:
        for received in reception.receive(Frame(file.read_bytes()), now):
            number += 1
            arrival = received.arrival
            if feed is not None and not arrival.refusal:
                arrival = replace(arrival, source=feed)
            receipt = Receipt.REFUSED if arrival.refusal else Receipt.STORED
            yield Raw(id=f"w{number}", sequence=number, arrival=arrival, receipt=receipt)


def _pages(pending: Callable[..., list[Raw]], site: str) -> Iterator[Raw]:
    after = 0
    while page := pending(site, after=after, limit=_PAGE):
        yield from page
        after = page[-1].sequence
