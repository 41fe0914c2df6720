"""Bring history in: the same inbox, readers and log as live feeds, but known when the source knew it."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from wardwise.assemble.meds import find_tables, import_tables
from wardwise.assemble.site import configure, take_effect
from wardwise.assemble.stores import WORKER, Stores, open_stores, prepare
from wardwise.assemble.tenure import holder, tenure
from wardwise.assemble.worker import make_bench
from wardwise.errors import BrokenFile, NotRunnable
from wardwise.feeds.fhir.export import deliveries
from wardwise.feeds.files.contents import contents
from wardwise.feeds.files.table import table
from wardwise.feeds.hl7v2.framing import Frame
from wardwise.feeds.hl7v2.reception import Reception
from wardwise.feeds.hl7v2.routing import Routing
from wardwise.feeds.intake import read_all
from wardwise.feeds.mapped.trouble import Unreadable
from wardwise.loop.capture.event import Draft, KnownBasis, Status
from wardwise.loop.capture.ids import shown
from wardwise.loop.capture.inbox import INTAKE, Arrival, Raw, Receipt
from wardwise.loop.capture.log import Outcome
from wardwise.rehearse.replay.decisions import Configuration
from wardwise.sites.csv_mapping import CsvMapping
from wardwise.sites.feed import Feed, FeedKind
from wardwise.stores.folder import DataFolder

_AT_ONCE = 500
_LISTENER = "import"
_NAMED = 20  # problems that are told one by one
_QUARANTINED = "message.quarantined"
_BOOKED = tuple(each.value for each in (*Receipt, *Outcome))

Progress = Callable[[int, int], None]
Bring = Callable[[Stores], dict[str, object]]


@dataclass(frozen=True, slots=True)
class Import:
    """What is to be imported: a file, or every file of a folder, through a feed (the only one of its kind if None)."""

    form: FeedKind
    path: Path
    feed: str | None = None


def import_path(site: Path, data: Path, what: Import, *, now: datetime, progress: Progress) -> dict[str, object]:
    """Import into a data folder that is not in use; returns counts.

    A broken site, a file that cannot be read as a whole or a feed that is not there is told before the data
    folder is touched.
    """
    configuration = configure(site)
    bring = _planned(configuration, what, now=now, progress=progress)
    prepare(data)
    with DataFolder(data).hold(), open_stores(data, WORKER) as stores:
        return bring(stores)


def import_arrivals(
    stores: Stores,
    configuration: Configuration,
    arrivals: Sequence[Arrival],
    *,
    now: datetime,
    progress: Progress,
) -> dict[str, object]:
    """Store arrivals and read them into events, in order; the first problems are told with what to do."""
    site = configuration.folder.site.slug
    counts = Counter(dict.fromkeys(("received", "events", "suspect", *_BOOKED), 0))
    problems: list[dict[str, object]] = []
    with tenure(stores, site, holder("import")) as lease:
        take_effect(stores, lease, configuration, now)
        bench = make_bench(stores, configuration)
        for start in range(0, len(arrivals), _AT_ONCE):
            receipts = stores.inbox.receive(arrivals[start : start + _AT_ONCE])
            raws = stores.inbox.pending(site, after=stores.log.offset(site, INTAKE), limit=_AT_ONCE)
            read = read_all(raws, bench.readers)
            bench.remember(read.identities)
            batch = replace(read.batch, drafts=[_as_history(draft) for draft in read.batch.drafts])
            events = stores.log.append(lease, batch, now)
            counts.update(receipt.receipt.value for receipt in receipts)
            counts.update(disposition.outcome.value for disposition in batch.dispositions)
            suspect = sum(event.status is Status.SUSPECT for event in events)
            counts.update(received=len(receipts), events=len(events), suspect=suspect)
            problems += _problems(receipts, events, raws)
            progress(min(start + _AT_ONCE, len(arrivals)), len(arrivals))
    return {**counts, "problems": problems[:_NAMED]}


def _problems(receipts: Sequence[Raw], drafts: Sequence[Draft], raws: Sequence[Raw]) -> Iterator[dict[str, object]]:
    for raw in receipts:
        if raw.receipt is Receipt.REFUSED:
            remedy = "Ask the sender to correct it and to send it again."
            yield _problem(raw, {"code": "refused", "why": raw.arrival.refusal, "remedy": remedy})
    known = {raw.id: raw for raw in raws}
    for draft in drafts:
        if draft.kind == _QUARANTINED:
            yield _problem(known[str(draft.raw)], draft.payload)


def _problem(raw: Raw, told: Mapping[str, object]) -> dict[str, object]:
    return {"raw": shown(raw.id), "message": raw.arrival.control_id, **told}


def _as_history(draft: Draft) -> Draft:
    # Without a record time of the source and without a declared lag, the fact counts as known when it happened.
    if draft.known_at is not None or draft.kind == _QUARANTINED:
        return draft
    return replace(draft, known_at=draft.occurred_at, known_basis=KnownBasis.ASSUMED)


def _planned(configuration: Configuration, what: Import, *, now: datetime, progress: Progress) -> Bring:
    """What is to be done with the stores once they are open; everything that needs none is done here."""
    if what.form in {FeedKind.MEDS, FeedKind.OMOP}:
        tables = find_tables(configuration, what.path, _feed(configuration, what))
        return lambda stores: import_tables(stores, configuration, tables, now=now, progress=progress)
    arrivals = _arrivals(configuration, what, now)
    return lambda stores: import_arrivals(stores, configuration, arrivals, now=now, progress=progress)


def _arrivals(configuration: Configuration, what: Import, now: datetime) -> list[Arrival]:
    path = what.path
    files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
    feed = _feed(configuration, what) if what.form is not FeedKind.HL7V2 else None
    if feed is None:
        return [arrival for file in files for arrival in _messages(configuration, file, now)]
    if what.form is FeedKind.FHIR:
        return [_arrival(configuration, feed, name, body, now=now) for name, body in deliveries(files)]
    return [_file(configuration, file, feed, now) for file in files]


def _messages(configuration: Configuration, file: Path, now: datetime) -> Iterator[Arrival]:
    site = configuration.folder.site
    reception = Reception(site.slug, _LISTENER, Routing.of(site.feeds), batch=None)
    for received in reception.receive(Frame(file.read_bytes()), now):
        yield received.arrival


def _file(configuration: Configuration, file: Path, feed: Feed, now: datetime) -> Arrival:
    body = file.read_bytes()
    mapping = configuration.folder.mappings[feed.name]
    if isinstance(mapping, CsvMapping):
        _check_table(file.name, body, mapping, feed.charset)
    return _arrival(configuration, feed, file.name, body, now=now)


def _arrival(configuration: Configuration, feed: Feed, name: str, body: bytes, *, now: datetime) -> Arrival:
    return Arrival(
        site=configuration.folder.site.slug,
        source=feed.name,
        listener=_LISTENER,
        control_id=name,
        body=body,
        received_at=now,
    )


def _check_table(name: str, body: bytes, mapping: CsvMapping, charset: str) -> None:
    """Refuse a file that cannot be read as a whole; a row that cannot be read is set aside when it is its turn."""
    number = 1
    try:
        for line in table(contents(body, mapping, charset).rows, mapping):
            number = line.number + 1
    except Unreadable as broken:
        found = broken.quarantine
        raise BrokenFile(file=name, line=number, field=found.code, what=found.why, remedy=found.remedy) from None


def _feed(configuration: Configuration, what: Import) -> Feed:
    named = [feed for feed in configuration.folder.site.feeds if feed.kind is what.form]
    feeds = [feed for feed in named if what.feed in (None, feed.name)]
    if len(feeds) != 1:
        known = ", ".join(feed.name for feed in named) or "none"
        raise NotRunnable(
            what=f"importing {what.form.value}",
            why=f"{len(feeds)} feeds of that kind match",
            remedy=f"Name one with --feed. This site has: {known}.",
        )
    return feeds[0]
