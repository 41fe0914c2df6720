"""Moving old records of a data folder's log to an archive, and noting where it is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from wardwise.assemble.site import configuration_in_use
from wardwise.assemble.stores import May, Stores, open_stores
from wardwise.errors import NotAllowed
from wardwise.stores.archive_place import note_archive
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
    with open_stores(data, May(log=True)) as stores:
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
    return found


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
