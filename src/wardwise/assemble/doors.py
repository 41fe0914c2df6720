"""The MLLP door of a site. It reads site.yaml for senders only; mappings are the worker's business."""

from collections.abc import Callable
from pathlib import Path

from wardwise.assemble.databases import open_inbox, open_log, server_for
from wardwise.assemble.pairing import misfit
from wardwise.feeds.hl7v2.door import DoorLimits, MllpDoor
from wardwise.feeds.hl7v2.listening import Listening
from wardwise.feeds.hl7v2.reception import Reception
from wardwise.feeds.hl7v2.routing import Routing
from wardwise.feeds.hl7v2.tls import Credentials
from wardwise.hospital.clock import Clock
from wardwise.sites.doors import Tls
from wardwise.sites.load import load_site
from wardwise.stores.folder import DataFolder
from wardwise.stores.sql.access import Access
from wardwise.stores.sql.inbox import SqlInbox


def make_mllp_listening(site: Path, data: Path, clock: Clock, *, failed: Callable[[], None]) -> Listening:
    """The ear of the site in a folder, its door storing into a prepared data folder."""
    described = load_site(site).site
    folder = DataFolder.found(data).require()
    inbox = open_inbox(folder, server_for(folder), Access.WRITE)
    reception = Reception(described.slug, "mllp", Routing.of(described.feeds))
    listener = described.listeners.mllp
    limits = DoorLimits(quiet_seconds=listener.idle_hours * 3600.0, dead_seconds=listener.dead_after_seconds)
    door = MllpDoor(inbox, reception, clock, failed=failed, limits=limits, allow=listener.allow)
    unfit = misfit_of(inbox, folder, described.slug)
    door.closed = lambda: unfit or folder.room.trouble
    return Listening(door, credentials(site, listener.tls))


def misfit_of(inbox: SqlInbox, folder: DataFolder, site: str) -> str:
    """Why nothing may be written to an inbox, in a few words; empty where it belongs to its log.

    Looked at once: files that are put there under a running service end this process, and the next one looks.
    """
    log = open_log(folder, server_for(folder), Access.READ)
    try:
        return misfit(inbox, log, site)
    finally:
        log.close()


def credentials(site: Path, tls: Tls | None) -> Credentials | None:
    """The files of a listener's certificates, below the site's folder where they are not absolute."""
    if tls is None:
        return None
    authority = site / tls.client_authority if tls.client_authority is not None else None
    return Credentials(site / tls.certificate, site / tls.key, authority)
