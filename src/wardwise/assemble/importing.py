"""Bring history in: the same inbox, readers and log as live feeds, but known when the source knew it."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from wardwise.assemble.site import configure, take_effect
from wardwise.assemble.stores import WORKER, Stores, open_stores, prepare
from wardwise.assemble.worker import make_bench
from wardwise.errors import NotRunnable
from wardwise.feeds.hl7v2.framing import Frame
from wardwise.feeds.hl7v2.reception import Reception
from wardwise.feeds.hl7v2.routing import Routing
from wardwise.feeds.intake import CONSUMER, read_all
from wardwise.loop.capture.event import Draft, KnownBasis
from wardwise.loop.capture.inbox import Arrival
from wardwise.loop.capture.log import Outcome
from wardwise.rehearse.replay.decisions import Configuration
from wardwise.sites.feed import Feed, FeedKind
from wardwise.stores.folder import DataFolder

_AT_ONCE = 500
_LISTENER = "import"


def import_path(
    site: Path,
    data: Path,
    *,
    form: str,
    path: Path,
    feed: str | None,
    now: datetime,
    progress: Callable[[int, int], None],
) -> dict[str, int]:
    """Import a file or every file of a folder; the data folder must not be in use. Returns counts."""
    configuration = configure(site)
    prepare(data)
    with DataFolder(data).hold(), open_stores(data, WORKER) as stores:
        arrivals = _arrivals(configuration, FeedKind(form), path, feed=feed, now=now)
        return import_arrivals(stores, configuration, arrivals, now=now, progress=progress)


def import_arrivals(
    stores: Stores,
    configuration: Configuration,
    arrivals: Sequence[Arrival],
    *,
    now: datetime,
    progress: Callable[[int, int], None],
) -> dict[str, int]:
    """Store arrivals and read them into events, in order."""
    site = configuration.folder.site.slug
    lease = stores.log.lease(site, f"import {os.getpid()}")
    take_effect(stores, lease, configuration, now)
    bench = make_bench(stores, configuration)
    counts = {"received": 0, "applied": 0, "quarantined": 0, "events": 0}
    for start in range(0, len(arrivals), _AT_ONCE):
        counts["received"] += len(stores.inbox.receive(arrivals[start : start + _AT_ONCE]))
        raws = stores.inbox.pending(site, after=stores.log.offset(site, CONSUMER), limit=_AT_ONCE)
        read = read_all(raws, bench.readers)
        bench.remember(read.identities)
        batch = replace(read.batch, drafts=[_as_history(draft) for draft in read.batch.drafts])
        counts["events"] += len(stores.log.append(lease, batch, now))
        for disposition in batch.dispositions:
            counts["applied" if disposition.outcome is Outcome.APPLIED else "quarantined"] += 1
        progress(min(start + _AT_ONCE, len(arrivals)), len(arrivals))
    return counts


def _as_history(draft: Draft) -> Draft:
    # Without a record time of the source and without a declared lag, the fact counts as known when it happened.
    if draft.known_at is not None or draft.kind == "message.quarantined":
        return draft
    return replace(draft, known_at=draft.occurred_at, known_basis=KnownBasis.ASSUMED)


def _arrivals(
    configuration: Configuration, kind: FeedKind, path: Path, *, feed: str | None, now: datetime
) -> list[Arrival]:
    files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
    if kind is FeedKind.HL7V2:
        return [arrival for file in files for arrival in _messages(configuration, file, now)]
    chosen = _feed(configuration, kind, feed)
    return [
        Arrival(
            site=configuration.folder.site.slug,
            source=chosen.name,
            listener=_LISTENER,
            control_id=file.name,
            body=file.read_bytes(),
            received_at=now,
        )
        for file in files
    ]


def _messages(configuration: Configuration, file: Path, now: datetime) -> Iterator[Arrival]:
    site = configuration.folder.site
    reception = Reception(site.slug, _LISTENER, Routing.of(site.feeds))
    for received in reception.receive(Frame(file.read_bytes()), now):
        yield received.arrival


def _feed(configuration: Configuration, kind: FeedKind, name: str | None) -> Feed:
    feeds = [feed for feed in configuration.folder.site.feeds if feed.kind is kind and name in (None, feed.name)]
    if len(feeds) != 1:
        known = ", ".join(feed.name for feed in configuration.folder.site.feeds if feed.kind is kind) or "none"
        raise NotRunnable(
            what=f"importing {kind.value}",
            why=f"{len(feeds)} feeds of that kind match",
            remedy=f"Name one with --feed. This site has: {known}.",
        )
    return feeds[0]
