"""Moving old records of a data folder's log to an archive, and noting where it is."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from wardwise.assemble.site import configuration_in_use
from wardwise.assemble.stores import READ_ONLY, WORKER, Stores, open_stores
from wardwise.errors import NotAllowed
from wardwise.feeds.log_archive import KIND, SOURCE, told
from wardwise.loop.capture.inbox import INTAKE, Raw
from wardwise.loop.capture.log import Selection
from wardwise.stores.archive_place import archive_of, note_archive
from wardwise.stores.sql.archive.archive import Archive
from wardwise.stores.sql.archive.files import make_archive
from wardwise.stores.sql.archive.segment import Segment
from wardwise.stores.sql.archiving import MOST_EVENTS, write_manifest


@dataclass(frozen=True, slots=True)
class Archived:
    """What was moved of a site's log, up to which instant and on whose word, and all that is in the archive now."""

    before: datetime
    owner: str
    moved: tuple[Segment, ...]
    held: tuple[Segment, ...]

    def figures(self) -> dict[str, object]:
        """The result for machines."""
        return {
            "before": self.before.isoformat(),
            "owner": self.owner,
            "moved_events": sum(segment.events for segment in self.moved),
            "archived_events": sum(segment.events for segment in self.held),
            "segments": [segment.figures() for segment in self.moved],
        }


def archive_log(
    data: Path,
    to: Path,
    *,
    now: datetime,
    before: datetime | None = None,
    progress: Callable[[str, int], None] = lambda _site, _position: None,
    most: int = MOST_EVENTS,
) -> Mapping[str, Archived]:
    """Move what was recorded before an instant, else before the period that each site says.

    A service may run meanwhile. The archive is checked first: what was moved earlier has to be there, unchanged. Raises
    BrokenArchive, BrokenChain, or NotAllowed for an instant to come or a site that says no period.
    """
    with open_stores(data, WORKER) as stores:
        ends = {site: _end(stores, site, before, now) for site in stores.log.sites()}
        archivers = {site: stores.log.archiver(site, to) for site in ends}
        for archiver in archivers.values():
            archiver.check()
        make_archive(to)
        note_archive(stores.folder.path, to)  # before the first record leaves
        found = {}
        for site, archiver in archivers.items():
            end, owner = ends[site]
            moved = archiver.move(end, lambda position, site=site: progress(site, position), most=most)  # type: ignore[misc]
            found[site] = Archived(end, owner, tuple(moved), tuple(archiver.segments()))
            write_manifest(to, {each: archivers[each].segments() for each in ends})
            _tell(stores, site, found[site], now)
    return found


def look_at_archive(data: Path) -> str:
    """What is in the archive, where, and since when, in words; empty where no record has left the log.

    Looked at are the chain through its segments, whether every file is there, and the newest one's hash; the rest is
    for `log verify`. Raises BrokenArchive, BrokenChain, or StoreUnavailable where nobody says where it is.
    """
    with open_stores(data, READ_ONLY) as stores:
        folder = archive_of(stores.folder.path)
        held = [segment for site in stores.log.sites() for segment in _looked_at(stores, site, folder)]
    if not held or folder is None:
        return ""
    newest = datetime.fromtimestamp(max((folder / each.file).stat().st_mtime for each in held), UTC)
    events = sum(each.events for each in held)
    return f"{events:,} events in {len(held):,} files at {folder}, the newest made on {newest:%Y-%m-%d}"


def _looked_at(stores: Stores, site: str, folder: Path | None) -> list[Segment]:
    archiver = stores.log.archiver(site, folder or Path())
    segments = archiver.chained()
    for segment in segments[:1]:
        Archive(lambda: folder).file(segment)  # says where nobody says it
    archiver.look()
    return segments


def _tell(stores: Stores, site: str, found: Archived, now: datetime) -> None:
    """Have the worker write down what left, also in a run before that was cut off."""
    known = {event.payload["file"] for event in stores.log.read(site, where=Selection(kinds=frozenset({KIND})))}
    known |= {raw.arrival.control_id for raw in _waiting(stores, site) if raw.arrival.source == SOURCE}
    owner = {"owner": found.owner} if found.owner else {}
    missing = [segment for segment in found.held if segment.file not in known]
    stores.inbox.receive([told(site, {**segment.figures(), **owner}, now) for segment in missing])


def _waiting(stores: Stores, site: str) -> Iterator[Raw]:
    after = stores.log.offset(site, INTAKE)
    while page := stores.inbox.pending(site, after=after):
        yield from page
        after = page[-1].sequence


def _end(stores: Stores, site: str, before: datetime | None, now: datetime) -> tuple[datetime, str]:
    if before is not None:
        if before > now:
            raise NotAllowed(
                what=f"Archiving up to {before:%Y-%m-%d}", why="it is to come", remedy="Name a day that is over."
            )
        return before, ""
    told = configuration_in_use(stores, site).folder.site.log_retention
    if told is None:
        raise NotAllowed(
            what=f"Archiving the log of {site}",
            why="its site.yaml says no period",
            remedy="Write `log_retention: {live_days: ..., owner: ...}` there and start the service, or give --before.",
        )
    return now - timedelta(days=told.live_days), told.owner
